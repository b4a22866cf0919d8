// The rows that sessions emit when they fire.
#pragma once

#include <span>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/types/time_zone.h"

namespace weir::operators {

struct FiredSession {
  int64_t start;  // milliseconds on the windows' wall clock
  int64_t end;
  uint32_t key;  // row among the keys
  std::byte* row;
};

// A column of session_start, session_end or session_time, of TIMESTAMP or TIMESTAMP_LTZ up to
// precision 6. session_time is the end less a millisecond.
enum class SessionPart : uint8_t { kStart, kEnd, kTime };
ColumnPtr SessionTimes(SessionPart part, const Type& type, std::span<const FiredSession> sessions,
                       const TimeZone& zone);

// Makes batches of keys, results and window columns.
class SessionResult {
 public:
  // `output` are the aggregate's columns. Borrows the zone.
  SessionResult(const graph::WindowAggregateSpec& spec, const Schema& output, const TimeZone& zone);
  // Inserts for `fired`, in that order; `keys` holds the key columns.
  Result<Batch> Make(const AggregateSet& set, const Batch& keys,
                     std::span<const FiredSession> fired) const;

 private:
  const TimeZone& zone_;
  size_t key_count_;
  std::vector<std::pair<SessionPart, Type>> parts_;
};

}  // namespace weir::operators
