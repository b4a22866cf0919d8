// The options by which a table that is looked up (FOR SYSTEM_TIME AS OF) is read again, or asked
// key by key, with Flink's names (LookupOptions). Every connector that is read takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

// What all their keys begin with.
inline constexpr std::string_view kLookupOptionPrefix = "lookup.";
std::span<const OptionDescriptor> LookupOptions();

// A time of day, as java.time's ISO_TIME reads it.
struct TimeOfDay {
  int64_t millis = 0;                     // since midnight
  std::optional<int32_t> offset_seconds;  // east of UTC; nothing: the session's time zone
};
// "10:15", "10:15:30", "10:15:30.5", each also with "Z" or "+01:00" behind it; nothing for another
// text.
std::optional<TimeOfDay> ParseTimeOfDay(std::string_view text);

enum class ReloadSchedule : uint8_t {
  kNever,
  kFixedDelay,  // so long after the end of the last reading
  kFixedRate,   // so long after the beginning of the last one
  kTimeOfDay,
  kByKey,  // it is never read whole: rows are asked for as their keys come
};

// Which answers are kept of a table that is asked key by key.
struct CacheRule {
  bool keeps = false;                                // 'lookup.cache' = 'PARTIAL'
  std::optional<int64_t> max_keys;                   // nothing: as many as memory holds
  std::optional<int64_t> expire_after_write_millis;  // nothing: never
  std::optional<int64_t> expire_after_access_millis;
  bool keeps_missing = true;  // that a key has no row
};

// When a table is read again after it was read at the job's start.
struct ReloadRule {
  ReloadSchedule schedule = ReloadSchedule::kNever;
  int64_t interval_millis = 0;  // kFixedDelay, kFixedRate
  TimeOfDay time;               // kTimeOfDay, every so many days
  int64_t days = 1;
  int64_t max_retries = 0;
  CacheRule cache;  // kByKey

  // Whether it is read whole more than once.
  bool reads_again() const {
    return schedule != ReloadSchedule::kNever && schedule != ReloadSchedule::kByKey;
  }
};
// The rule that a table's options describe. They were checked when the table was made
// (planner/catalog/lookup_option_check.h); kInvalidArgument otherwise.
Result<ReloadRule> ReloadRuleOf(const TableOptions& options);
// "600000 ms FIXED_DELAY", "02:00Z every 2 days", "by key", "by key, cached"; "" for never.
std::string ReloadText(const TableOptions& options);

}  // namespace weir::graph
