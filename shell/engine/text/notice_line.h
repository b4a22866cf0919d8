// Formats what happens to jobs as lines for standard error.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/notices.h"

namespace weir::shell {

// "2026-01-01 10:00:00.000 sales: 2 failed checkpoints: …\n".
std::string NoticeLine(const std::string& job, const Notice& notice);
enum class Severity : uint8_t { kNotice, kWarning };

// A line for the user about a job that is no notice of its own (runtime/notices.h).
struct Remark {
  Severity severity = Severity::kNotice;
  std::string text;
};
// "NOTICE: job sales: …\n", or "WARNING: job sales: …\n".
std::string RemarkLine(const std::string& job, const Remark& remark);

}  // namespace weir::shell
