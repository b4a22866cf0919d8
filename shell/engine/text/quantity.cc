#include "shell/engine/text/quantity.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/datetime.h"

namespace weir::shell {

std::string BytesText(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string CountText(double count) {
  // The limits are below 1,000 of a unit by what rounding to three digits adds.
  if (count < 999.5) return fmt::format("{:.0f}", count);
  if (count < 999.5e3) return fmt::format("{:.3g} K", count / 1e3);
  if (count < 999.5e6) return fmt::format("{:.3g} M", count / 1e6);
  if (count < 999.5e9) return fmt::format("{:.3g} G", count / 1e9);
  return fmt::format("{:.0f} G", count / 1e9);
}

std::string RateText(double rate) {
  return rate < 0.05 ? "0" : CountText(rate);
}

std::string DurationText(double seconds) {
  if (seconds < 1) return fmt::format("{:.3f} s", seconds);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {:02} h", whole / 86'400, whole % 86'400 / 3600);
}

std::string GroupedText(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string TimeText(int64_t millis) {
  char text[kMaxDateTimeText];
  return {text, FormatTimestamp(millis * kMicrosPerMilli, 3, text)};
}

std::string Plural(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", GroupedText(count), noun, count == 1 ? "" : "s");
}

Result<int64_t> ParseSeconds(std::string_view text) {
  constexpr int64_t kMillisPerSecond = 1000;
  if (const Result<int64_t> seconds = graph::ParseInteger(text); seconds.ok())
    return *seconds * kMillisPerSecond;
  const Result<int64_t> nanos = graph::ParseDurationNanos(text);
  if (!nanos.ok()) return nanos.status();
  return *nanos / kNanosPerMilli;
}

}  // namespace weir::shell
