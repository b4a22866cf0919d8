// All operators except the watermark's (time/watermark.h), with one Make* for each file. `node`
// must hold the spec that the operator is for, and outlives the operator. kUnsupported for what an
// operator cannot run.
#pragma once

#include <memory>

#include "runtime/operators/operator.h"
#include "runtime/result_listener.h"
#include "runtime/sink.h"

namespace weir::operators {

class LookupTable;  // join/lookup_table.h

// The head of each operator's file says what it accepts and emits, what it keeps in state and when
// that is dropped.
using OperatorPtr = std::unique_ptr<Operator>;

// Filters, then projects. Stateless; passes every kind of change on.
Result<OperatorPtr> MakeCalc(const graph::Node& node);
// GROUP BY without a window, and DISTINCT. Emits one net change for each key of a batch.
Result<OperatorPtr> MakeGroupAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalGroupAggregate(const graph::Node& node);  // kLocal
// TUMBLE, HOP and CUMULATE as bare table functions.
Result<OperatorPtr> MakeWindowAssign(const graph::Node& node);
// Emits every window once, when it is complete. Late rows are dropped and counted.
Result<OperatorPtr> MakeWindowAggregate(const graph::Node& node);       // kSingle, kGlobal
Result<OperatorPtr> MakeLocalWindowAggregate(const graph::Node& node);  // kLocal
// A regular join emits a changelog; joins with a time bound emit inserts only.
Result<OperatorPtr> MakeJoin(const graph::Node& node);
Result<OperatorPtr> MakeIntervalJoin(const graph::Node& node);
Result<OperatorPtr> MakeWindowJoin(const graph::Node& node);
// Each row of the left side with the version of the right side at its time.
Result<OperatorPtr> MakeTemporalJoin(const graph::Node& node);
// Forwards batches unchanged.
Result<OperatorPtr> MakeUnion(const graph::Node& node);
Result<OperatorPtr> MakeReplicate(const graph::Node& node);
// Where the rows of a recursion begin and come back to.
Result<OperatorPtr> MakeRecursion(const graph::Node& node);
Result<OperatorPtr> MakeLookupJoin(const graph::Node& node,
                                   std::shared_ptr<const LookupTable> table);
// Both emit sessions in the order of their ends.
Result<OperatorPtr> MakeSessionAssign(const graph::Node& node);     // WindowAssign of sessions
Result<OperatorPtr> MakeSessionAggregate(const graph::Node& node);  // WindowAggregate of sessions
// Top-N, by what the changes of the input allow (graph::RankStrategy), and Top-N within windows.
Result<OperatorPtr> MakeRank(const graph::Node& node);             // kAppend, kUpdate
Result<OperatorPtr> MakeRetractableRank(const graph::Node& node);  // kRetract
Result<OperatorPtr> MakeWindowRank(const graph::Node& node);
// OVER: every row with what its calls give over rows before it.
Result<OperatorPtr> MakeOverAggregate(const graph::Node& node);
Result<OperatorPtr> MakeOverRecompute(const graph::Node& node);
Result<OperatorPtr> MakeOverAhead(const graph::Node& node);
Result<OperatorPtr> MakeMatch(const graph::Node& node);  // MATCH_RECOGNIZE
// Keeps one row for each key: the last, or the first by the order of arrival.
Result<OperatorPtr> MakeDeduplicate(const graph::Node& node);
Result<OperatorPtr> MakeChangelogNormalize(const graph::Node& node);
Result<OperatorPtr> MakeUpsertMaterialize(const graph::Node& node);
Result<OperatorPtr> MakeUpsertCompact(const graph::Node& node);
Result<OperatorPtr> MakeFirstByTime(const graph::Node& node);  // Deduplicate, first by event time
// Changes as rows, and rows as changes.
Result<OperatorPtr> MakeToChangelog(const graph::Node& node);
Result<OperatorPtr> MakeFromChangelog(const graph::Node& node);
// For bounded input only: emits everything at the end.
Result<OperatorPtr> MakeSortLimit(const graph::Node& node);
Result<OperatorPtr> MakeTemporalSort(const graph::Node& node);
// The ends of a graph, which emit nothing.
Result<OperatorPtr> MakeSink(const graph::Node& node, std::unique_ptr<SinkWriter> writer);
Result<OperatorPtr> MakeCollect(const graph::Node& node, ResultListener* listener);

}  // namespace weir::operators
