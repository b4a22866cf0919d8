#include "shell/script.h"

#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "planner/parse/parse.h"
#include "shell/changelog_view.h"
#include "shell/error_text.h"
#include "shell/quantity.h"
#include "shell/signals.h"

namespace weir::shell {
namespace {

constexpr int kDeepestSource = 16;
constexpr int64_t kProgressNanos = 250'000'000;

void Print(std::FILE* out, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

std::string Bar(double share) {
  constexpr int kCells = 20;
  const int full = static_cast<int>(share * kCells);
  std::string bar = "[";
  for (int i = 0; i < kCells; ++i) bar += i < full ? "█" : "░";
  return bar + "]";
}

// "sales: 1.21 M rows · 605 K rows/s · lag 5.4 s · checkpoint #12 0.2 s · state 38 MiB [███░░] 60 %, 12 s left".
std::string ProgressText(const task::JobSnapshot& snapshot, int64_t now_millis) {
  const double seconds = std::max<double>(0.001, static_cast<double>(now_millis - snapshot.started_millis) / 1000);
  double rate = 0;
  uint64_t state_bytes = 0;
  for (const task::OperatorSnapshot& node : snapshot.operators) {
    if (node.kind == "Scan") rate += node.rows_per_second;
    state_bytes += node.state_bytes;
  }
  std::string text = fmt::format("{}: {} rows · {} rows/s · state {}", snapshot.name,
                                 CountText(static_cast<double>(snapshot.source_rows)), CountText(rate),
                                 BytesText(state_bytes));
  const checkpoint::CheckpointStatistics& checkpoints = snapshot.checkpoints;
  if (checkpoints.completed > 0) {
    text += fmt::format(" · checkpoint #{} {} ms", checkpoints.last_completed_id, checkpoints.last_duration_millis);
  }
  if (checkpoints.failed > 0) text += fmt::format(" · {} failed", checkpoints.failed);
  if (snapshot.bytes_total > 0) {
    const double share = std::min(1.0, static_cast<double>(snapshot.bytes_read) / static_cast<double>(snapshot.bytes_total));
    text += fmt::format(" {} {:.0f} %", Bar(share), share * 100);
    if (share > 0.01 && share < 1) text += fmt::format(", {} left", DurationText(seconds / share - seconds));
  }
  return text;
}

}  // namespace

int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return kExitOk;
    case StatusCode::kInvalidSql:
    case StatusCode::kUnsupported:
    case StatusCode::kInvalidArgument: return kExitSqlError;
    case StatusCode::kRestoreRefused: return kExitRestoreRefused;
    case StatusCode::kCancelled: return kExitInterrupted;
    case StatusCode::kNotFound: return status.id() == "E5001" || status.id() == "E7004" ? kExitSqlError : kExitJobFailed;
    case StatusCode::kDataError:
    case StatusCode::kExternal:
    case StatusCode::kCorruption: return kExitJobFailed;
    case StatusCode::kInternal: return kExitFailure;
  }
  return kExitFailure;
}

std::unique_ptr<QueryView> ScriptRunner::MakeView() const {
  const conf::Settings& settings = engine_.settings();
  if (options_.render.format == OutputFormat::kChangelog ||
      settings.Get("sql-client.execution.result-mode") == "changelog") {
    return std::make_unique<ChangelogView>(stdout, options_.render.format);
  }
  return std::make_unique<TableView>(
      static_cast<size_t>(settings.GetInteger("sql-client.execution.max-table-result.rows")));
}

void ScriptRunner::Show(const Answer& answer) {
  ClearProgress();
  for (const std::string& notice : answer.notices) Print(stderr, notice + "\n");
  if (!answer.text.empty()) Print(stdout, answer.text);
  if (answer.table) Print(stdout, Render(*answer.table, options_.render));
  if (!answer.message.empty() && !options_.quiet) Print(stderr, answer.message + "\n");
}

