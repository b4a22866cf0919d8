// What can be said of every node's output before it is decided how to run it: kinds of change,
// keys, time, boundedness; and what consumers need of it.
#pragma once

#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/late_marks.h"

namespace weir::traits {

// Order matters to keys: the changes of one upsert key come out of one subtask, in the order in
// which they happened.
struct NodeTraits {
  // Kinds of change in the output, given that `needs_update_before` is respected.
  ChangelogMode gives;
  // Some consumer needs the old row of an update (-U), not only the new one.
  bool needs_update_before = false;
  // Columns that identify a row of the output at any moment; empty: none are known.
  std::vector<int> upsert_key;
  // Of a sink: the rows are materialised by its primary key, for which it takes all changes of its
  // input and hands on no old rows.
  bool materialize = false;
  // Watermarks run through the output.
  // Through all inputs, so that operators above can wait for time.
  bool event_time = false;
  // Whether its rows have to tell if they are late, for consumers however far behind.
  graph::LateMarks late_marks = graph::LateMarks::kUnused;
  // The input behind it ends by itself.
  bool bounded = true;
};

// Keys are nodes of the plan that it was made for, and live as long.
using TraitMap = std::unordered_map<const logical::Node*, NodeTraits>;

// Traits of every node of the plan; `connectors` says which tables end.
// Fails with
//   E2011 when a sink is given changes that it cannot take; the message and span name the clause
//         that produces them,
//   E1002 for ORDER BY without LIMIT over input that never ends.
// Needs run from the roots down, outputs from the sources up (Flink does the same:
// FlinkChangelogModeInferenceProgram).
Result<TraitMap> Infer(const logical::Plan& plan, const graph::ConnectorCatalog& connectors);

// The same without the checks and without connectors, so that nothing is known to be bounded: what
// can be said of a plan whose rules have not run, or of a part of one. Every root needs -U.
TraitMap InferOutputs(const logical::Plan& plan);

// "insert", "insert, update", "insert, update, delete": a mode in words for messages.
// "nothing" for the empty mode.
std::string InWords(const ChangelogMode& mode);
// "I", "I,UB,UA,D": as EXPLAIN CHANGELOG_MODE prints it.
std::string InShort(const ChangelogMode& mode);

}  // namespace weir::traits
