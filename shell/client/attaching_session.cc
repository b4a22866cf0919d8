#include "shell/client/attaching_session.h"

#include <chrono>
#include <utility>

#include "runtime/clock.h"
#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPause{20};
// For a process that begins to listen, or lets go of the directory.
constexpr int64_t kPatienceNanos = 5'000'000'000;

}  // namespace

AttachingSession::AttachingSession(LocalSession& local, Attach attach,
                                   std::unique_ptr<RemoteSession> remote)
    : local_(local), attach_(std::move(attach)), remote_(std::move(remote)), current_(&local) {
  if (remote_ != nullptr) current_.store(remote_.get());
}

void AttachingSession::RequestCancel() {
  EngineSession::RequestCancel();
  current_.load()->RequestCancel();
}

void AttachingSession::ClearCancel() {
  EngineSession::ClearCancel();
  current_.load()->ClearCancel();
}

Status AttachingSession::MoveTo(std::unique_ptr<RemoteSession> remote) {
  NoRows none;  // what these statements print was shown the first time
  for (const Executed& one : executed_) {
    remote->hooks().file = one.file;
    const SourceSpan whole = {0, static_cast<uint32_t>(one.statement.size())};
    RETURN_IF_ERROR(remote->Execute(one.statement, whole, none).status());
  }
  remote->hooks() = local_.hooks();
  remote_ = std::move(remote);
  MakeCurrent(*remote_);
  return {};
}

void AttachingSession::MoveBack() {
  local_.hooks() = remote_->hooks();
  MakeCurrent(local_);
  left_.push_back(std::move(remote_));
}

void AttachingSession::MakeCurrent(EngineSession& session) {
  current_.store(&session);
  if (cancel().load(std::memory_order_relaxed)) session.RequestCancel();  // it may have missed it
}

void AttachingSession::Settle() {
  settled_ = true;
  executed_.clear();
}

// Statements that only show something have left nothing in the session that would have to be
// repeated, nor have those that wrote a file.
void AttachingSession::Remember(const Answer& answer, std::string_view statement) {
  const bool shows = answer.table || answer.changes || !answer.text.empty();
  if (!settled_ && !shows && !answer.leaves_session)
    executed_.push_back({std::string(statement), local_.hooks().file});
}

std::optional<Result<Answer>> AttachingSession::ExecuteThere(std::string_view script,
                                                             SourceSpan part, QueryView& view) {
  Result<Answer> answer = remote_->Execute(script, part, view);
  if (remote_->unbegun() && !begun_there_ && !DefectPlanted("ending-owner-kept")) return {};
  begun_there_ = true;
  executed_.clear();
  return answer;
}

Result<Answer> AttachingSession::Execute(std::string_view script, SourceSpan part,
                                         QueryView& view) {
  // E4003: another process has the directory, and should serve this session. But one that has just
  // taken it does not listen yet, and one that is ending closes its socket before it lets go of the
  // directory; so both are tried in turn.
  const int64_t end = Clock::System().MonotonicNanos() + kPatienceNanos;
  while (true) {
    if (remote_ != nullptr) {
      std::optional<Result<Answer>> answer = ExecuteThere(script, part, view);
      if (answer) return *std::move(answer);
      MoveBack();
    }
    Result<Answer> answer = local_.Execute(script, part, view);
    if (answer.ok()) Remember(*answer, script.substr(part.begin, part.end - part.begin));
    const bool late = Clock::System().MonotonicNanos() > end;
    if (answer.ok() || answer.status().id() != "E4003" || late || cancel().load()) return answer;
    Result<std::unique_ptr<RemoteSession>> remote = attach_();
    // What was executed here and is repeated there concerns this session alone. So it does no harm
    // where the other process ends meanwhile, and the session goes to the next one.
    const Status moved = remote.ok() ? MoveTo(std::move(*remote)) : remote.status();
    if (moved.ok()) continue;
    if (moved.code() != StatusCode::kNotFound && moved.id() != "E4007") return moved;
    Clock::System().Sleep(kPause);
  }
}

}  // namespace weir::shell
