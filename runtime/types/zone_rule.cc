#include "runtime/types/zone_rule.h"

#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>

#include "runtime/types/datetime.h"

namespace weir {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int kSaturday = 6;

// Reads a text from its front. A part that is not there leaves the text as it is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> Number(int least, int most) {
    int number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc() || rest_.starts_with('-') || number < least || number > most)
      return {};
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return number;
  }
  // "CEST", "<+0330>".
  std::optional<std::string> Name() {
    const bool quoted = Take('<');
    size_t length = 0;
    while (length < rest_.size() &&
           (quoted ? rest_[length] != '>'
                   : std::isalpha(static_cast<unsigned char>(rest_[length])) != 0))
      ++length;
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (name.empty() || (quoted && !Take('>'))) return {};
    return name;
  }
  // [+-]hours[:minutes[:seconds]] as seconds; up to a week of hours.
  std::optional<int32_t> Time() {
    const bool negative = Take('-');
    if (!negative) Take('+');
    const std::optional<int> hours = Number(0, 167);
    if (!hours) return {};
    int32_t seconds = *hours * 3'600;
    for (const int32_t unit : {60, 1}) {
      if (!Take(':')) break;
      const std::optional<int> part = Number(0, 59);
      if (!part) return {};
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }
  // ",M3.5.0/3", ",J60", ",59".
  std::optional<ZoneRule::Date> Date() {
    if (!Take(',')) return {};
    ZoneRule::Date date;
    if (!(Take('M') ? MonthOf(date) : OrdinalOf(date))) return {};
    if (!Take('/')) return date;
    const std::optional<int32_t> time = Time();
    if (!time) return {};
    date.seconds = *time;
    return date;
  }

 private:
  bool MonthOf(ZoneRule::Date& date) {
    const std::optional<int> month = Number(1, 12);
    const std::optional<int> week = month && Take('.') ? Number(1, 5) : std::nullopt;
    const std::optional<int> day = week && Take('.') ? Number(0, kSaturday) : std::nullopt;
    if (!day) return false;
    date.month = *month;
    date.week = *week;
    date.day = *day;
    return true;
  }
  bool OrdinalOf(ZoneRule::Date& date) {
    const bool from_one = Take('J');
    date.form = from_one ? ZoneRule::Date::Form::kOrdinal : ZoneRule::Date::Form::kOrdinalFromZero;
    const std::optional<int> day = Number(from_one ? 1 : 0, 365);
    date.day = day.value_or(0);
    return day.has_value();
  }

  std::string_view rest_;
};

// Days since 1970-01-01.
int64_t DayIn(int64_t year, const ZoneRule::Date& date) {
  const int64_t first = DaysFromCivil(year, 1, 1);
  if (date.form == ZoneRule::Date::Form::kOrdinalFromZero) return first + date.day;
  if (date.form == ZoneRule::Date::Form::kOrdinal) {
    const bool behind_february = date.day >= 60;
    return first + date.day - 1 + (behind_february && DaysInMonth(year, 2) == 29 ? 1 : 0);
  }
  const int64_t month = DaysFromCivil(year, date.month, 1);
  const int64_t weekday = FloorModulo(month + 4, 7);  // 1970-01-01 was a Thursday
  int64_t day = (date.day - weekday + 7) % 7 + int64_t{7} * (date.week - 1);
  if (day >= DaysInMonth(year, date.month)) day -= 7;
  return month + day;
}

}  // namespace

std::array<ZoneRule::Transition, 2> ZoneRule::In(int64_t year) const {
  const Transition to_daylight = {
      DayIn(year, begin) * kSecondsPerDay + begin.seconds - standard.seconds, &daylight};
  const Transition to_standard = {
      DayIn(year, end) * kSecondsPerDay + end.seconds - daylight.seconds, &standard};
  if (to_daylight.at < to_standard.at) return {to_daylight, to_standard};
  return {to_standard, to_daylight};
}

std::optional<ZoneRule> ParseZoneRule(std::string_view text) {
  Reader reader(text);
  ZoneRule rule;
  const std::optional<std::string> standard = reader.Name();
  const std::optional<int32_t> west = standard ? reader.Time() : std::nullopt;
  const std::optional<std::string> daylight = west ? reader.Name() : std::nullopt;
  if (!daylight) return {};
  rule.standard = {-*west, *standard};
  rule.daylight = {-*west + 3'600, *daylight};
  if (const std::optional<int32_t> other = reader.Time()) rule.daylight.seconds = -*other;
  const std::optional<ZoneRule::Date> begin = reader.Date();
  const std::optional<ZoneRule::Date> end = begin ? reader.Date() : std::nullopt;
  if (!end || !reader.done()) return {};
  rule.begin = *begin;
  rule.end = *end;
  return rule;
}

std::string ReadZoneFooter(const std::string& name) {
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!bytes.starts_with("TZif") || !bytes.ends_with('\n')) return "";
  const size_t before = bytes.rfind('\n', bytes.size() - 2);
  return before == std::string::npos ? "" : bytes.substr(before + 1, bytes.size() - before - 2);
}

}  // namespace weir
