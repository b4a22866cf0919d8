#include "shell/output/script.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/base/names.h"
#include "runtime/base/printable.h"
#include "runtime/fault_point.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/changelog_view.h"
#include "shell/output/live_view.h"
#include "shell/output/pager.h"
#include "shell/output/script_text.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/output/terminal_size.h"
#include "shell/output/wrap_words.h"

namespace weir::shell {
namespace {

constexpr int kDeepestSource = 16;
constexpr size_t kShortResult = 100;  // rows that may scroll away
constexpr int64_t kProgressNanos = 250'000'000;
constexpr int64_t kQuickMillis = 300;  // a job that is done by then needs no progress line

// Whether the exit code says that a signal or --timeout has ended the script.
bool IsSignal(int code) {
  return code == kExitTimeout || code > 128;
}

bool OutputClosed() {
  return OutputFailure().id() == "E8002";
}

// Whether it is what SHOW JOBS or DESCRIBE JOB answers.
bool IsAboutJobs(const ResultTable& table) {
  if (table.columns.size() < 2) return false;
  const std::string& first = table.columns[0].name;
  const std::string& second = table.columns[1].name;
  return (first == "job id" && second == "job name") || (first == "uid" && second == "operator");
}

// Rows of a result that the screen has room for, beside its frame, the lines around it, the prompt.
size_t RowsThatFit(const ResultTable& table, OutputFormat format, int height) {
  constexpr int kAround = 9;
  constexpr int kFewest = 4;
  const int lines = std::max(kFewest, height - kAround);
  if (format != OutputFormat::kVertical) return static_cast<size_t>(lines);
  return std::max<size_t>(2, static_cast<size_t>(lines) / (table.columns.size() + 1));
}

TimeZone ZoneOf(const conf::Settings& settings) {
  // A name that is no zone has been refused when the statement was planned.
  const Result<TimeZone> zone = TimeZone::Find(settings.Get("table.local-time-zone"));
  return zone.ok() ? *zone : TimeZone::Utc();
}

// Returns what is typed up to the end of the line, or "" when a signal comes first, which stays
// pending for the caller that runs the statement.
std::string TypedLine() {
  constexpr int kPollMillis = 100;
  std::string line;
  while (PendingSignal() == 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kPollMillis) <= 0) continue;
    char byte = 0;
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count == 0 || (count == 1 && byte == '\n')) return line;
    if (count == 1) line += byte;
    if (count < 0 && errno != EINTR && errno != EAGAIN) return "";
  }
  PrintMessage("\n");
  return "";
}

// Any answer but yes means no.
bool Ask(const std::string& question) {
  PrintMessage(question + " [y/N]");
  const std::string answer = TypedLine();
  return EqualsIgnoreCase(answer, "y") || EqualsIgnoreCase(answer, "yes");
}

// Columns of the terminal that standard error is; 0 where it is none.
int WidthOfMessages() {
  return isatty(STDERR_FILENO) != 0 ? SizeOfTerminal().columns : 0;
}

bool IsHelp(std::string_view statement) {
  return EqualsIgnoreCase(
      statement.substr(std::min(statement.find_first_not_of(" \t\r\n"), statement.size()), 4),
      "HELP");
}

}  // namespace

int ExitCodeOf(const Status& status) {
  if (status.id() == "E4003" || status.id() == "E4005") return kExitFailure;
  if (status.id() == "E4007" || status.id() == "E4008" || status.id() == "E4009")
    return kExitUnreachable;
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
  place.width = SizeOfTerminal().columns;
  place.sqlstate = engine_.settings().GetBool("sql-client.verbose");
  return WrapMessage(FormatError(status, place), WidthOfMessages());
}

std::string ScriptRunner::FailureText(const JobNow& job) const {
  ErrorContext place;
  if (job.source != nullptr) {
    place.text = job.source->text;
    place.file = job.source->file;
  }
  Status failure = job.snapshot.failure;
  return ErrorText(std::move(failure).WithContext(fmt::format("job \"{}\" failed", job.name)),
                   place);
}

