#include "shell/output/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "shell/engine/text/json_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

std::string_view NameOf(LogLevel level) {
  constexpr std::array<std::string_view, 3> kNames = {"info", "warning", "error"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view CapitalsOf(LogLevel level) {
  constexpr std::array<std::string_view, 3> kNames = {"INFO", "WARNING", "ERROR"};
  return kNames[static_cast<size_t>(level)];
}

std::string OneLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

// RFC 3339.
std::string InstantText(int64_t millis) {
  std::string text = TimeText(millis) + "Z";
  std::ranges::replace(text, ' ', 'T');
  return text;
}

void AppendField(std::string& out, std::string_view key, std::string_view value) {
  out += out.empty() ? "{" : ",";
  AppendJsonString(out, key);
  out += ":";
  AppendJsonString(out, value);
}

std::string JsonLine(const LogEvent& event) {
  std::string out;
  AppendField(out, "time", InstantText(event.millis));
  AppendField(out, "level", NameOf(event.level));
  AppendField(out, "event", event.event);
  if (!event.job.id.empty()) {
    AppendField(out, "job", event.job.name);
    AppendField(out, "job_id", event.job.id);
  }
  AppendField(out, "message", OneLine(event.message));
  return out + "}\n";
}

}  // namespace

std::string LogLine(const LogEvent& event, LogFormat format) {
  if (format == LogFormat::kJson) return JsonLine(event);
  const std::string job =
      event.job.id.empty() ? "" : fmt::format("{} ({}): ", OneLine(event.job.name), event.job.id);
  return fmt::format("{} {} {}{}\n", TimeText(event.millis), CapitalsOf(event.level), job,
                     OneLine(event.message));
}

}  // namespace weir::shell