Status ScriptRunner::RunStatement(const ast::Statement& statement, std::string_view text) {
  if (options_.progress) {
    engine_.SetProgress([this](RunningJob& job) { ShowProgress(job); });
  }
  const std::unique_ptr<QueryView> view = MakeView();
  Result<Answer> answer = engine_.Execute(statement, text, *view);
  ClearProgress();
  if (!answer.ok()) return std::move(answer).status();
  Show(*answer);
  quit_ |= answer->quit;
  if (!answer->source_file) return {};
  const int code = RunFile(*answer->source_file);
  return code == kExitOk ? Status()
                         : Status::InvalidSql(fmt::format("'{}' failed", *answer->source_file))
                               .WithId("E2015")
                               .WithSpan(statement.span);
}

int ScriptRunner::Run(std::string_view text, const std::string& file) {
  const auto report = [&](const Status& status) {
    ClearProgress();
    Print(stderr, FormatError(status, {text, file, options_.color}));
    return ExitCodeOf(status);
  };
  for (const SourceSpan part : parse::SplitScript(text)) {
    const Result<ast::StatementPtr> statement = parse::ParseStatementAt(text, part);
    if (!statement.ok()) return report(statement.status());
    const Status status = RunStatement(**statement, text);
    if (!status.ok()) return report(status);
    if (quit_) return kExitOk;
    if (const int signal = TakeSignal(); signal != 0) return 128 + signal;
  }
  return kExitOk;
}

int ScriptRunner::RunFile(const std::string& path) {
  if (depth_ >= kDeepestSource) {
    Print(stderr, fmt::format("ERROR: SOURCE is nested deeper than {}\n", kDeepestSource));
    return kExitSqlError;
  }
  const Result<std::string> text = ReadFile(FileSystem::Local(), path);
  if (!text.ok()) {
    Print(stderr, FormatError(text.status(), {"", "", options_.color}));
    return kExitFailure;
  }
  ++depth_;
  const int code = Run(*text, path);
  --depth_;
  return code;
}

int ScriptRunner::WaitForJobs() {
  if (options_.progress) {
    engine_.SetProgress([this](RunningJob& job) { ShowProgress(job); });
  }
  for (std::vector<RunningJob*> running = engine_.jobs().running(); !running.empty();
       running = engine_.jobs().running()) {
    if (engine_.Await(*running.front(), task::WaitTarget::kFinished, std::nullopt)) continue;
    const int signal = TakeSignal();
    ClearProgress();
    const Status stopped = engine_.jobs().StopAll();
    if (!stopped.ok()) Print(stderr, FormatError(stopped, {"", "", options_.color}));
    return 128 + (signal != 0 ? signal : SIGINT);
  }
  ClearProgress();
  const Result<std::vector<JobSummary>> jobs = engine_.jobs().List();
  if (!jobs.ok()) {
    Print(stderr, FormatError(jobs.status(), {"", "", options_.color}));
    return ExitCodeOf(jobs.status());
  }
  int code = kExitOk;
  for (const JobSummary& job : *jobs) {
    if (!job.snapshot || job.snapshot->state != task::JobState::kFailed) continue;
    Status failure = job.snapshot->failure;
    Print(stderr, FormatError(std::move(failure).WithContext(fmt::format("job \"{}\" failed", job.record.name)),
                              {"", "", options_.color}));
    code = kExitJobFailed;
  }
  return code;
}

void ScriptRunner::ShowProgress(RunningJob& job) {
  const int64_t now = Clock::System().MonotonicNanos();
  if (now - last_progress_ < kProgressNanos) return;
  last_progress_ = now;
  progress_shown_ = true;
  Print(stderr, "\r\033[K" + ProgressText(job.job->Snapshot(), Clock::System().Now().millis));
}

void ScriptRunner::ClearProgress() {
  if (progress_shown_) Print(stderr, "\r\033[K");
  progress_shown_ = false;
}

}  // namespace weir::shell
