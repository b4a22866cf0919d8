// The values of options as users write them: durations, sizes, numbers. Spellings are Flink's
// (org.apache.flink.util.TimeUtils, MemorySize).
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "runtime/base/names.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {
namespace {

struct Unit {
  std::string_view names;  // separated by blanks, with one at both ends
  uint64_t factor;
};

constexpr Unit kDurationUnits[] = {
    {" ns nano nanos nanosecond nanoseconds ", 1},
    {" us µs micro micros microsecond microseconds ", 1'000},
    {" ms milli millis millisecond milliseconds ", 1'000'000},
    {" s sec secs second seconds ", 1'000'000'000},
    {" min m minute minutes ", 60'000'000'000},
    {" h hour hours ", 3'600'000'000'000},
    {" d day days ", 86'400'000'000'000},
};

constexpr Unit kSizeUnits[] = {
    {" b bytes ", 1},
    {" k kb kibibytes ", uint64_t{1} << 10},
    {" m mb mebibytes ", uint64_t{1} << 20},
    {" g gb gibibytes ", uint64_t{1} << 30},
    {" t tb tebibytes ", uint64_t{1} << 40},
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Status Refuse(std::string_view what, std::string_view text, std::string_view hint) {
  return Status::InvalidArgument(fmt::format("not {}: \"{}\"", what, text))
      .WithId("E6001")
      .WithHint(std::string(hint));
}

const Unit* FindUnit(std::span<const Unit> units, std::string_view name) {
  if (name.find(' ') != std::string_view::npos) return nullptr;
  const std::string wanted = " " + ToLower(name) + " ";
  for (const Unit& unit : units) {
    if (unit.names.find(wanted) != std::string_view::npos) return &unit;
  }
  return nullptr;
}

// A number with a unit, as the product of both; `plain` is the factor of a number without a unit.
// Nothing for other texts, and for a product above `limit`.
std::optional<uint64_t> ParseQuantity(std::string_view text, std::span<const Unit> units,
                                      uint64_t plain, uint64_t limit) {
  const std::string_view trimmed = Trim(text);
  uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name = Trim(trimmed.substr(static_cast<size_t>(end - trimmed.data())));
  uint64_t factor = plain;
  if (!name.empty()) {
    const Unit* unit = FindUnit(units, name);
    if (unit == nullptr) return std::nullopt;
    factor = unit->factor;
  }
  if (number > limit / factor) return std::nullopt;
  return number * factor;
}

constexpr auto kMostNanos = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

// Up to nine digits behind the point of seconds, as nanoseconds, taken off `text`.
uint64_t TakeFraction(std::string_view& text) {
  uint64_t nanos = 0;
  size_t digits = 0;
  for (; digits < 9 && digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
       ++digits) {
    nanos = nanos * 10 + static_cast<uint64_t>(text[digits] - '0');
  }
  text.remove_prefix(digits);
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

// ISO 8601's "P1DT2H3M4.5S", as java.time.Duration reads it: days and what is shorter, in any case.
// Without its signs, since no duration here is negative.
std::optional<uint64_t> ParseIsoDuration(std::string_view text) {
  constexpr std::string_view kDesignators = "DHMS";
  constexpr uint64_t kFactors[] = {86'400'000'000'000, 3'600'000'000'000, 60'000'000'000,
                                   1'000'000'000};
  const std::string upper = ToUpper(Trim(text));
  std::string_view rest = upper;
  if (!rest.starts_with('P')) return std::nullopt;
  rest.remove_prefix(1);
  uint64_t nanos = 0;
  size_t next = 0;  // the first unit that may follow
  bool any = false;
  bool of_day = false;
  while (!rest.empty()) {
    if (!of_day && rest.starts_with('T')) {
      of_day = true;
      any = false;
      next = 1;
      rest.remove_prefix(1);
      continue;
    }
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const bool point = rest.starts_with('.') || rest.starts_with(',');
    if (point) rest.remove_prefix(1);
    const uint64_t fraction = point ? TakeFraction(rest) : 0;
    const size_t unit = rest.empty() ? std::string_view::npos : kDesignators.find(rest[0]);
    if (unit == std::string_view::npos || unit < next || (unit > 0) != of_day) return std::nullopt;
    if (point && rest[0] != 'S') return std::nullopt;
    if (number > (kMostNanos - nanos) / kFactors[unit]) return std::nullopt;
    nanos += number * kFactors[unit];
    if (fraction > kMostNanos - nanos) return std::nullopt;
    nanos += fraction;
    next = unit + 1;
    any = true;
    rest.remove_prefix(1);
  }
  return any ? std::optional(nanos) : std::nullopt;
}

}  // namespace

Result<int64_t> ParseDurationNanos(std::string_view text) {
  std::optional<uint64_t> nanos = ParseQuantity(text, kDurationUnits, 1'000'000, kMostNanos);
  if (!nanos) nanos = ParseIsoDuration(text);
  if (!nanos)
    return Refuse("a duration", text, "write a number and a unit: '10 s', '5 min', '500 ms'");
  return static_cast<int64_t>(*nanos);
}

Result<uint64_t> ParseMemorySize(std::string_view text) {
  const std::optional<uint64_t> bytes =
      ParseQuantity(text, kSizeUnits, 1, std::numeric_limits<uint64_t>::max());
  if (!bytes) return Refuse("a size in memory", text, "write a number and a unit: '64 mb', '1 gb'");
  return *bytes;
}

Result<bool> ParseBoolean(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  if (EqualsIgnoreCase(trimmed, "true")) return true;
  if (EqualsIgnoreCase(trimmed, "false")) return false;
  return Refuse("a boolean", text, "write 'true' or 'false'");
}

Result<int64_t> ParseInteger(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  int64_t number = 0;
  const char* last = trimmed.data() + trimmed.size();
  const auto [end, error] = std::from_chars(trimmed.data(), last, number);
  if (error != std::errc() || end != last) return Refuse("an integer", text, "write digits: '42'");
  return number;
}

Result<double> ParseDouble(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  double number = 0;
  const char* last = trimmed.data() + trimmed.size();
  const auto [end, error] = std::from_chars(trimmed.data(), last, number);
  if (error != std::errc() || end != last || !std::isfinite(number)) {
    return Refuse("a number", text, "write digits: '0.5'");
  }
  return number;
}

}  // namespace weir::graph
