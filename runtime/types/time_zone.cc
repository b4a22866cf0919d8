#include "runtime/types/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "runtime/base/leaf_mutex.h"
#include "runtime/base/names.h"
#include "runtime/types/datetime.h"
#include "runtime/types/zone_rule.h"

namespace weir {

// Periods of constant offset, ascending and gapless from the beginning of time. Those of a zone
// with daylight saving go on to kUnpackedUntil; from kRepeatsFrom on, those of 400 years before
// hold.
struct TimeZone::Table {
  struct Period {
    int64_t begin;   // UTC seconds; the first is the beginning of time
    int32_t offset;  // seconds east
    std::string abbreviation;
  };
  std::string name;
  std::vector<Period> periods;

  // Adds the periods of a rule that are behind the last one. REQUIRES: there is one.
  void GoOnBy(const ZoneRule& rule);

  // REQUIRES: Rounds(utc_seconds) is 0.
  const Period& At(int64_t utc_seconds) const {
    auto after = std::upper_bound(periods.begin(), periods.end(), utc_seconds,
                                  [](int64_t t, const Period& period) { return t < period.begin; });
    return *(after - 1);
  }
};

namespace {

// The calendar repeats after 400 years, to the day of the week, and so do rules of daylight saving.
constexpr int64_t kFourHundredYears = 146'097LL * 86'400;
constexpr int64_t kListedUntil = 7'258'118'400;   // 2200-01-01, UTC: no file lists more
constexpr int64_t kRepeatsFrom = 16'725'225'600;  // 2500-01-01, UTC
constexpr int kUnpackedUntil = 2'510;             // a year
constexpr int64_t kBeginning = std::numeric_limits<int64_t>::min();
constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

// "+08:00", "-3", "+0530" in seconds; std::nullopt for other text.
std::optional<int32_t> ParseOffset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  int parts[3] = {0, 0, 0};
  int part = 0;
  int digits = 0;
  for (const char c : text) {
    if (c == ':' || digits == 2) {
      if (digits == 0 || ++part == 3) return std::nullopt;
      digits = 0;
      if (c == ':') continue;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    parts[part] = parts[part] * 10 + (c - '0');
    ++digits;
  }
  if (digits == 0 || parts[0] > 18 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int32_t seconds = parts[0] * 3'600 + parts[1] * 60 + parts[2];
  return negative ? -seconds : seconds;
}

std::string OffsetText(int32_t seconds) {
  const int32_t magnitude = seconds < 0 ? -seconds : seconds;
  return fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', magnitude / 3'600,
                     magnitude / 60 % 60);
}

std::optional<int32_t> FixedOffset(std::string_view name) {
  for (const std::string_view prefix : {"GMT", "UTC", "UT"}) {
    if (name.size() <= prefix.size()) continue;
    if (!EqualsIgnoreCase(name.substr(0, prefix.size()), prefix)) continue;
    if (const auto offset = ParseOffset(name.substr(prefix.size()))) return offset;
  }
  return ParseOffset(name);
}

// The year of an instant.
int64_t YearOf(int64_t utc_seconds) {
  return CivilFromDays(FloorDivide(utc_seconds, int64_t{86'400})).year;
}

// The zone in the system's database. Null for unknown names, for which the date library throws.
const date::time_zone* Locate(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

// The seconds to take from an instant so that it is before kRepeatsFrom; whole rounds of 400 years.
int64_t Rounds(int64_t seconds) {
  if (seconds < kRepeatsFrom) return 0;
  return ((seconds - kRepeatsFrom) / kFourHundredYears + 1) * kFourHundredYears;
}

}  // namespace

void TimeZone::Table::GoOnBy(const ZoneRule& rule) {
  const int64_t first = periods.size() > 1 ? YearOf(periods.back().begin) : 1970;
  for (int64_t year = first; year < kUnpackedUntil; ++year) {
    for (const ZoneRule::Transition& next : rule.In(year)) {
      const Period& last = periods.back();
      const bool same =
          next.to->seconds == last.offset && next.to->abbreviation == last.abbreviation;
      if (next.at > last.begin && !same)
        periods.push_back({next.at, next.to->seconds, next.to->abbreviation});
    }
  }
}

TimeZone::TimeZone() = default;

Result<TimeZone> TimeZone::Find(std::string_view name) {
  for (const std::string_view utc : {"UTC", "Z", "GMT", "UT", "Etc/UTC"}) {
    if (EqualsIgnoreCase(name, utc)) return TimeZone();
  }
  static LeafMutex mutex;
  static std::map<std::string, std::shared_ptr<const Table>, std::less<>> tables;
  const LeafLock lock(mutex);
  if (const auto known = tables.find(name); known != tables.end()) return TimeZone(known->second);
  auto table = std::make_shared<Table>();
  if (const std::optional<int32_t> offset = FixedOffset(name)) {
    if (*offset == 0) return TimeZone();
    table->name = OffsetText(*offset);
    table->periods.push_back({kBeginning, *offset, table->name});
  } else if (const date::time_zone* zone = Locate(name)) {
    table->name = std::string(name);
    date::sys_seconds at = date::sys_seconds::min();
    while (table->periods.empty() || at.time_since_epoch().count() < kListedUntil) {
      const date::sys_info info = zone->get_info(at);
      const int64_t begin = table->periods.empty() ? kBeginning : at.time_since_epoch().count();
      table->periods.push_back({begin, static_cast<int32_t>(info.offset.count()), info.abbrev});
      if (info.end <= at) break;
      at = info.end;
    }
    if (const std::optional<ZoneRule> rule = ParseZoneRule(ReadZoneFooter(table->name)))
      table->GoOnBy(*rule);
  } else {
    return Status::InvalidArgument(fmt::format("no such time zone: {}", name))
        .WithHint("use a name of the IANA database such as 'Europe/Berlin', or an offset '+02:00'");
  }
  tables.emplace(name, table);
  return TimeZone(std::move(table));
}

const std::string& TimeZone::name() const {
  static const std::string utc = "UTC";
  return table_ ? table_->name : utc;
}

int32_t TimeZone::OffsetAt(int64_t utc_seconds) const {
  return table_ ? table_->At(utc_seconds - Rounds(utc_seconds)).offset : 0;
}
std::string TimeZone::AbbreviationAt(int64_t utc_seconds) const {
  return table_ ? table_->At(utc_seconds - Rounds(utc_seconds)).abbreviation : "UTC";
}

int64_t TimeZone::OffsetOfLocal(int64_t local_millis, bool second) const {
  int64_t local = FloorDivide(local_millis, kMillisPerSecond);
  local -= Rounds(local);
  // Offsets are below a day, so only a period of these two can hold the instant.
  const Table::Period* period = &table_->At(local - 86'400);
  const Table::Period* last = &table_->periods.back();
  while (period != last) {
    const Table::Period* next = period + 1;
    // The later period applies from its own local begin; the earlier one up to its local end. In a
    // gap (begin after end) the earlier offset moves the time on by the gap.
    const int64_t next_begin = next->begin + next->offset;
    const int64_t end = next->begin + period->offset;
    if (local < (second ? std::min(next_begin, end) : end)) break;
    if (local < next_begin) break;
    period = next;
  }
  return period->offset * kMillisPerSecond;
}

int64_t TimeZone::ToLocalMillis(int64_t utc_millis) const {
  if (!table_) return utc_millis;
  return utc_millis + OffsetAt(FloorDivide(utc_millis, kMillisPerSecond)) * kMillisPerSecond;
}
int64_t TimeZone::ToLocalMicros(int64_t utc_micros) const {
  if (!table_) return utc_micros;
  return utc_micros + OffsetAt(FloorDivide(utc_micros, kMicrosPerSecond)) * kMicrosPerSecond;
}
TimestampNanos TimeZone::ToLocal(TimestampNanos utc) const {
  return {ToLocalMillis(utc.millis), utc.nanos};
}

int64_t TimeZone::ToUtcMillis(int64_t local_millis) const {
  return table_ ? local_millis - OffsetOfLocal(local_millis, false) : local_millis;
}
int64_t TimeZone::ToUtcMicros(int64_t local_micros) const {
  if (!table_) return local_micros;
  const int64_t millis = FloorDivide(local_micros, kMicrosPerMilli);
  return local_micros - OffsetOfLocal(millis, false) * kMicrosPerMilli;
}
TimestampNanos TimeZone::ToUtc(TimestampNanos local) const {
  return {ToUtcMillis(local.millis), local.nanos};
}

int64_t TimeZone::ToUtcMillisForTimer(int64_t local_millis) const {
  if (!table_ || local_millis == kBeginning || local_millis == kEnd) return local_millis;
  const int64_t rounds = Rounds(FloorDivide(local_millis, kMillisPerSecond)) * kMillisPerSecond;
  return TimerOfRound(local_millis - rounds) + rounds;
}

int64_t TimeZone::TimerOfRound(int64_t local_millis) const {
  const int64_t utc = local_millis - OffsetOfLocal(local_millis, true);
  // Within a gap the earlier offset leads past the transition; the timer is the transition itself.
  const Table::Period& period = table_->At(FloorDivide(utc, kMillisPerSecond));
  const bool skipped = utc + period.offset * kMillisPerSecond != local_millis;
  return skipped ? period.begin * kMillisPerSecond : utc;
}

int64_t TimeZone::PassedLocalMillis(int64_t utc_millis) const {
  if (!table_ || utc_millis == kBeginning || utc_millis == kEnd) return utc_millis;
  const int64_t rounds = Rounds(FloorDivide(utc_millis, kMillisPerSecond)) * kMillisPerSecond;
  return PassedOfRound(utc_millis - rounds) + rounds;
}

int64_t TimeZone::PassedOfRound(int64_t utc_millis) const {
  const Table::Period* period = &table_->At(FloorDivide(utc_millis, kMillisPerSecond));
  const int64_t local = utc_millis + period->offset * kMillisPerSecond;
  if (period == &table_->periods.back()) return local;
  // Times that will occur a second time have not passed yet.
  const int64_t repeated = ((period + 1)->begin + (period + 1)->offset) * kMillisPerSecond;
  return std::min(local, repeated - 1);
}

}  // namespace weir
