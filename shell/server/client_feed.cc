#include "shell/server/client_feed.h"

#include <algorithm>
#include <utility>

#include "shell/engine/text/notice_line.h"

namespace weir::shell {
namespace {

constexpr size_t kMostPrintedBytes = 1 << 20;
constexpr size_t kMostSaidBytes = 1 << 20;
constexpr uint64_t kMostLoggedLines = 1000;
// A job that prints waits so long for its client. Then the lines go to the log: a client that hangs
// must not stop a job.
constexpr std::chrono::seconds kPatience{10};

}  // namespace

void ClientFeed::OnNotice(const JobTitle& job, const Notice& notice) {
  Say(NoticeLine(job.name, notice));
}

void ClientFeed::OnRemark(const JobTitle& job, const Remark& remark) {
  Say(RemarkLine(job.name, remark));
}

void ClientFeed::Say(const std::string& lines) {
  const MutexLock lock(mutex_);
  if (closed_) return LogSaid(lines);
  // A client that does not take its lines for so long misses notices; SHOW JOBS has their counts.
  if (said_.size() < kMostSaidBytes) said_ += lines;
}

Status ClientFeed::Print(std::string_view lines) {
  MutexLock lock(mutex_);
  const bool room = changed_.wait_for(lock, kPatience, [this]() WEIR_REQUIRES(mutex_) {
    return closed_ || printed_.size() < kMostPrintedBytes;
  });
  if (closed_ || !room) {
    LogLines(lines);
  } else {
    printed_ += lines;
  }
  return {};
}

void ClientFeed::LogSaid(std::string_view lines) {
  if (!log_.only_printed) LogLines(lines);
}

void ClientFeed::LogLines(std::string_view lines) {
  if (!log_.lines || lines.empty() || logged_lines_ >= kMostLoggedLines) return;
  logged_lines_ += static_cast<uint64_t>(std::ranges::count(lines, '\n'));
  std::string text(lines);
  if (logged_lines_ >= kMostLoggedLines)
    text += "(what jobs of that session say and print is not shown any more)\n";
  log_.lines(text);
}

void ClientFeed::TakeInto(std::vector<rpc::wire::Event>& events) {
  const MutexLock lock(mutex_);
  if (!said_.empty()) events.emplace_back().__set_said(std::exchange(said_, {}));
  if (!printed_.empty()) events.emplace_back().__set_printed(std::exchange(printed_, {}));
  changed_.notify_all();
}

bool ClientFeed::left() const {
  const MutexLock lock(mutex_);
  return closed_;
}

void ClientFeed::Close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  LogSaid(std::exchange(said_, {}));
  LogLines(std::exchange(printed_, {}));
  changed_.notify_all();
}

}  // namespace weir::shell
