// The lines of a server's log: one for each event that its operator acts on, or looks for later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shell/engine/jobs/job_listener.h"

namespace weir::shell {

enum class LogFormat : uint8_t { kText, kJson };
enum class LogLevel : uint8_t { kInfo, kWarning, kError };

// A plain value. docs/operating.md lists the events.
struct LogEvent {
  int64_t millis = 0;  // since 1970
  LogLevel level = LogLevel::kInfo;
  std::string_view event;  // "job-failed"; in JSON only
  JobTitle job;            // both empty where it is about none
  std::string message;     // line ends within it become blanks
};

// A line with its end: "2026-01-01 10:00:00.000 WARNING sales (0123…cdef): …\n", or a JSON object
// with the keys time (RFC 3339, UTC), level, event, job, job_id and message; those of a job only
// where there is one.
std::string LogLine(const LogEvent& event, LogFormat format);

}  // namespace weir::shell
