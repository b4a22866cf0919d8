// Lines about jobs for standard error.
#pragma once

#include <string>

#include "runtime/notices.h"

namespace weir::shell {

// "2026-01-01 10:00:00.000 sales: 2 failed checkpoints: …\n".
std::string NoticeLine(const std::string& job, const Notice& notice);
// "NOTICE: job sales: …\n".
std::string RemarkLine(const std::string& job, const std::string& what);

}  // namespace weir::shell