std::string ScriptRunner::StatementErrorText(const Status& status, const ErrorContext& place) {
  const std::optional<JobNow> failed = std::exchange(engine_.hooks().failed_job, std::nullopt);
  if (!failed) return ErrorText(status, place);
  const bool elsewhere = failed->source == nullptr || failed->source->file != place.file;
  if (!place.file.empty() && elsewhere) {
    // The statement that waits is not where the job failed: both places are told.
    SayFailures();
    FlushNotices();
    return ErrorText(status, place);
  }
  ends_said_.insert(failed->start);
  return FailureText(*failed);
}

void ScriptRunner::SayFailures(std::string_view asked_for) {
  if (OutputClosed() || DefectPlanted("failures-kept")) return;
  bool settles = false;
  for (const JobNow& job : engine_.FailedJobs()) {
    if (job.start == asked_for || !ends_said_.insert(job.start).second) continue;
    settles = true;
    const std::string text = TimeText(job.snapshot.ended_millis) + " " + FailureText(job);
    if (options_.watch == nullptr) {
      PrintMessage(text);
    } else {
      options_.watch->SayLines(text);
    }
  }
  // Records what has ended. A record that cannot be written is not reported here: the job's own
  // failure has been printed.
  if (settles) (void)engine_.RecordEndings();
}

// An endless result goes to a terminal as a table that is painted over and over, and elsewhere as
// changes.
std::unique_ptr<QueryView> ScriptRunner::ViewFor(bool bounded) const {
  const conf::Settings& settings = engine_.settings();
  const OutputFormat format = options_.render.format;
  const bool terminal = results_to_terminal();
  const bool live = !bounded && terminal && IsForPeople(format);
  const bool changelog = format == OutputFormat::kChangelog ||
                         settings.Get("sql-client.execution.result-mode") == "changelog" ||
                         (!bounded && !live);
  const TimeZone zone = ZoneOf(settings);
  const auto most_rows =
      static_cast<size_t>(settings.GetInteger("sql-client.execution.max-table-result.rows"));
  if (changelog) {
    RenderOptions render = RenderNow();
    const bool boxes = render.format == OutputFormat::kBox && terminal;
    if (IsForPeople(render.format) && !boxes) render.format = OutputFormat::kChangelog;
    return std::make_unique<ChangelogView>(results(), render, zone,
                                           bounded || options_.quiet ? nullptr : stderr);
  }
  if (live)
    return std::make_unique<LiveView>(
        stdout, LiveOptions{options_.render, options_.height, most_rows, zone, options_.watch});
  return std::make_unique<TableView>(most_rows, zone);
}

std::unique_ptr<QueryView> ScriptRunner::MakeView() const {
  return std::make_unique<ChosenView>([this](bool bounded) { return ViewFor(bounded); });
}

std::string ScriptRunner::CutText() const {
  return fmt::format(", cells cut to fit ({} shows them whole)",
                     options_.interactive ? "\\x" : "--format vertical");
}

// "3 rows (0.012 s)".
std::string ScriptRunner::Footer(const Answer& answer, double seconds) const {
  std::string text = answer.message;
  if (answer.table)
    text = Plural(answer.table->rows.size(), "row") +
           (rows_left_out_ == 0 ? "" : fmt::format(", {} not shown", GroupedText(rows_left_out_))) +
           (cells_cut_ ? CutText() : "") + (text.empty() ? "" : "; " + text);
  if (answer.changes) text = Plural(*answer.changes, "change") + (text.empty() ? "" : "; " + text);
  if (text.empty()) return "";
  const bool timed = timing_ && (options_.interactive || answer.table || answer.changes);
  return text + (timed ? fmt::format(" ({})\n", DurationText(seconds)) : "\n");
}

Status ScriptRunner::Show(const Answer& answer, double seconds) {
  ClearProgress();
  for (const std::string& notice : answer.notices)
    PrintMessage(WrapMessage(Printable(notice) + "\n", WidthOfMessages()));
  if (answer.clear && options_.terminal) RETURN_IF_ERROR(WriteOut(stdout, "\033[H\033[2J"));
  RETURN_IF_ERROR(WriteOut(results(), answer.text));
  rows_left_out_ = 0;
  cells_cut_ = false;
  if (answer.table) RETURN_IF_ERROR(ShowTable(*answer.table));
  RETURN_IF_ERROR(OutputFailure());
  const std::string footer = options_.quiet ? "" : Footer(answer, seconds);
  if (options_.interactive) return WriteOut(stdout, footer);
  FlushNotices();
  PrintMessage(footer);
  return {};
}

