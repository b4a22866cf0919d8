#include "shell/engine/text/notice_line.h"

#include <fmt/format.h>

#include "runtime/base/printable.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {

std::string NoticeLine(const std::string& job, const Notice& notice) {
  return Printable(fmt::format("{} {}: {}\n", TimeText(notice.millis), job, NoticeText(notice)));
}

std::string RemarkLine(const std::string& job, const std::string& what) {
  return Printable(fmt::format("NOTICE: job {}: {}\n", job, what));
}

}  // namespace weir::shell
