#include "shell/script.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "planner/parse/parse.h"
#include "shell/changelog_view.h"
#include "shell/live_view.h"
#include "shell/progress_text.h"
#include "shell/quantity.h"
#include "shell/signals.h"

namespace weir::shell {
namespace {

constexpr int kDeepestSource = 16;
constexpr int64_t kProgressNanos = 250'000'000;
constexpr int64_t kQuickMillis = 300;  // a job that is done by then needs no progress line

void Print(std::FILE* out, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

bool IsForPeople(OutputFormat format) {
  return format == OutputFormat::kBox || format == OutputFormat::kVertical ||
         format == OutputFormat::kMarkdown;
}

TimeZone ZoneOf(const conf::Settings& settings) {
  // A name that is no zone has been refused when the statement was planned.
  const Result<TimeZone> zone = TimeZone::Find(settings.Get("table.local-time-zone"));
  return zone.ok() ? *zone : TimeZone::Utc();
}

}  // namespace

int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kExitOk;
    case StatusCode::kInvalidSql:
    case StatusCode::kUnsupported:
    case StatusCode::kInvalidArgument:
      return kExitSqlError;
    case StatusCode::kRestoreRefused:
      return kExitRestoreRefused;
    case StatusCode::kCancelled:
      return kExitInterrupted;
    case StatusCode::kNotFound:
      return status.id() == "E5001" || status.id() == "E7004" ? kExitSqlError : kExitJobFailed;
    case StatusCode::kDataError:
    case StatusCode::kExternal:
    case StatusCode::kCorruption:
      return kExitJobFailed;
    case StatusCode::kInternal:
      return kExitFailure;
  }
  return kExitFailure;
}

std::string ScriptRunner::ErrorText(const Status& status, ErrorContext place) const {
  place.color = options_.color;
  place.sqlstate = engine_.settings().GetBool("sql-client.verbose");
  return FormatError(status, place);
}

std::string ScriptRunner::FailureText(const JobSummary& job) const {
  ErrorContext place;
  if (job.source != nullptr) {
    place.text = job.source->text;
    place.file = job.source->file;
  }
  Status failure = job.snapshot->failure;
  return ErrorText(
      std::move(failure).WithContext(fmt::format("job \"{}\" failed", job.record.name)), place);
}

// An endless result goes to a terminal as a table that is painted over and over, and elsewhere as
// changes.
std::unique_ptr<QueryView> ScriptRunner::ViewFor(bool bounded) const {
  const conf::Settings& settings = engine_.settings();
  const OutputFormat format = options_.render.format;
  const bool live = !bounded && options_.terminal && IsForPeople(format);
  const bool changelog = format == OutputFormat::kChangelog ||
                         settings.Get("sql-client.execution.result-mode") == "changelog" ||
                         (!bounded && !live);
  const TimeZone zone = ZoneOf(settings);
  const auto most_rows =
      static_cast<size_t>(settings.GetInteger("sql-client.execution.max-table-result.rows"));
  if (changelog) {
    RenderOptions render = options_.render;
    const bool boxes = render.format == OutputFormat::kBox && options_.terminal;
    if (IsForPeople(render.format) && !boxes) render.format = OutputFormat::kChangelog;
    return std::make_unique<ChangelogView>(stdout, render, zone,
                                           bounded || options_.quiet ? nullptr : stderr);
  }
  if (live)
    return std::make_unique<LiveView>(
        stdout, LiveOptions{options_.render, options_.height, most_rows, zone});
  return std::make_unique<TableView>(most_rows, zone);
}

std::unique_ptr<QueryView> ScriptRunner::MakeView() const {
  return std::make_unique<ChosenView>([this](bool bounded) { return ViewFor(bounded); });
}

// "3 rows (0.012 s)".
std::string ScriptRunner::Footer(const Answer& answer, double seconds) const {
  std::string text = answer.message;
  if (answer.table)
    text = Plural(answer.table->rows.size(), "row") + (text.empty() ? "" : "; " + text);
  if (answer.changes) text = Plural(*answer.changes, "change") + (text.empty() ? "" : "; " + text);
  if (text.empty()) return "";
  const bool timed = timing_ && (options_.interactive || answer.table || answer.changes);
  return text + (timed ? fmt::format(" ({})\n", DurationText(seconds)) : "\n");
}

void ScriptRunner::Show(const Answer& answer, double seconds) {
  ClearProgress();
  for (const std::string& notice : answer.notices) Print(stderr, notice + "\n");
  if (answer.clear && options_.terminal) Print(stdout, "\033[H\033[2J");
  if (!answer.text.empty()) Print(stdout, answer.text);
  if (answer.table) Print(stdout, Render(*answer.table, options_.render));
  if (!options_.quiet) Print(options_.interactive ? stdout : stderr, Footer(answer, seconds));
}

Status ScriptRunner::RunStatement(const ast::Statement& statement, std::string_view text) {
  if (options_.progress) {
    engine_.SetProgress([this](RunningJob& job) { ShowProgress(job); });
    engine_.SetTransferProgress([this](const std::string& line) {
      if (ProgressIsDue()) PaintProgress(line);
    });
  }
  engine_.SetPreface([this](const Answer& answer) { Show(answer, 0); });
  const int64_t begin = Clock::System().MonotonicNanos();
  began_ = begin;
  const std::unique_ptr<QueryView> view = MakeView();
  Result<Answer> answer = engine_.Execute(statement, text, *view);
  ClearProgress();
  if (!answer.ok()) return std::move(answer).status();
  Show(*answer, static_cast<double>(Clock::System().MonotonicNanos() - begin) / 1e9);
  quit_ |= answer->quit;
  if (!answer->source_file) return {};
  source_code_ = RunFile(*answer->source_file);
  if (source_code_ == kExitOk) return {};
  return Status::InvalidSql(fmt::format("'{}' failed", *answer->source_file))
      .WithId("E2015")
      .WithSpan(statement.span);
}