RenderOptions ScriptRunner::RenderNow() const {
  RenderOptions render = options_.render;
  if (results_ == nullptr) return render;
  render.width = 0;
  render.color = false;
  return render;
}

// All of it, except on the terminal of a shell: there what does not fit goes through the pager of
// whoever has one, and long results are cut otherwise.
Status ScriptRunner::ShowTable(const ResultTable& table) {
  RenderOptions render = RenderNow();
  render.about_jobs = IsAboutJobs(table);
  const auto write = [&](const ResultTable& shown) {
    cells_cut_ = results_to_terminal() && CutsCells(shown, render);
    return WriteOut(results(), Render(shown, render));
  };
  const bool whole = !options_.interactive || !results_to_terminal() || !IsForPeople(render.format);
  const size_t fit = RowsThatFit(table, render.format, options_.height);
  if (whole || table.rows.size() <= options_.most_rows.value_or(fit)) return write(table);
  if (!options_.most_rows && !options_.pager.empty()) {
    if (options_.watch != nullptr) options_.watch->Hold(true);
    const bool paged = Page(options_.pager, Render(table, render));
    if (options_.watch != nullptr) options_.watch->Hold(false);
    if (paged) return {};
  }
  const size_t most = options_.most_rows.value_or(fit);
  if (!options_.most_rows && table.rows.size() <= kShortResult) return write(table);
  rows_left_out_ = table.rows.size() - most;
  RETURN_IF_ERROR(write(CutInTheMiddle(table, most, render)));
  if (std::exchange(cut_said_, true)) return {};
  return WriteOut(stdout,
                  "\\rows all shows all rows, \\o FILE writes them into a file; with PAGER set "
                  "they are paged.\n");
}

Status ScriptRunner::SendResultsTo(const std::string& path) {
  OpenFile file;
  if (!path.empty()) file.reset(std::fopen(path.c_str(), "we"));
  if (!path.empty() && file == nullptr) {
    return Status::External(fmt::format("'{}' cannot be written: {}", path, std::strerror(errno)))
        .WithId("E4005");
  }
  results_ = std::move(file);
  return {};
}

void ScriptRunner::FollowTerminal() {
  const TerminalSize size = SizeOfTerminal();
  if (!options_.terminal || size.columns == 0 || size.lines == 0) return;
  options_.render.width = size.columns;
  options_.height = size.lines;
}

void ScriptRunner::Say(const std::string& text) const {
  if (!options_.quiet && !OutputClosed()) PrintMessage(text);
}

void ScriptRunner::FlushNotices() const {
  if (options_.watch != nullptr) options_.watch->Flush();
}

Status ScriptRunner::RunStatement(std::string_view text, SourceSpan part) {
  engine_.hooks().waiting = [this](std::string_view start) { SayFailures(start); };
  if (options_.progress) {
    engine_.hooks().progress = [this](const JobNow& job) { ShowProgress(job); };
    engine_.hooks().transfer_progress = [this](const std::string& line) {
      if (ProgressIsDue()) PaintProgress(line);
    };
  }
  // A failure is kept by standard output, and shows with the answer.
  engine_.hooks().preface = [this](const Answer& answer) { (void)Show(answer, 0); };
  if (options_.asks)
    engine_.hooks().ask = [](const std::string& question) { return Ask(question); };
  const int64_t begin = Clock::System().MonotonicNanos();
  began_ = begin;
  FollowTerminal();
  const std::unique_ptr<QueryView> view = MakeView();
  Result<Answer> answer = engine_.Execute(text, part, *view);
  ClearProgress();
  if (!answer.ok()) return std::move(answer).status();
  if (options_.arrange) options_.arrange(*answer);
  if (results_to_terminal() && IsHelp(text.substr(part.begin, part.end - part.begin)))
    answer->text = WrapWords(answer->text, options_.render.width);
  RETURN_IF_ERROR(
      Show(*answer, static_cast<double>(Clock::System().MonotonicNanos() - begin) / 1e9));
  quit_ |= answer->quit;
  if (!answer->source_file) return {};
  source_code_ = RunFile(*answer->source_file);
  if (source_code_ == kExitOk) return {};
  return Status::InvalidSql(fmt::format("'{}' failed", *answer->source_file))
      .WithId("E2015")
      .WithSpan(part);
}

