// All operators but the watermark's (time/watermark.h), one Make* a file. Each takes a node whose
// spec holds the operator's own alternative and fails (kUnsupported) for what it cannot run; `node`
// outlives the operator.
#pragma once

#include <memory>

#include "runtime/operators/operator.h"
#include "runtime/result_listener.h"
#include "runtime/sink.h"

namespace weir::operators {

class LookupTable;  // join/lookup_table.h

// What an operator accepts and gives, what it keeps and when that goes, is said at the head of its
// file.
using OperatorPtr = std::unique_ptr<Operator>;

// Filter, then project; stateless, passes every change on.
Result<OperatorPtr> MakeCalc(const graph::Node& node);
// GROUP BY without a window, and DISTINCT: a net change a batch and key.
Result<OperatorPtr> MakeGroupAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalGroupAggregate(const graph::Node& node);  // kLocal
// TUMBLE, HOP and CUMULATE as bare table functions.
Result<OperatorPtr> MakeWindowAssign(const graph::Node& node);
// Every window once, when it is complete; late rows are dropped and counted.
Result<OperatorPtr> MakeWindowAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalWindowAggregate(const graph::Node& node);  // kLocal
// Regular joins give a changelog; those bounded in time, inserts.
Result<OperatorPtr> MakeJoin(const graph::Node& node);
Result<OperatorPtr> MakeIntervalJoin(const graph::Node& node);
Result<OperatorPtr> MakeWindowJoin(const graph::Node& node);
// Passes batches on as they are.
Result<OperatorPtr> MakeUnion(const graph::Node& node);
Result<OperatorPtr> MakeReplicate(const graph::Node& node);
Result<OperatorPtr> MakeLookupJoin(const graph::Node& node,
                                   std::shared_ptr<const LookupTable> table);
// Both put sessions out in the order of their ends.
Result<OperatorPtr> MakeSessionAssign(const graph::Node& node);     // WindowAssign of sessions
Result<OperatorPtr> MakeSessionAggregate(const graph::Node& node);  // WindowAggregate of sessions
// Top-N by what the input's changes allow (graph::RankStrategy), and within windows.
Result<OperatorPtr> MakeRank(const graph::Node& node);             // kAppend, kUpdate
Result<OperatorPtr> MakeRetractableRank(const graph::Node& node);  // kRetract
Result<OperatorPtr> MakeWindowRank(const graph::Node& node);
// One row a key: the last, or the first by the order of arrival.
Result<OperatorPtr> MakeDeduplicate(const graph::Node& node);
Result<OperatorPtr> MakeChangelogNormalize(const graph::Node& node);
Result<OperatorPtr> MakeUpsertMaterialize(const graph::Node& node);
Result<OperatorPtr> MakeFirstByTime(const graph::Node& node);  // Deduplicate, first by event time
// Bounded input only: everything comes at the end.
Result<OperatorPtr> MakeSortLimit(const graph::Node& node);
// The ends of a graph: they emit nothing.
Result<OperatorPtr> MakeSink(const graph::Node& node, std::unique_ptr<SinkWriter> writer);
Result<OperatorPtr> MakeCollect(const graph::Node& node, ResultListener* listener);

}  // namespace weir::operators
