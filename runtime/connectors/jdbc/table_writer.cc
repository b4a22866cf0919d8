#include "runtime/connectors/jdbc/table_writer.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/connectors/jdbc/retries.h"
#include "runtime/fault_point.h"

namespace weir::connectors::jdbc {

Status TableWriter::AwaitEarlier() {
  std::string first;  // whom there were at first
  for (int64_t seconds = 0; !DefectPlanted("jdbc-writers-unawaited"); ++seconds) {
    const Writers writers = TRY(FindWriters(first));
    if (writers.ids.empty()) return {};
    first = writers.ids;
    const std::string what = fmt::format(
        "table {} is written when a transaction has ended that an earlier start has "
        "begun: of {} of {}",
        plan_.table, writers.what, database_);
    if (seconds > 0 && IsHurried()) return Refused(what);
    if (seconds > 0 && plan_.notices != nullptr)
      plan_.notices->Report(NoticeKind::kUnanswered, 1, what);
    WaitSeconds(1);
  }
  return {};
}

Status TableWriter::InTransaction(const std::function<Status()>& work) {
  int alterations = 0;
  for (int64_t tries = 1;; ++tries) {
    Status done = TryOnce(work);
    constexpr int kMostAlterations = 10;
    if (std::exchange(altered_, false) && ++alterations < kMostAlterations) {
      --tries;
      continue;
    }
    if (done.ok() || !may_pass_ || !MayTryAgain(tries, plan_.max_retries)) return done;
    WaitSeconds(tries);
  }
}

}  // namespace weir::connectors::jdbc
