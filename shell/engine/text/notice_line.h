// Lines about jobs for standard error.
#pragma once

#include <string>
#include <string_view>

#include "runtime/notices.h"

namespace weir::shell {

// "2026-01-01 10:00:00.000 sales: 2 failed checkpoints: …\n".
std::string NoticeLine(const std::string& job, const Notice& notice);
// What of a remark about a job is said, and whether as a warning: one begins with "WARNING: ".
struct Remark {
  bool warns = false;
  std::string_view text;
};
Remark RemarkOf(std::string_view what);
// "NOTICE: job sales: …\n", or "WARNING: job sales: …\n".
std::string RemarkLine(const std::string& job, const std::string& what);

}  // namespace weir::shell
