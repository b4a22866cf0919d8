#include "shell/terminal/repl.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "planner/parse/parse.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/terminal/completion.h"
#include "shell/terminal/line_editor.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kPrompt = "weir> ";
constexpr std::string_view kMore = "  ..> ";

// A failure is kept by standard output, and ends the shell.
void Print(std::string_view text) {
  (void)WriteOut(stdout, text);
}

std::string HomeFile(const char* name) {
  const char* home = std::getenv("HOME");
  return home != nullptr ? std::string(home) + "/" + name : "";
}

class Repl {
 public:
  Repl(EngineSession& engine, ScriptRunner& runner) : engine_(engine), runner_(runner) {}

  int Run(const std::string& init_file) {
    KeepShellFromInterrupts(true);
    Greet();
    const std::string init = !init_file.empty() ? init_file : HomeFile(".weirrc");
    if (!init.empty() && FileSystem::Local().Stat(init).ok()) runner_.RunFile(init);
    editor_ = MakeLineEditor(
        HomeFile(".weir_history"),
        [this](std::string_view line, size_t& replaced) {
          const std::string text = buffer_ + std::string(line);
          replaced = LastWord(text).size();
          return Complete(engine_, text);
        },
        [this] {
          runner_.SayFailures();
          return watch() == nullptr ? "" : watch()->TakeHeld();
        });
    while (!runner_.quit() && !quit_ && ending_signal_ == 0 && OutputFailure().ok()) {
      if (!ReadAndRun()) break;
    }
    KeepShellFromInterrupts(false);
    return Leave();
  }

 private:
  void Greet() const {
    const std::optional<int64_t> owner = engine_.owner();
    Print(fmt::format("weir {} (in {}; HELP; lists statements, \\? shortcuts, \\q leaves)\n",
                      WEIR_VERSION, owner ? fmt::format("process {}", *owner) : "this process"));
    const Result<std::vector<SuspendedJob>> jobs = engine_.SuspendedJobs();
    if (!jobs.ok()) return;
    for (const SuspendedJob& job : *jobs)
      Print(fmt::format("Job {} is suspended: {}.\n", job.name, job.ways_on));
  }

  // Reads one statement, over several lines if need be. False at the end of input.
  bool ReadAndRun() {
    int signal = 0;
    if (watch() != nullptr) watch()->Hold(true);
    const std::optional<std::string> line =
        editor_->ReadLine(std::string(buffer_.empty() ? kPrompt : kMore), signal);
    if (watch() != nullptr) watch()->Hold(false);
    if (signal != 0) {
      buffer_.clear();
      if (signal != SIGINT) ending_signal_ = signal;
      return signal == SIGINT;
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
    engine_.ClearCancel();
    if (const Status status = RunStatements(text); !status.ok())
      Print(runner_.StatementErrorText(status, {.text = text}));
    // Ctrl-C ended the statement, not the shell.
    if (const int signal = TakeSignal(); signal != 0 && signal != SIGINT) ending_signal_ = signal;
    engine_.ClearCancel();
    runner_.SayFailures();
    runner_.FlushNotices();
  }

  Status RunStatements(const std::string& text) {
    for (const SourceSpan part : TRY(engine_.Split(text))) {
      RETURN_IF_ERROR(runner_.RunStatement(text, part));
      if (PendingSignal() != 0 || runner_.quit()) break;
    }
    return {};
  }

  void RunShortcut(const std::string& line) {
    const size_t blank = line.find_first_of(" \t");
    const std::string command = line.substr(0, blank);
    std::string argument =
        blank == std::string::npos ? "" : line.substr(line.find_first_not_of(" \t", blank));
    while (!argument.empty() && (argument.back() == ' ' || argument.back() == ';'))
      argument.pop_back();
    if (command == "\\q") {
      quit_ = true;
    } else if (command == "\\dt") {
      RunText("SHOW TABLES");
    } else if (command == "\\d") {
      RunText(argument.empty() ? "SHOW TABLES" : "DESCRIBE " + argument);
    } else if (command == "\\dv") {
      RunText("SHOW VIEWS");
    } else if (command == "\\df") {
      RunText(argument.empty() ? "SHOW FUNCTIONS" : "SHOW FUNCTIONS LIKE '%" + argument + "%'");
    } else if (command == "\\dj") {
      RunText(argument.empty() ? "SHOW JOBS" : "DESCRIBE JOB " + argument);
    } else if (command == "\\i" && !argument.empty()) {
      RunText("SOURCE '" + argument + "'");
    } else if (command == "\\x") {
      OutputFormat& format = runner_.options().render.format;
      const bool vertical = format == OutputFormat::kVertical;
      format = vertical ? OutputFormat::kBox : OutputFormat::kVertical;
      Print(fmt::format("Vertical results are {}.\n", vertical ? "off" : "on"));
    } else if (command == "\\timing") {
      runner_.set_timing(!runner_.timing());
      Print(fmt::format("Timing is {}.\n", runner_.timing() ? "on" : "off"));
    } else {
      Print(
          "\\d [table]  tables, or the columns of one    \\dt tables  \\dv views  \\df [part] "
          "functions\n"
          "\\dj [job]   jobs, or the operators of one     \\i FILE     runs a script\n"
          "\\x          vertical results on or off       \\timing     times on or off\n"
          "\\q          leaves, stopping jobs with a last checkpoint; HELP; lists statements\n");
    }
  }

  int Leave() {
    return runner_.StopJobs(ending_signal_ != 0 ? ExitCodeOfSignal(ending_signal_) : kExitOk);
  }

  JobWatch* watch() const { return runner_.options().watch; }

  EngineSession& engine_;
  ScriptRunner& runner_;
  std::unique_ptr<LineEditor> editor_;
  std::string buffer_;  // the lines of an unfinished statement
  bool quit_ = false;
  int ending_signal_ = 0;  // SIGTERM, SIGHUP
};

}  // namespace

int RunRepl(EngineSession& engine, ScriptRunner& runner, const std::string& init_file) {
  return Repl(engine, runner).Run(init_file);
}

}  // namespace weir::shell