// Prints why a script ends, and returns its exit code.
int ScriptRunner::Report(const Status& status, std::string_view text, const std::string& file,
                         SourceSpan part) {
  ClearProgress();
  if (const int code = std::exchange(source_code_, kExitOk); code != kExitOk) return code;
  const int signal = status.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  if (signal == 0) Print(stderr, ErrorText(status, {.text = text, .file = file, .at = part.begin}));
  return signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(status);
}

int ScriptRunner::Run(std::string_view text, const std::string& file) {
  const std::string outer = engine_.SetFile(file);
  const int code = RunParts(text, file);
  engine_.SetFile(outer);
  return code;
}

int ScriptRunner::RunParts(std::string_view text, const std::string& file) {
  for (const SourceSpan part : parse::SplitScript(text)) {
    const Result<ast::StatementPtr> statement = parse::ParseStatementAt(text, part);
    if (!statement.ok()) return Report(statement.status(), text, file, part);
    const Status status = RunStatement(**statement, text);
    if (!status.ok()) return Report(status, text, file, part);
    if (quit_) return kExitOk;
    if (const int signal = TakeSignal(); signal != 0) return ExitCodeOfSignal(signal);
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
    Print(stderr, ErrorText(text.status()));
    return kExitFailure;
  }
  ++depth_;
  const int code = Run(*text, path);
  --depth_;
  return code;
}

Status ScriptRunner::StopJobs() {
  const std::vector<RunningJob*> running = engine_.jobs().running();
  if (!running.empty() && !options_.quiet) {
    Print(stderr,
          fmt::format("Stopping {} with a last checkpoint …\n", Plural(running.size(), "job")));
  }
  RETURN_IF_ERROR(engine_.jobs().StopAll());
  for (const RunningJob* job : running) {
    if (!options_.quiet && job->record.state == RecordedState::kFinished) {
      Print(stderr, fmt::format("Job {} had read all its input: it has finished, and its output is "
                                "committed.\n",
                                job->record.name));
    }
    if (options_.quiet || job->record.state != RecordedState::kSuspended) continue;
    Print(stderr,
          fmt::format(
              "Job {0} is stopped; RESTORE JOB `{0}` FROM LATEST CHECKPOINT; or the same script "
              "continues it.\n",
              job->record.name));
  }
  return {};
}

int ScriptRunner::WaitForJobs() {
  if (options_.progress) {
    engine_.SetProgress([this](RunningJob& job) { ShowProgress(job); });
  }
  for (std::vector<RunningJob*> running = engine_.jobs().running(); !running.empty();
       running = engine_.jobs().running()) {
    if (engine_.Await(*running.front(), task::WaitTarget::kFinished, std::nullopt)) continue;
    ClearProgress();
    const Status stopped = StopJobs();
    if (!stopped.ok()) Print(stderr, ErrorText(stopped));
    const int signal = TakeSignal();
    return ExitCodeOfSignal(signal != 0 ? signal : SIGINT);
  }
  ClearProgress();
  const Result<std::vector<JobSummary>> jobs = engine_.jobs().List();
  if (!jobs.ok()) {
    Print(stderr, ErrorText(jobs.status()));
    return ExitCodeOf(jobs.status());
  }
  int code = kExitOk;
  for (const JobSummary& job : *jobs) {
    if (!job.snapshot) continue;
    if (job.snapshot->state == task::JobState::kFinished && !options_.quiet) {
      Print(stderr, FinishedText(*job.snapshot) + "\n");
    }
    if (job.snapshot->state != task::JobState::kFailed) continue;
    Print(stderr, FailureText(job));
    code = kExitJobFailed;
  }
  return code;
}

bool ScriptRunner::ProgressIsDue() {
  const int64_t now = Clock::System().MonotonicNanos();
  return now - last_progress_ >= kProgressNanos && now - began_ >= kProgressNanos;
}

void ScriptRunner::PaintProgress(const std::string& line) {
  last_progress_ = Clock::System().MonotonicNanos();
  progress_shown_ = true;
  Print(stderr, "\r\033[K" + CutToWidth(line, options_.render.width));
}

void ScriptRunner::ShowProgress(RunningJob& job) {
  const int64_t now = Clock::System().MonotonicNanos();
  if (now - last_progress_ < kProgressNanos) return;
  const bool paints_itself = job.record.name.empty() && !job.bounded;
  if (paints_itself) return;
  const task::JobSnapshot snapshot = job.job->Snapshot();
  const int64_t wall_millis = Clock::System().Now().millis;
  if (wall_millis - snapshot.started_millis < kQuickMillis) return;
  PaintProgress(ProgressText(snapshot, wall_millis));
}

void ScriptRunner::ClearProgress() {
  if (progress_shown_) Print(stderr, "\r\033[K");
  progress_shown_ = false;
}

}  // namespace weir::shell
