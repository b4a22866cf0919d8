#include "shell/engine/text/notice_line.h"

#include <fmt/format.h>

#include "runtime/base/printable.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {

std::string NoticeLine(const std::string& job, const Notice& notice) {
  return Printable(fmt::format("{} {}: {}\n", TimeText(notice.millis), job, NoticeText(notice)));
}

Remark RemarkOf(std::string_view what) {
  constexpr std::string_view kWarning = "WARNING: ";
  const bool warns = what.starts_with(kWarning);
  return {warns, what.substr(warns ? kWarning.size() : 0)};
}

std::string RemarkLine(const std::string& job, const std::string& what) {
  const Remark remark = RemarkOf(what);
  return Printable(
      fmt::format("{}: job {}: {}\n", remark.warns ? "WARNING" : "NOTICE", job, remark.text));
}

}  // namespace weir::shell
