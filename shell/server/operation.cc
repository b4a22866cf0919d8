#include "shell/server/operation.h"

#include <utility>

#include "shell/rpc/news_codec.h"
#include "shell/rpc/row_codec.h"

namespace weir::shell {
namespace {

constexpr size_t kMostRowBytes = 4 << 20;
constexpr int64_t kRefreshNanos = 200'000'000;

// Whether `older`, which the client has not taken yet, says nothing that it would still want to
// know.
bool IsOutdatedBy(const Operation::Event& older, const Operation::Event& newer) {
  return (older.__isset.waiting && newer.__isset.waiting) ||
         (older.__isset.progress && newer.__isset.progress) ||
         (older.__isset.refresh && newer.__isset.refresh) ||
         (older.__isset.transfer && newer.__isset.transfer);
}

}  // namespace

void Operation::Add(Event event) {
  const MutexLock lock(mutex_);
  std::erase_if(events_, [&](const Event& older) { return IsOutdatedBy(older, event); });
  events_.push_back(std::move(event));
  changed_.notify_all();
}

Status Operation::AddRows(const Batch& batch) {
  MutexLock lock(mutex_);
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) {
    return cancelled_ || !refusal_.ok() || rows_.size() < kMostRowBytes;
  });
  if (!refusal_.ok()) return refusal_;
  // A SELECT without end is ended by cancelling it, and the rows so far are its answer: this is no
  // failure.
  if (cancelled_) return {};
  rpc::AppendBatch(batch, rows_);
  changed_.notify_all();
  return {};
}

bool Operation::Ask(const std::string& question) {
  Event event;
  event.__set_question(question);
  Add(std::move(event));
  MutexLock lock(mutex_);
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return cancelled_ || answer_.has_value(); });
  return std::exchange(answer_, std::nullopt).value_or(false);
}

void Operation::End(rpc::wire::Outcome outcome) {
  const MutexLock lock(mutex_);
  outcome_ = std::move(outcome);
  changed_.notify_all();
}

rpc::wire::News Operation::Take(std::chrono::milliseconds longest) {
  MutexLock lock(mutex_);
  changed_.wait_for(lock, longest, [this]() WEIR_REQUIRES(mutex_) {
    return !events_.empty() || !rows_.empty() || outcome_.has_value();
  });
  rpc::wire::News news;
  news.events = std::exchange(events_, {});
  news.rows = !rows_.empty();
  if (outcome_ && !news.rows) news.__set_outcome(*outcome_);
  return news;
}

std::string Operation::TakeRows() {
  const MutexLock lock(mutex_);
  changed_.notify_all();
  return std::exchange(rows_, {});
}

void Operation::Answer(bool yes) {
  const MutexLock lock(mutex_);
  answer_ = yes;
  changed_.notify_all();
}

void Operation::RefuseRows(Status reason) {
  const MutexLock lock(mutex_);
  if (refusal_.ok()) refusal_ = std::move(reason);
  rows_.clear();
  changed_.notify_all();
}

void Operation::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

bool Operation::ended() const {
  const MutexLock lock(mutex_);
  return outcome_.has_value();
}

void OperationView::Begin(const ResultTable& header, bool bounded) {
  Operation::Event event;
  rpc::wire::Begin begin;
  begin.columns = rpc::EncodeColumns(header.columns);
  begin.bounded = bounded;
  for (const graph::SortKey& key : header.order) {
    begin.order.push_back(key.descending ? -key.column - 1 : key.column + 1);
    begin.nulls_first.push_back(key.nulls_first);
  }
  event.__set_header(begin);
  operation_.Add(std::move(event));
}

Status OperationView::OnBatch(const Batch& batch) {
  RETURN_IF_ERROR(operation_.AddRows(batch));
  const MutexLock lock(mutex_);
  changes_ += batch.size();
  return {};
}

void OperationView::Refresh(const task::JobSnapshot& job, int64_t now_nanos) {
  if (refreshed_nanos_ != 0 && now_nanos - refreshed_nanos_ < kRefreshNanos) return;
  refreshed_nanos_ = now_nanos;
  Operation::Event event;
  event.__set_refresh(rpc::ToWire(JobNow{"", job.name, false, RecordedState::kRunning, job, {}}));
  operation_.Add(std::move(event));
}

void OperationView::Still() {
  Operation::Event event;
  event.__set_still(true);
  operation_.Add(std::move(event));
}

uint64_t OperationView::row_count() const {
  const MutexLock lock(mutex_);
  return changes_;
}

}  // namespace weir::shell
