// The state of sessions: windows that are made up of the rows of a key.
#pragma once

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// State of a WindowAggregate over sessions:
//   "sessions", kMap: key -> start of an open session (milliseconds, on the wall clock of the
//     windows) -> "row_count" and the fields of the calls, then "session_start" and "session_end".
//     Holds the sessions that a key has beside its "single" one, and all sessions of savepoints
//     that are older than that table.
//   "single", kValue: key -> an open session, with the fields of "sessions".
// Which keys have a session that ends at which time is not saved: the operator finds out when it
// opens.
OperatorStateSchema StateOfSessions(const WindowAggregateSpec& spec, const Schema& input);

// State of a WindowAssign over sessions:
//   "sessions": as above, without calls; there is no "single".
//   "rows", kMap: key -> (time, sequence) -> the columns that the key does not give back, "time()",
//     and "change()", which is four times the order of arrival plus the RowKind.
OperatorStateSchema StateOfSessionRows(const WindowAssignSpec& spec, const Schema& input);

// Where "session_start" and "session_end" are among the value fields of "sessions". Both are
// milliseconds, BIGINT NOT NULL; the end is exclusive.
struct SessionFields {
  size_t start;
  size_t end;
};
SessionFields SessionFieldsOf(const StateSchema& sessions);

}  // namespace weir::graph
