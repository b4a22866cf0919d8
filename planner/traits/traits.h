// Properties of every node's output that are known before it is decided how to run it: kinds of
// change, keys, time, boundedness, and what consumers need of it.
#pragma once

#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"
#include "runtime/base/result.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/late_marks.h"
#include "runtime/graph/upsert_spec.h"

namespace weir::traits {

// How the old row of an update (-U) and its new row (+U) come, if both do.
enum class Updates : uint8_t {
  kWhole,    // both come, with the same upsert key
  kApart,    // they may have different keys, or only one of them comes
  kCrossed,  // kApart, and a row may come anew before its old row says that it is gone
};

// The properties of one node. A key also promises order: the changes of one upsert key come from
// one subtask, in the order in which they happened.
struct NodeTraits {
  // The kinds of change in the output, if `needs_update_before` is observed.
  ChangelogMode gives;
  // Some consumer needs the old row of an update (-U) and not only the new one.
  bool needs_update_before = false;
  // Columns that identify a row of the output at any moment; empty if none are known.
  std::vector<int> upsert_key;
  // How its updates come, if -U is observed.
  Updates updates = Updates::kWhole;
  // For a sink: the rows are materialised by its primary key, for which it takes all changes of its
  // input and forwards no old rows.
  bool materialize = false;
  // For a sink: what it does with old rows; it needs those that are written or deleted.
  graph::OldRows old_rows = graph::OldRows::kWritten;
  // Watermarks flow through the output, and through all inputs, so that operators above can wait
  // for time.
  bool event_time = false;
  // Whether its rows must say if they are late, for consumers at any distance.
  graph::LateMarks late_marks = graph::LateMarks::kUnused;
  // Whether all that it reads, at any distance, ends by itself.
  bool bounded = true;
  // Whether all that it reads ends by itself, or a LIMIT ends the reading of it.
  bool ends = true;
};

// The keys are nodes of the plan that it was made for, and live as long.
using TraitMap = std::unordered_map<const logical::Node*, NodeTraits>;

// Whether the table that is read ends; one of an unknown connector is taken to.
bool EndsByItself(const logical::Scan& scan, const graph::ConnectorCatalog& connectors);

// Infers the traits of every node; `connectors` say which tables end. Needs are propagated from the
// roots down, outputs from the sources up, as by Flink's FlinkChangelogModeInferenceProgram. Fails
// with
//   E2011 when a sink is given changes that it cannot take; the message and span name the clause
//         that produces them,
//   E1002 for ORDER BY without LIMIT over input that never ends.
Result<TraitMap> Infer(const logical::Plan& plan, const graph::ConnectorCatalog& connectors);

// The same without the checks and without connectors, so that nothing is known to be bounded, for
// plans whose rules have not run, or parts of plans. Every root needs -U.
TraitMap InferOutputs(const logical::Plan& plan);

// A mode as text for messages: "insert", "insert, update", "insert, update, delete"; "nothing" for
// the empty mode.
std::string InWords(const ChangelogMode& mode);
// "I", "I,UB,UA,D": as EXPLAIN CHANGELOG_MODE prints it.
std::string InShort(const ChangelogMode& mode);

}  // namespace weir::traits
