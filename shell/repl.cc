#include "shell/repl.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "planner/parse/parse.h"
#include "shell/completion.h"
#include "shell/error_text.h"
#include "shell/line_editor.h"
#include "shell/quantity.h"
#include "shell/signals.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kPrompt = "weir> ";
constexpr std::string_view kMore = "  ..> ";

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string HomeFile(const char* name) {
  const char* home = std::getenv("HOME");
  return home != nullptr ? std::string(home) + "/" + name : "";
}

class Repl {
 public:
  Repl(Engine& engine, ScriptRunner& runner) : engine_(engine), runner_(runner) {}

  int Run(const std::string& init_file) {
    Greet();
    const std::string init = !init_file.empty() ? init_file : HomeFile(".weirrc");
    if (!init.empty() && FileSystem::Local().Stat(init).ok()) runner_.RunFile(init);
    editor_ = MakeLineEditor(HomeFile(".weir_history"), [this](std::string_view line, size_t& replaced) {
      const std::string text = buffer_ + std::string(line);
      replaced = LastWord(text).size();
      return Complete(engine_, text);
    });
    while (!runner_.quit() && !quit_) {
      if (!ReadAndRun()) break;
    }
    return Leave();
  }

 private:
  void Greet() const {
    Print(fmt::format("weir {} (in this process; HELP; lists statements, \\q leaves)\n", WEIR_VERSION));
    const Result<std::vector<JobSummary>> jobs = engine_.jobs().List();
    if (!jobs.ok()) return;
    for (const JobSummary& job : *jobs) {
      const bool suspended = job.record.state == RecordedState::kSuspended || job.record.state == RecordedState::kRunning;
      if (suspended && !job.snapshot) {
        Print(fmt::format("Job {0} is suspended: RESTORE JOB `{0}` FROM LATEST CHECKPOINT; resumes it.\n",
                          job.record.name));
      }
    }
  }

  // Reads one statement, over several lines if need be. False at the end of input.
  bool ReadAndRun() {
    bool interrupted = false;
    const std::optional<std::string> line =
        editor_->ReadLine(std::string(buffer_.empty() ? kPrompt : kMore), interrupted);
    if (interrupted) {
      buffer_.clear();
      return true;
    }
    if (!line) return false;
    if (buffer_.empty() && line->starts_with("\\")) {
      editor_->AddHistory(*line);
      RunShortcut(*line);
      return true;
    }
    buffer_ += *line + "\n";
    if (buffer_.find_first_not_of(" \t\n") == std::string::npos) {
      buffer_.clear();
      return true;
    }
    if (!parse::IsComplete(buffer_)) return true;
    std::string text = std::move(buffer_);
    buffer_.clear();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    editor_->AddHistory(text);
    RunText(text);
    return true;
  }

  void RunText(const std::string& text) {
    const int64_t begin = Clock::System().MonotonicNanos();
    engine_.ClearCancel();
    for (const SourceSpan part : parse::SplitScript(text)) {
      const Result<ast::StatementPtr> statement = parse::ParseStatementAt(text, part);
      const Status status = statement.ok() ? runner_.RunStatement(**statement, text) : statement.status();
      if (!status.ok()) {
        Print(FormatError(status, {text, "", std::getenv("NO_COLOR") == nullptr}));
        break;
      }
      if (TakeSignal() != 0 || runner_.quit()) break;
    }
    engine_.ClearCancel();
    ReportEndedJobs();
    if (timing_) {
      const auto nanos = static_cast<double>(Clock::System().MonotonicNanos() - begin);
      Print(fmt::format("({})\n", DurationText(nanos / 1e9)));
    }
  }

  // Says once of every job of this session that it has failed.
  void ReportEndedJobs() {
    const Result<std::vector<JobSummary>> jobs = engine_.jobs().List();
    if (!jobs.ok()) return;
    for (const JobSummary& job : *jobs) {
      if (!job.snapshot || job.snapshot->state != task::JobState::kFailed) continue;
      if (!reported_.insert(job.record.id).second) continue;
      Print(FormatError(Status(job.snapshot->failure).WithContext(fmt::format("job \"{}\" failed", job.record.name)), {}));
    }
  }

  void RunShortcut(const std::string& line) {
    const size_t blank = line.find_first_of(" \t");
    const std::string command = line.substr(0, blank);
    std::string argument = blank == std::string::npos ? "" : line.substr(line.find_first_not_of(" \t", blank));
    while (!argument.empty() && (argument.back() == ' ' || argument.back() == ';')) argument.pop_back();
    if (command == "\\q") {
      quit_ = true;
    } else if (command == "\\dt") {
      RunText("SHOW TABLES");
    } else if (command == "\\d") {
      RunText(argument.empty() ? "SHOW TABLES" : "DESCRIBE " + argument);
    } else if (command == "\\x") {
      RenderOptions render = runner_.render();
      const bool vertical = render.format == OutputFormat::kVertical;
      render.format = vertical ? OutputFormat::kBox : OutputFormat::kVertical;
      runner_.SetRender(render);
      Print(fmt::format("Vertical results are {}.\n", vertical ? "off" : "on"));
    } else if (command == "\\timing") {
      timing_ = !timing_;
      Print(fmt::format("Timing is {}.\n", timing_ ? "on" : "off"));
    } else {
      Print("Shortcuts: \\d [table], \\dt, \\x, \\timing, \\q. HELP; lists statements.\n");
    }
  }

  int Leave() {
    const size_t running = engine_.jobs().running().size();
    if (running > 0) Print(fmt::format("Stopping {} job{} with a last checkpoint …\n", running, running > 1 ? "s" : ""));
    const Status stopped = engine_.jobs().StopAll();
    if (stopped.ok()) return kExitOk;
    Print(FormatError(stopped, {}));
    return kExitJobFailed;
  }

  Engine& engine_;
  ScriptRunner& runner_;
  std::unique_ptr<LineEditor> editor_;
  std::string buffer_;                // the lines of an unfinished statement
  std::set<std::string> reported_;    // ids of failed jobs that were reported
  bool timing_ = true;
  bool quit_ = false;
};

}  // namespace

int RunRepl(Engine& engine, ScriptRunner& runner, const std::string& init_file) {
  return Repl(engine, runner).Run(init_file);
}

}  // namespace weir::shell
