#include "shell/engine/session/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conf/options.h"
#include "runtime/base/local_path.h"
#include "runtime/connectors/registry.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/session/file_tables.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

// "" where it is the process's own: relative paths then stay as they are written (PathOf).
std::string DirectoryApart(const std::string& directory) {
  return directory.empty() || directory == AbsolutePath(".") ? "" : directory;
}

// `path`, below the directory if it is relative; as it is if the directory is "".
std::string Below(const std::string& directory, const std::string& path) {
  if (directory.empty() || path.empty() || path.front() == '/') return path;
  // URLs name no directory that they are below.
  if (path.find(":/") != std::string::npos) return path;
  return JoinPath(directory, path);
}

}  // namespace

Session::Session(EngineParts& parts, SessionOptions options, const std::atomic<bool>& cancel)
    : parts_(parts),
      whose_(options.whose),
      who_(std::move(options.who)),
      directory_(DirectoryApart(options.directory)),
      outlet_(std::move(options.outlet)),
      settings_(std::move(options.settings)),
      catalog_(connectors::BuiltinConnectors()),
      states_(*this, parts),
      cancel_(cancel) {
  catalog_.set_directory(directory_);
  catalog_.set_define_files(
      [this, define = FileTables(*ports().files)](
          const catalog::Catalog& names, const std::string& path) -> Result<catalog::TablePtr> {
        RETURN_IF_ERROR(CheckPath(PathUse::kTable, PathOf(path)));
        return define(names, PathOf(path));
      });
  catalog_.set_define_state([this](const catalog::Catalog& names, const ast::StateOf& state) {
    return states_.Define(names, state);
  });
  if (options.catalog == SessionCatalog::kShared) catalog_.KeepIn(parts_.catalog());
  if (options.catalog == SessionCatalog::kScratch)
    catalog_.KeepIn(scratch_.emplace(parts_.catalog()));
  ApplyOptions();
}

JobNow NowOf(const RunningJob& job) {
  task::JobSnapshot now = job.job->Snapshot();
  const RecordedState recorded = job.RecordAt(now).state;
  return {StartOf(job.record), job.record.name, job.bounded, recorded, std::move(now), job.source};
}

bool Session::IsOurs(const RunningJob& job) const {
  if (whose_ == SessionOf::kOwner) return job.outlet == nullptr || job.outlet->left();
  return started_.contains(StartOf(job.record));
}

void Session::NoteStarted(const RunningJob& job) {
  started_.insert(StartOf(job.record));
}

std::string Session::PathOf(const std::string& path) const {
  return Below(directory_, path);
}

std::string Session::OptionBelow(const std::string& directory, std::string_view key,
                                 const std::string& value) {
  const conf::Option* option = conf::FindOption(key);
  if (option == nullptr) return value;
  std::vector<std::string> paths = conf::PathsIn(*option, value);
  if (paths.empty()) return value;
  for (std::string& path : paths) path = Below(directory, path);
  return fmt::format("{}", fmt::join(paths, ";"));
}

Status Session::CheckPath(PathUse use, const std::string& path) const {
  if (may_name_any_path()) return {};
  const PathRules rules{AbsolutePath(parts_.registry().directory().path()),
                        conf::PathsOf(settings_.Get("server.allowed-paths"))};
  const std::string local = TRY(FilePath(path));
  return shell::CheckPath(who_, rules, use, AbsolutePath(local));
}

Status Session::CheckOptionPaths(std::string_view key, const std::string& value) const {
  const conf::Option* option = conf::FindOption(key);
  if (option == nullptr) return {};
  const bool program = option->key == "python.executable";
  // What they name is executed, with all that the process may do.
  if ((program || option->key == "python.files") && who_.role != Role::kAdmin)
    return RoleMissing(who_, Role::kAdmin);
  if (program && value.find('/') != std::string::npos) return CheckPath(PathUse::kSavepoint, value);
  for (const std::string& path : conf::PathsIn(*option, value))
    RETURN_IF_ERROR(CheckPath(PathUse::kSavepoint, PathOf(path)));
  return {};
}

Status Session::CheckMaySet(std::string_view key) const {
  const conf::Option* option = conf::FindOption(key);
  const bool of_process = option != nullptr && option->scope == conf::OptionScope::kProcess;
  if (!of_process || whose_ == SessionOf::kOwner) return {};
  return Status::InvalidArgument(
             fmt::format("option \"{}\" is of the process, which serves others, too", option->key))
      .WithId("E6001")
      .WithHint("it is set where that process is started, by -D or a conf file");
}

void Session::ApplyOptions() {
  if (whose_ == SessionOf::kOwner) parts_.ApplyOptions(settings_);
}

bool Session::Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
                    const std::function<void(RunningJob&)>& look) {
  const int64_t begin = ports().clock->MonotonicNanos();
  task::WaitProgress progress;
  while (!job.job->Wait(target, kPollInterval, progress)) {
    if (cancel_.load(std::memory_order_relaxed)) return false;
    // No checkpoint comes any more: how it ended is the answer.
    if (job.ended()) return true;
    if (context_.waiting) context_.waiting(StartOf(job.record));
    if (context_.progress) context_.progress(NowOf(job));
    if (look) look(job);
    const int64_t waited_millis = (ports().clock->MonotonicNanos() - begin) / 1'000'000;
    if (timeout_millis && waited_millis >= *timeout_millis) return false;
  }
  return true;
}

Status Session::Outcome(const RunningJob& job) const {
  const task::JobSnapshot snapshot = job.job->Snapshot();
  const bool unread = snapshot.failure.id() == "E8002";  // which suspends a job
  return snapshot.state == task::JobState::kFailed || unread ? snapshot.failure : Status();
}

}  // namespace weir::shell