// Prints why a script ends, and returns its exit code.
int ScriptRunner::Report(const Status& status, std::string_view text, const std::string& file,
                         SourceSpan part) {
  ClearProgress();
  if (const int code = std::exchange(source_code_, kExitOk); code != kExitOk) return code;
  // A signal at a question says no to it, which another process may take for the whole answer.
  const bool interrupted =
      status.code() == StatusCode::kCancelled || status.code() == StatusCode::kRestoreRefused;
  const int signal = interrupted ? TakeSignal() : 0;
  FlushNotices();
  if (!OutputClosed())
    PrintMessage(StatementErrorText(status, {.text = text, .file = file, .at = part.begin}));
  return signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(status);
}

int ScriptRunner::Run(std::string_view text, const std::string& file) {
  text = WithoutMark(text);
  std::string& at = engine_.hooks().file;
  const std::string outer = std::exchange(at, file);
  const Result<std::string> made = options_.variables.empty()
                                       ? Result<std::string>(std::string(text))
                                       : options_.variables.Substitute(text);
  for (const std::string& name : options_.variables.NamedInQuotes(text)) {
    PrintMessage(
        fmt::format("NOTICE: within quotes ${{{0}}} is text; ${{'{0}'}} is a literal of "
                    "what --var says, to be put together by ||\n",
                    name));
  }
  const int code = made.ok() ? RunParts(*made, file) : Report(made.status(), text, file, {});
  at = outer;
  return code;
}

int ScriptRunner::RunParts(std::string_view text, const std::string& file) {
  const Result<std::vector<SourceSpan>> parts = engine_.Split(text);
  if (!parts.ok()) return Report(parts.status(), text, file, {});
  for (const SourceSpan part : *parts) {
    const Status status = RunStatement(text, part);
    if (!status.ok()) return Report(status, text, file, part);
    SayFailures();
    if (quit_) return kExitOk;
    if (const int signal = TakeSignal(); signal != 0) return ExitCodeOfSignal(signal);
  }
  return kExitOk;
}

int ScriptRunner::RunFile(const std::string& path) {
  if (depth_ >= kDeepestSource) {
    PrintMessage(fmt::format("ERROR: SOURCE is nested deeper than {}\n", kDeepestSource));
    return kExitSqlError;
  }
  const Result<std::string> text = ReadScript(path, *options_.files);
  if (!text.ok()) return ReportUnread(text.status());
  ++depth_;
  const int code = Run(*text, path);
  --depth_;
  return code;
}

int ScriptRunner::RunStandardInput() {
  const Result<std::string> text = ReadStandardInput();
  return text.ok() ? Run(*text, "<stdin>") : ReportUnread(text.status());
}

int ScriptRunner::ReportUnread(const Status& status) {
  const int signal = status.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  if (signal != 0) return ExitCodeOfSignal(signal);
  PrintMessage(ErrorText(status));
  return kExitFailure;
}

int ScriptRunner::SayEnd(const JobNow& job) {
  SayFailures();
  FlushNotices();
  const bool finished = job.snapshot.state == task::JobState::kFinished;
  if (finished && ends_said_.insert(job.start).second) Say(FinishedText(job.snapshot) + "\n");
  if (job.snapshot.state != task::JobState::kFailed) return kExitOk;
  return job.snapshot.failure.id() == "E4005" ? kExitFailure : kExitJobFailed;
}

int ScriptRunner::SayEnds(int code) {
  for (const JobNow& job : engine_.EndedJobs()) {
    const int end = SayEnd(job);
    if (end != kExitOk && (code == kExitOk || IsSignal(code))) code = end;
  }
  return code;
}

namespace {

std::string StoppedText(const JobNow& job) {
  if (job.forgets) {
    return fmt::format(
        "Job {0} is stopped; its checkpoints were in memory and go with this process. DESCRIBE "
        "RECOVERY OF JOB `{0}`; says how its script begins.\n",
        job.name);
  }
  return fmt::format(
      "Job {0} is stopped; RESTORE JOB `{0}` FROM LATEST CHECKPOINT; or the same script continues "
      "it.\n",
      job.name);
}

}  // namespace

