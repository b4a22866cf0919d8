// Stable uids from the names that the user wrote: scope path / role [: discriminator]
// (docs/design/language-rules.md, "Uids"). They depend on nothing else: not on the order of
// statements, branches or columns, on clauses without state, on parallelism, or on rules.
#pragma once

#include <string_view>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/former_names.h"
#include "planner/uid/merge.h"
#include "runtime/base/result.h"

namespace weir::uid {

// Texts for refusals, and options; `time_zone` is part of what a window over instants means.
struct AssignOptions {
  // pipeline.auto-generate-uids: false makes it an error when a name would have to be derived.
  bool auto_generate = true;
  // The text that spans point into, for places in words; may be empty.
  std::string_view sql;
  std::string time_zone = "UTC";  // table.local-time-zone
  // Describes the options of tables; null: options are compared as they are written.
  const graph::ConnectorCatalog* connectors = nullptr;
  Reuse reuse;                           // which equal sub-plans become one
  std::vector<FormerName> former_names;  // Identity::renamed_fingerprint is written in these
};

// Merges equal sub-plans and gives every node with state its identity. STATE_ID hints and names are
// used first. Nodes of one name are distinguished by WINDOW names and aliases, then by their keys,
// then by the tables below, and last by a hash of their structure, which an edit may change:
// `stable` is then false, and a name is suggested. E2012, naming both places, when two operators
// would have the same uid; E2013 when an operator has no stable name but must.
Result<logical::Plan> Assign(const logical::Plan& plan, const AssignOptions& options);

// The kind of state in a uid: "src", "wm", "agg", …; "" for nodes without state. Persisted in uids,
// so a word never changes.
std::string_view RoleOf(const logical::Node& node);

// A name as a part of a uid: folded, with / : @ ~ # and % percent-escaped, so that it never looks
// like a part of the path.
std::string Escape(std::string_view name);

// The beginning of a span as "line 3, column 5", or "byte 57" without the text.
std::string PlaceInWords(std::string_view sql, SourceSpan span);

}  // namespace weir::uid
