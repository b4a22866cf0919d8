#include "runtime/notices.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/check.h"

namespace weir {
namespace {

// Notices of one kind are given at most once a minute, so that a job that loses many rows does not
// flood its owner with them.
constexpr int64_t kPauseNanos = 60'000'000'000;

// In the singular; an "s" makes the plural.
std::string_view Word(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kFailedCheckpoint:
      return "failed checkpoint";
    case NoticeKind::kRestart:
      return "restart";
    case NoticeKind::kLateRow:
      return "late row";
    case NoticeKind::kSkippedRecord:
      return "skipped record";
    case NoticeKind::kSkippedFile:
      return "skipped file";
    case NoticeKind::kFailedReload:
      return "failed reload";
    case NoticeKind::kUnanswered:
      return "unanswered request";
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::string CountedText(NoticeKind kind, uint64_t count) {
  return fmt::format("{} {}{}", count, Word(kind), count == 1 ? "" : "s");
}

std::string NoticeText(const Notice& notice) {
  std::string text = CountedText(notice.kind, notice.count);
  if (notice.total != notice.count) text += fmt::format(" ({} in all)", notice.total);
  return notice.detail.empty() ? text : text + ": " + notice.detail;
}

Notices::Notices(const Clock& clock, std::function<void(const Notice&)> say)
    : clock_(clock), say_(std::move(say)) {
  for (size_t i = 0; i < kNoticeKinds; ++i) kinds_[i].notice.kind = static_cast<NoticeKind>(i);
}

void Notices::Report(NoticeKind kind, uint64_t count, std::string detail) {
  if (count == 0) return;
  {
    const MutexLock lock(mutex_);
    Notice& notice = kinds_[static_cast<size_t>(kind)].notice;
    notice.count += count;
    notice.total += count;
    notice.detail = std::move(detail);
    notice.millis = clock_.Now().millis;
  }
  Say(false);
}

void Notices::Tick() {
  Say(false);
}

void Notices::Flush() {
  Say(true);
}

std::vector<Notice> Notices::Take(bool all) {
  const MutexLock lock(mutex_);
  const int64_t now = clock_.MonotonicNanos();
  const int64_t millis = clock_.Now().millis;
  std::vector<Notice> due;
  for (Kind& kind : kinds_) {
    if (kind.notice.count == 0) continue;
    if (!all && kind.ever_said && now - kind.said_at < kPauseNanos) continue;
    due.push_back(kind.notice);
    due.back().millis = millis;
    kind.notice.count = 0;
    kind.said_at = now;
    kind.ever_said = true;
  }
  return due;
}

void Notices::Say(bool all) {
  const MutexLock lock(saying_);
  const std::vector<Notice> due = Take(all);
  if (say_ == nullptr) return;
  for (const Notice& notice : due) say_(notice);
}

std::vector<Notice> Notices::Totals() const {
  const MutexLock lock(mutex_);
  std::vector<Notice> totals;
  for (const Kind& kind : kinds_) {
    if (kind.notice.total > 0) totals.push_back(kind.notice);
  }
  return totals;
}

}  // namespace weir