int ScriptRunner::StopJobs(int code) {
  SayFailures();
  if (options_.linger && !IsSignal(code) && !OutputClosed()) {
    options_.linger();
    // What somebody began before this process was about to end, and left to it.
    if (waited_ && code == kExitOk && !engine_.owner()) code = WaitForJobs();
  }
  // QUIT in a script does not hide that a job failed before it. A shell's user has seen it.
  if (!options_.interactive && !OutputClosed() && !DefectPlanted("failure-before-quit-forgotten"))
    code = SayEnds(code);
  if (engine_.owner()) return LeaveJobs(code);
  const size_t running = engine_.RunningInProcess();
  if (running == 0) return code;
  Say(fmt::format("Stopping {} with a last checkpoint …\n", Plural(running, "job")));
  std::vector<JobNow> ended;
  const Status stopped = engine_.StopJobs(ended);
  FlushNotices();
  int failed = stopped.ok() ? kExitOk : kExitJobFailed;
  if (DefectPlanted("last-checkpoint-unasked")) return code;
  if (!stopped.ok() && !OutputClosed()) PrintMessage(ErrorText(stopped));
  for (const JobNow& job : ended) {
    if (job.recorded == RecordedState::kFinished)
      Say(fmt::format(
          "Job {} had read all its input: it has finished, and its output is committed.\n",
          job.name));
    if (job.recorded == RecordedState::kSuspended) Say(StoppedText(job));
    const int end = SayEnd(job);
    if (failed == kExitOk) failed = end;
  }
  const bool keeps = OutputClosed() || (code != kExitOk && !IsSignal(code));
  return failed == kExitOk || keeps ? code : failed;
}

int ScriptRunner::LeaveJobs(int code) {
  const Result<std::vector<std::string>> running = engine_.RunningJobs();
  // A lost owner was the error of a statement, or of the wait.
  if (!running.ok()) return code;
  if (std::exchange(left_, true)) return code;
  for (const std::string& job : *running)
    Say(fmt::format("Job {0} runs on in process {1}; STOP JOB `{0}`; stops it.\n", job,
                    *engine_.owner()));
  return code;
}

int ScriptRunner::WaitForJobs() {
  waited_ = true;
  engine_.hooks().waiting = [this](std::string_view) { SayFailures(); };
  int code = kExitOk;
  while (true) {
    const Result<std::vector<std::string>> running = engine_.RunningJobs();
    if (!running.ok()) return ReportUnplaced(running.status());
    if (running->empty()) break;
    const Result<bool> ended = engine_.AwaitJob();
    if (!ended.ok()) return ReportUnplaced(ended.status());
    SayFailures();
    if (*ended) continue;
    ClearProgress();
    const int signal = TakeSignal();
    code = StopJobs(ExitCodeOfSignal(signal != 0 ? signal : SIGINT));
    break;
  }
  ClearProgress();
  FlushNotices();
  if (const Status settled = engine_.RecordEndings(); !settled.ok()) return ReportUnplaced(settled);
  return SayEnds(code);
}

int ScriptRunner::ReportUnplaced(const Status& status) {
  ClearProgress();
  PrintMessage(ErrorText(status));
  return ExitCodeOf(status);
}

bool ScriptRunner::ProgressIsDue() {
  const int64_t now = Clock::System().MonotonicNanos();
  return now - last_progress_ >= kProgressNanos && now - began_ >= kProgressNanos;
}

void ScriptRunner::PaintProgress(const std::string& line) {
  last_progress_ = Clock::System().MonotonicNanos();
  progress_shown_ = true;
  PrintMessage("\r\033[K" + CutToWidth(line, options_.render.width));
}

void ScriptRunner::ShowProgress(const JobNow& job) {
  const int64_t now = Clock::System().MonotonicNanos();
  if (now - last_progress_ < kProgressNanos) return;
  const bool paints_itself = job.name.empty() && !job.bounded;
  if (paints_itself) return;
  const int64_t wall_millis = Clock::System().Now().millis;
  if (wall_millis - job.snapshot.started_millis < kQuickMillis) return;
  PaintProgress(ProgressText(job.snapshot, wall_millis));
}

void ScriptRunner::ClearProgress() {
  if (progress_shown_) PrintMessage("\r\033[K");
  progress_shown_ = false;
}

}  // namespace weir::shell
