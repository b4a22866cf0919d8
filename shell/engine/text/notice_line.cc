#include "shell/engine/text/notice_line.h"

#include <fmt/format.h>

#include "runtime/base/printable.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {

std::string NoticeLine(const std::string& job, const Notice& notice) {
  return Printable(fmt::format("{} {}: {}\n", TimeText(notice.millis), job, NoticeText(notice)));
}

std::string RemarkLine(const std::string& job, const Remark& remark) {
  const bool warns = remark.severity == Severity::kWarning;
  return Printable(fmt::format("{}: job {}: {}\n", warns ? "WARNING" : "NOTICE", job, remark.text));
}

}  // namespace weir::shell
