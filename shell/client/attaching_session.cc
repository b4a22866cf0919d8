#include "shell/client/attaching_session.h"

#include <chrono>
#include <utility>

#include "runtime/clock.h"

namespace weir::shell {
namespace {

// How long a statement waits for a process that is starting or ending: a second in all.
constexpr int kTries = 50;
constexpr std::chrono::milliseconds kPause{20};

}  // namespace

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
  executed_.clear();
  remote->hooks() = local_.hooks();
  remote_ = std::move(remote);
  current_.store(remote_.get());
  return {};
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

Result<Answer> AttachingSession::Execute(std::string_view script, SourceSpan part,
                                         QueryView& view) {
  // E4003: another process has the directory, and should serve this session. But one that has just
  // taken it does not listen yet, and one that is ending closes its socket before it lets go of the
  // directory; so both are tried in turn.
  for (int tries = kTries; remote_ == nullptr; --tries) {
    Result<Answer> answer = local_.Execute(script, part, view);
    if (answer.ok()) Remember(*answer, script.substr(part.begin, part.end - part.begin));
    if (answer.ok() || answer.status().id() != "E4003" || tries == 0) return answer;
    Result<std::unique_ptr<RemoteSession>> remote = attach_();
    if (remote.ok()) {
      RETURN_IF_ERROR(MoveTo(std::move(*remote)));
    } else if (remote.status().code() != StatusCode::kNotFound) {
      return remote.status();
    } else {
      Clock::System().Sleep(kPause);
    }
  }
  return remote_->Execute(script, part, view);
}

}  // namespace weir::shell
