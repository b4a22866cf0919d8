// The state of sessions: windows that the rows of a key make together.
#pragma once

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

// Of a WindowAggregate over sessions:
//   "sessions", kMap: key -> start of an open session (milliseconds, on the wall clock of the
//     windows) -> "row_count" and the fields of the calls, then "session_start" and "session_end".
//     Those that a key has beside its "single" one, and all of states of before there was that.
//   "single", kValue: key -> an open session, with the fields of "sessions".
// Which keys have a session that ends when is no state: it is found out when the operator opens.
OperatorStateSchema StateOfSessions(const WindowAggregateSpec& spec, const Schema& input);

// Of a WindowAssign of sessions:
//   "sessions": as above, without calls; there is no "single".
//   "rows", kMap: key -> (time, sequence) -> the columns that the key does not give back, "time()",
//     and "change()": the order of arrival times four, plus the RowKind.
OperatorStateSchema StateOfSessionRows(const WindowAssignSpec& spec, const Schema& input);

// Where "session_start" and "session_end" are among the value fields of "sessions".
// Milliseconds, BIGINT NOT NULL; the end is exclusive.
struct SessionFields {
  size_t start;
  size_t end;
};
SessionFields SessionFieldsOf(const StateSchema& sessions);

}  // namespace weir::graph
