// All operators but the watermark's (watermark.h), one Make* a file. Each takes a node whose spec
// holds the operator's own alternative and fails (kUnsupported) for what it cannot run; `node`
// outlives the operator.
#pragma once

#include <memory>

#include "runtime/operators/operator.h"
#include "runtime/result_listener.h"
#include "runtime/sink.h"

namespace weir::operators {

using OperatorPtr = std::unique_ptr<Operator>;

Result<OperatorPtr> MakeCalc(const graph::Node& node);
Result<OperatorPtr> MakeGroupAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalGroupAggregate(const graph::Node& node);  // kLocal
Result<OperatorPtr> MakeWindowAssign(const graph::Node& node);
Result<OperatorPtr> MakeWindowAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalWindowAggregate(const graph::Node& node);  // kLocal
Result<OperatorPtr> MakeJoin(const graph::Node& node);
Result<OperatorPtr> MakeIntervalJoin(const graph::Node& node);
Result<OperatorPtr> MakeWindowJoin(const graph::Node& node);
Result<OperatorPtr> MakeUnion(const graph::Node& node);
Result<OperatorPtr> MakeSessionAssign(const graph::Node& node);     // WindowAssign of sessions
Result<OperatorPtr> MakeSessionAggregate(const graph::Node& node);  // WindowAggregate of sessions
Result<OperatorPtr> MakeRank(const graph::Node& node);              // kAppend, kUpdate
Result<OperatorPtr> MakeRetractableRank(const graph::Node& node);   // kRetract
Result<OperatorPtr> MakeWindowRank(const graph::Node& node);
Result<OperatorPtr> MakeDeduplicate(const graph::Node& node);
Result<OperatorPtr> MakeFirstByTime(const graph::Node& node);  // Deduplicate, first by event time
Result<OperatorPtr> MakeSortLimit(const graph::Node& node);
Result<OperatorPtr> MakeSink(const graph::Node& node, std::unique_ptr<SinkWriter> writer);
Result<OperatorPtr> MakeCollect(const graph::Node& node, ResultListener* listener);

}  // namespace weir::operators
