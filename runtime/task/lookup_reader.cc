#include "runtime/task/lookup_reader.h"

#include <algorithm>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/clock.h"

namespace weir::task {
namespace {

using graph::ReloadSchedule;

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMillisPerDay = int64_t{24} * 3600 * 1000;
// How often it is checked what is due: the wall clock may jump, and replaced tables wait to be
// freed.
constexpr int64_t kPollNanos = 100'000'000;

}  // namespace

LookupReader::LookupReader(LookupReaderSetup setup) : setup_(std::move(setup)) {
  figures_.table = setup_.table;
}

LookupReader::~LookupReader() {
  Stop();
}

Status LookupReader::Read() {
  Rows rows = TRY(setup_.read());
  Note(rows, false);
  table_ = std::make_shared<operators::LookupTable>(std::move(rows));
  return {};
}

Status LookupReader::Start() {
  if (!setup_.rule.reads_again()) return {};
  if (setup_.rule.schedule == ReloadSchedule::kTimeOfDay) {
    due_ = NextTimeOfDay(setup_.clock->Now().millis, 1);
  } else {
    due_ = setup_.clock->MonotonicNanos() + PauseNanos(setup_.rule.interval_millis);
  }
  loop_ = std::make_unique<checkpoint::EventLoop>(
      *setup_.clock, "lookup", [this] { return Tick(); }, setup_.fail);
  return loop_->Start();
}

void LookupReader::Stop() {
  RequestStop();
  if (loop_) loop_->Stop();
  replaced_.clear();
}

LookupFigures LookupReader::figures() const {
  const MutexLock lock(mutex_);
  LookupFigures figures = figures_;
  // Of a table that is asked key by key the rows that are kept are others all the time.
  if (table_ == nullptr) return figures;
  const std::shared_ptr<const operators::LookupRows> rows = table_->Get();
  figures.rows = rows->row_count();
  figures.retries = rows->retries();
  return figures;
}

int64_t LookupReader::Tick() {
  // A table that was replaced can be freed once ours is the only reference: nobody can get another
  // one.
  std::erase_if(replaced_, [](const Rows& rows) { return rows.use_count() == 1; });
  if (!stopping_.load(std::memory_order_relaxed) && IsDue()) Reload();
  return setup_.clock->MonotonicNanos() + kPollNanos;
}

bool LookupReader::IsDue() const {
  if (retries_ > 0) return setup_.clock->MonotonicNanos() >= retry_at_;
  const bool by_wall = setup_.rule.schedule == ReloadSchedule::kTimeOfDay;
  return (by_wall ? setup_.clock->Now().millis : setup_.clock->MonotonicNanos()) >= due_;
}

void LookupReader::Reload() {
  Result<Rows> rows = Fenced([this] {
    const InterruptedBy interrupted(stopping_);
    return setup_.read();
  });
  if (stopping_.load(std::memory_order_relaxed)) return;
  if (rows.ok()) {
    Take(std::move(rows).value());
  } else if (retries_ < setup_.rule.max_retries) {
    ++retries_;
    retry_at_ = setup_.clock->MonotonicNanos() + retries_ * kNanosPerSecond;
    return;
  } else {
    {
      const MutexLock lock(mutex_);
      ++figures_.failed_reloads;
    }
    if (setup_.notices != nullptr)
      setup_.notices->Report(NoticeKind::kFailedReload, 1,
                             "table " + setup_.table + ": " + rows.status().message());
  }
  retries_ = 0;
  Schedule();
}

void LookupReader::Take(Rows rows) {
  Note(rows, true);
  replaced_.push_back(table_->Replace(std::move(rows)));
}

void LookupReader::Note(const Rows& rows, bool reload) {
  const MutexLock lock(mutex_);
  figures_.rows = rows->row_count();
  figures_.read_millis = setup_.clock->Now().millis;
  figures_.reloads += reload ? 1 : 0;
}

void LookupReader::Schedule() {
  const int64_t now = setup_.clock->MonotonicNanos();
  const int64_t interval = PauseNanos(setup_.rule.interval_millis);
  switch (setup_.rule.schedule) {
    case ReloadSchedule::kNever:
    case ReloadSchedule::kByKey:
      return;
    case ReloadSchedule::kFixedDelay:
      due_ = now + interval;
      return;
    case ReloadSchedule::kFixedRate:
      due_ += ((now - due_) / interval + 1) * interval;
      return;
    case ReloadSchedule::kTimeOfDay:
      do {
        due_ = NextTimeOfDay(due_, setup_.rule.days);
      } while (due_ <= setup_.clock->Now().millis);
      return;
  }
}

// The reload time that is `days` days after the last one before or at `after_millis`; with 1, the
// next.
int64_t LookupReader::NextTimeOfDay(int64_t after_millis, int64_t days) const {
  const graph::TimeOfDay& time = setup_.rule.time;
  const int64_t offset = time.offset_seconds.value_or(0) * int64_t{1000};
  const int64_t local =
      time.offset_seconds ? after_millis + offset : setup_.zone.ToLocalMillis(after_millis);
  int64_t day = local / kMillisPerDay;
  if (local - day * kMillisPerDay < time.millis) --day;
  const int64_t next = (day + days) * kMillisPerDay + time.millis;
  return time.offset_seconds ? next - offset : setup_.zone.ToUtcMillis(next);
}

}  // namespace weir::task
