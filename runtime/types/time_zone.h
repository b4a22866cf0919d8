// IANA time zones: between UTC and a zone's wall clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/types/type.h"

namespace weir {

// A zone with its transitions unpacked, so that a lookup is a binary search. Cheap to copy;
// immutable and thread-safe. "Local" numbers count from 1970-01-01 on the zone's own wall clock.
// The zones are the system's IANA database: the transitions that a zone's file lists, and the rule
// that it ends with for all time behind (zone_rule.h).
class TimeZone {
 public:
  // UTC.
  TimeZone();
  // An IANA name ("Europe/Berlin"), "UTC", "Z", "GMT", or an offset as Java spells it: "+08:00",
  // "GMT+08:00", "UTC-3". kInvalidArgument otherwise.
  static Result<TimeZone> Find(std::string_view name);
  static TimeZone Utc() { return TimeZone(); }

  const std::string& name() const;
  bool is_utc() const { return table_ == nullptr; }

  // Seconds east of UTC at an instant.
  int32_t OffsetAt(int64_t utc_seconds) const;
  // The zone's abbreviation at an instant ("CEST"); the offset's text for fixed zones.
  std::string AbbreviationAt(int64_t utc_seconds) const;

  int64_t ToLocalMillis(int64_t utc_millis) const;
  int64_t ToLocalMicros(int64_t utc_micros) const;
  TimestampNanos ToLocal(TimestampNanos utc) const;
  // A local time that a spring gap skips moves on by the gap's length; one that occurs twice in
  // autumn means the first (java.time's rule, which Flink follows).
  int64_t ToUtcMillis(int64_t local_millis) const;
  int64_t ToUtcMicros(int64_t local_micros) const;
  TimestampNanos ToUtc(TimestampNanos local) const;
  // The instant from which no later instant has a local time before `local_millis`: the end of the
  // gap in spring, the second occurrence in autumn. For timers of local windows. Min and max stay.
  int64_t ToUtcMillisForTimer(int64_t local_millis) const;
  // Its inverse: the latest local time whose timer has come at `utc_millis`. Min and max stay.
  int64_t PassedLocalMillis(int64_t utc_millis) const;

  // Zones of equal name are equal.
  friend bool operator==(const TimeZone& a, const TimeZone& b) { return a.name() == b.name(); }

 private:
  struct Table;
  explicit TimeZone(std::shared_ptr<const Table> table) : table_(std::move(table)) {}

  // The milliseconds to subtract from a local time for UTC. `second`: of the second occurrence of a
  // local time that occurs twice, else of the first.
  int64_t OffsetOfLocal(int64_t local_millis, bool second) const;
  // ToUtcMillisForTimer and PassedLocalMillis of times that the table has.
  int64_t TimerOfRound(int64_t local_millis) const;
  int64_t PassedOfRound(int64_t utc_millis) const;

  std::shared_ptr<const Table> table_;  // null: UTC
};

}  // namespace weir
