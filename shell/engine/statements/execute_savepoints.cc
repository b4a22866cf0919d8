// SAVEPOINT JOB, STOP and CANCEL … WITH SAVEPOINT, SHOW SAVEPOINTS, DROP SAVEPOINT.
#include <fmt/format.h>

#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

constexpr std::string_view kDirectoryKey = "execution.checkpointing.savepoint-dir";

double SecondsSince(Clock& clock, int64_t begin) {
  return static_cast<double>(clock.MonotonicNanos() - begin) / 1e9;
}

std::string SavedText(const state::SavepointInfo& saved, double seconds) {
  const CheckpointMetadata& metadata = saved.metadata;
  const size_t files = 1 + metadata.files.size() - metadata.inlined.size();  // with the metadata
  return fmt::format("{} ({} in {}, {})", saved.path, BytesText(saved.bytes), Plural(files, "file"),
                     DurationText(seconds));
}

std::string_view KindText(const DroppedSnapshot& dropped) {
  return dropped.kind == CheckpointKind::kSavepoint ? "savepoint" : "checkpoint";
}

// The notice about what DROP SAVEPOINT has left. REQUIRES: the directory is still there.
std::string RemainsText(const DroppedSnapshot& dropped) {
  constexpr size_t kMostNames = 5;
  const state::SavepointRemains& remains = dropped.remains;
  if (remains.names.empty())
    return fmt::format("NOTICE: the {}'s directory stays, empty: the path is a symbolic link to it",
                       KindText(dropped));
  const size_t shown = std::min(kMostNames, remains.names.size());
  const std::vector<std::string> names(remains.names.begin(),
                                       remains.names.begin() + static_cast<ptrdiff_t>(shown));
  const size_t more = remains.names.size() - shown;
  return fmt::format("NOTICE: the {}'s directory stays, with what is no part of it: {}{}",
                     KindText(dropped), fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

Status CheckStreams(const RunningJob& job, SourceSpan span) {
  const auto mode = job.record.options.find("execution.runtime-mode");
  if (mode == job.record.options.end() || mode->second != "batch") return {};
  return Status(
             StatusCode::kInvalidArgument,
             fmt::format("job \"{}\" runs in batch mode, which has no savepoints", job.record.name))
      .WithId("E5002")
      .WithHint("SET 'execution.runtime-mode' = 'streaming' before the job is started")
      .WithSpan(span);
}

}  // namespace

Result<std::string> StatementExecutor::PathOf(std::string_view written, SourceSpan span) const {
  const Result<std::string> path = FilePath(written);
  return path.ok() ? Result<std::string>(session_.PathOf(*path)) : path.status().WithSpan(span);
}

Result<std::string> StatementExecutor::AllowedPathOf(std::string_view written,
                                                     SourceSpan span) const {
  std::string path = TRY(PathOf(written, span));
  RETURN_IF_ERROR(session_.CheckPath(PathUse::kSavepoint, path).WithSpan(span));
  return path;
}

Result<std::string> StatementExecutor::SavepointDirectory(const std::optional<ast::Text>& said,
                                                          const RunningJob& job,
                                                          SourceSpan span) const {
  if (said && !said->text.empty()) return AllowedPathOf(said->text, said->span);
  std::string directory = session_.settings().Get(kDirectoryKey);
  const auto recorded = job.record.options.find(std::string(kDirectoryKey));
  if (directory.empty() && recorded != job.record.options.end()) directory = recorded->second;
  if (!directory.empty()) return directory;
  return Status::InvalidArgument("there is no directory for savepoints")
      .WithId("E7003")
      .WithHint(fmt::format("SET '{}' = 'directory', or name one in the statement (weir savepoint "
                            "JOB DIRECTORY, weir stop -p DIRECTORY JOB)",
                            kDirectoryKey))
      .WithSpan(span);
}

state::ByteProgress StatementExecutor::Watch(std::string what) const {
  if (!session_.context().transfer_progress) return {};
  return [&show = session_.context().transfer_progress, what = std::move(what)](
             uint64_t done, uint64_t total) { show(TransferText(what, done, total)); };
}

void StatementExecutor::WatchInto(SavepointTarget& target, const std::string& job) const {
  if (!session_.context().transfer_progress) return;
  const std::string what = "savepoint of job " + job;
  target.progress = Watch(what);
  target.waiting = [&show = session_.context().transfer_progress,
                    what](const checkpoint::CheckpointStatistics& checkpoints) {
    show(WaitingText(what, checkpoints));
  };
}

Result<Answer> StatementExecutor::Run(const ast::SavepointJob& statement, SourceSpan span) {
  Result<RunningJobPtr> job = session_.jobs().FindRunning(statement.job.text);
  if (!job.ok()) return std::move(job).status().WithSpan(statement.job.span);
  RETURN_IF_ERROR(CheckStreams(**job, span));
  SavepointTarget target;
  target.directory = TRY(SavepointDirectory(statement.directory, **job, span));
  if (statement.format == ast::SavepointFormat::kNative)
    target.format = state::SavepointFormat::kNative;
  if (statement.name) target.name = statement.name->text;
  WatchInto(target, (*job)->record.name);
  const int64_t begin = session_.ports().clock->MonotonicNanos();
  const Result<state::SavepointInfo> saved = session_.savepoints().Take(**job, target, false);
  if (!saved.ok()) {
    const bool taken = statement.name && saved.status().id() == "E7003" &&
                       session_.registry().savepoints().Find(statement.name->text).ok();
    return saved.status().WithSpan(taken ? statement.name->span : statement.job.span);
  }
  Answer answer = Say(fmt::format("Savepoint of job {}: {}", (*job)->record.name,
                                  SavedText(*saved, SecondsSince(*session_.ports().clock, begin))));
  answer.path = AbsolutePath(saved->path);
  return answer;
}

Result<Answer> StatementExecutor::StopWithSavepoint(const ast::StopJob& statement, RunningJob& job,
                                                    SourceSpan span) {
  RETURN_IF_ERROR(CheckStreams(job, span));
  SavepointTarget target;
  target.directory = TRY(SavepointDirectory(statement.directory, job, span));
  WatchInto(target, job.record.name);
  const int64_t begin = session_.ports().clock->MonotonicNanos();
  const Result<state::SavepointInfo> saved =
      statement.cancel ? session_.savepoints().Take(job, target, true)
                       : session_.savepoints().TakeLast(
                             job, target, statement.drain ? JobEnding::kDrain : JobEnding::kLeave);
  if (!saved.ok()) return saved.status().WithSpan(statement.job.span);
  Answer answer = Say(fmt::format("Job {} is {} with a savepoint: {}", job.record.name,
                                  statement.cancel  ? "cancelled"
                                  : statement.drain ? "drained and has finished"
                                                    : "stopped",
                                  SavedText(*saved, SecondsSince(*session_.ports().clock, begin))));
  answer.path = AbsolutePath(saved->path);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::DropSavepoint& statement, SourceSpan) {
  std::string path = TRY(PathOf(statement.savepoint.text, statement.savepoint.span));
  const Result<SavepointEntry> entry =
      session_.registry().savepoints().Find(statement.savepoint.text);
  if (entry.ok()) path = entry->path;
  const bool unknown_name = !entry.ok() && path.find('/') == std::string::npos &&
                            !session_.ports().files->Stat(path).ok();
  if (!entry.ok() && !unknown_name)
    RETURN_IF_ERROR(
        session_.CheckPath(PathUse::kSavepoint, path).WithSpan(statement.savepoint.span));
  DroppedSnapshot dropped;
  const auto drop = [&]() -> Status {
    dropped = TRY(session_.savepoints().Drop(path));
    return {};
  };
  Status removed = unknown_name ? entry.status() : drop();
  const bool absent = removed.id() == "E7004" && removed.code() == StatusCode::kNotFound;
  // One that was moved or deleted by hand is forgotten all the same.
  if (absent && entry.ok()) removed = Status();
  if (absent && !entry.ok() && statement.if_exists) {
    return Say(fmt::format("Savepoint {} does not exist.", statement.savepoint.text));
  }
  if (!removed.ok()) return std::move(removed).WithSpan(statement.savepoint.span);
  if (entry.ok()) RETURN_IF_ERROR(session_.registry().savepoints().Remove(path));
  const bool savepoint = dropped.kind == CheckpointKind::kSavepoint;
  Answer answer = Say(fmt::format("{} {} dropped.", savepoint ? "Savepoint" : "Checkpoint",
                                  statement.savepoint.text));
  if (dropped.remains.directory) answer.notices.push_back(RemainsText(dropped));
  return answer;
}

Result<Answer> StatementExecutor::ShowSavepoints(const ast::Show& statement,
                                                 const catalog::NameFilter& filter) {
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {{"savepoint", Type::String()}, {"job", Type::String()},
                           {"taken", Type::String()},     {"format", Type::String()},
                           {"bytes", Type::BigInt()},     {"state", Type::String()},
                           {"path", Type::String()}};
  const Result<std::vector<SavepointEntry>> all = session_.registry().savepoints().All();
  if (!all.ok()) {
    answer.table->rows.push_back({TextCell(""), TextCell(""), TextCell(""), TextCell(""),
                                  Value::Null(Type::BigInt()),
                                  TextCell("damaged: " + all.status().message()), TextCell("")});
    answer.notices.push_back("WARNING: " + all.status().message() + "\n" + all.status().hint());
    return answer;
  }
  for (const SavepointEntry& entry : *all) {
    const bool wanted = !statement.job || EqualsIgnoreCase(entry.job_name, statement.job->text) ||
                        entry.job_id == statement.job->text;
    if (!wanted || !filter.Keeps(entry.name) || session_.savepoints().WasClaimed(entry)) continue;
    const bool there = session_.ports().files->Stat(JoinPath(entry.path, "_metadata")).ok();
    answer.table->rows.push_back({TextCell(entry.name), TextCell(entry.job_name),
                                  TextCell(TimeText(entry.taken_millis)), TextCell(entry.format),
                                  NumberCell(entry.bytes),
                                  TextCell(there ? "" : "moved or deleted"), TextCell(entry.path)});
  }
  return answer;
}

}  // namespace weir::shell
