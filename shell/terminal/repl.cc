#include "shell/terminal/repl.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/base/printable.h"
#include "runtime/clock.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/output/terminal_size.h"
#include "shell/output/wrap_words.h"
#include "shell/terminal/external_editor.h"
#include "shell/terminal/highlight.h"
#include "shell/terminal/line_editor.h"
#include "shell/terminal/shortcuts.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::string_view kPrompt = "weir> ";
constexpr std::string_view kMore = "  ..> ";

// The path of a file in the user's home directory; "" where HOME is not set.
std::string HomeFile(const char* name) {
  const char* home = std::getenv("HOME");
  return home != nullptr ? std::string(home) + "/" + name : "";
}

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Without the newlines at its end.
std::string Chomped(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

class Repl {
 public:
  Repl(EngineSession& engine, ScriptRunner& runner) : engine_(engine), runner_(runner) {}

  int Run(const std::string& init_file) {
    KeepShellFromInterrupts(true);
    runner_.options().pager = FromEnvironment("PAGER");
    Greet();
    const std::string init = !init_file.empty() ? init_file : HomeFile(".weirrc");
    if (!init.empty() && FileSystem::Local().Stat(init).ok()) runner_.RunFile(init);
    editor_ = MakeLineEditor(HomeFile(".weir_history"), Hooks());
    while (!runner_.quit() && !quit_ && ending_signal_ == 0 && OutputFailure().ok()) {
      if (!ReadAndRun()) break;
    }
    KeepShellFromInterrupts(false);
    return Leave();
  }

 private:
  enum class Outcome : uint8_t { kDone, kFailed, kInterrupted };

  EditorHooks Hooks() {
    EditorHooks hooks;
    hooks.complete = [this](std::string_view before, std::string_view behind) {
      return Complete(engine_, buffer_ + std::string(before), behind);
    };
    if (colors()) {
      hooks.highlight = [this](std::string_view line) {
        return line.starts_with("\\") ? std::string(line)
                                      : Highlight(buffer_ + std::string(line), buffer_.size());
      };
    }
    hooks.lines_above = [this] {
      runner_.SayFailures();
      return watch() == nullptr ? "" : watch()->TakeHeld();
    };
    return hooks;
  }

  void Greet() const {
    const std::optional<int64_t> owner = engine_.owner();
    Print(fmt::format("weir {} (in {}; HELP; lists statements, \\? shortcuts, \\q leaves)\n",
                      WEIR_VERSION, owner ? fmt::format("process {}", *owner) : "this process"));
    const Result<std::vector<SuspendedJob>> jobs = engine_.SuspendedJobs();
    if (!jobs.ok()) return;
    for (const SuspendedJob& job : *jobs)
      Print(WrapMessage(fmt::format("Job {} is suspended: {}.\n", job.name, job.ways_on),
                        SizeOfTerminal().columns));
  }

  // Reads a line, and runs what it completes. False at the end of input.
  bool ReadAndRun() {
    if (watch() != nullptr) watch()->Hold(true);
    const std::optional<InputLine> line =
        editor_->ReadLine(std::string(buffer_.empty() ? kPrompt : kMore));
    if (watch() != nullptr) watch()->Hold(false);
    if (!line) {
      Print("\n");
      if (!buffer_.empty()) Print("What was typed last has no ; at its end, and was not run.\n");
      return false;
    }
    if (line->signal != 0) {
      buffer_.clear();
      if (line->signal != SIGINT) ending_signal_ = line->signal;
      return line->signal == SIGINT;
    }
    const Outcome outcome = TakeLine(line->text);
    if (line->pasted.empty()) return true;
    if (outcome == Outcome::kInterrupted) {
      SayRestIsDropped();
    } else {
      RunPasted(line->pasted);
    }
    return true;
  }

  Outcome TakeLine(const std::string& line) {
    if (IsShortcut(line)) {
      editor_->AddHistory(line);
      return RunShortcut(line);
    }
    said_unfinished_ = false;
    buffer_ += line + "\n";
    if (IsBlank(buffer_)) buffer_.clear();
    if (buffer_.empty() || !parse::IsComplete(buffer_)) return Outcome::kDone;
    return RunTyped(Chomped(std::exchange(buffer_, {})));
  }

  // Within a string or comment a backslash is text.
  bool IsShortcut(std::string_view line) const {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos || line[begin] != '\\') return false;
    const std::vector<parse::Word> words = parse::WordsOf(buffer_);
    return words.empty() || words.back().kind != parse::WordKind::kOpen;
  }

  // Runs whole lines one statement after the other, as if each had been typed; what is unfinished
  // at their end waits for more.
  void RunPasted(std::string_view lines) {
    const size_t shown = buffer_.size();
    const std::string text = std::exchange(buffer_, {}) + std::string(lines);
    for (size_t at = 0; !runner_.quit() && !quit_ && ending_signal_ == 0;) {
      at = text.find_first_not_of(" \t\r\n", at);
      if (at == std::string::npos) return;
      const size_t end = EndOfPiece(text, at);
      Echo(std::string_view(text).substr(0, end), at, shown);
      if (end == text.size()) {
        buffer_ = text.substr(at);
        return;
      }
      const std::string piece = text.substr(at, end - at);
      at = end;
      if (IsShortcut(piece)) editor_->AddHistory(piece);
      const Outcome outcome = IsShortcut(piece) ? RunShortcut(piece) : RunTyped(piece);
      if (outcome != Outcome::kInterrupted) continue;
      return SayRestIsDropped();
    }
  }

  static void SayRestIsDropped() { Print("The rest is not run.\n"); }

  // Where the shortcut or the statement that begins there ends; the end of the text when it is
  // unfinished.
  static size_t EndOfPiece(std::string_view text, size_t begin) {
    const size_t newline = std::min(text.find('\n', begin), text.size());
    const bool line = text[begin] == '\\' || parse::IsComplete(text.substr(begin, newline - begin));
    return line ? newline : parse::EndOfStatement(text, begin).value_or(text.size());
  }

  // Shows text[begin…] behind prompts, as the editor would; what comes before `shown` is there.
  void Echo(std::string_view text, size_t begin, size_t shown) const {
    const size_t from = std::max(begin, shown);
    const std::string colored =
        colors() ? Highlight(text.substr(begin), from - begin) : std::string(text.substr(from));
    std::string out;
    bool more = begin < shown;
    for (std::string_view rest = colored; !rest.empty(); more = true) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      out += fmt::format("{}{}\n", more ? kMore : kPrompt, rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    Print(out);
  }

  Outcome RunTyped(const std::string& text) {
    editor_->AddHistory(text);
    last_ = text;
    return RunText(text);
  }

  Outcome RunText(const std::string& text) {
    engine_.ClearCancel();
    const bool ok = RunStatements(text);
    // Ctrl-C ended the statement, not the shell.
    const int signal = TakeSignal();
    if (signal != 0 && signal != SIGINT) ending_signal_ = signal;
    engine_.ClearCancel();
    runner_.SayFailures();
    runner_.FlushNotices();
    if (signal != 0) return Outcome::kInterrupted;
    return ok ? Outcome::kDone : Outcome::kFailed;
  }

  // Each error is shown, and does not keep the next statement from running.
  bool RunStatements(const std::string& text) {
    const auto show = [&](const Status& status) {
      if (!status.ok()) Print(runner_.StatementErrorText(status, {.text = text}));
      return status.ok();
    };
    const Result<std::vector<SourceSpan>> parts = engine_.Split(text);
    if (!parts.ok()) return show(parts.status());
    bool ok = true;
    for (const SourceSpan part : *parts) {
      ok &= show(runner_.RunStatement(text, part));
      if (PendingSignal() != 0 || runner_.quit()) break;
    }
    return ok;
  }

  // --- shortcuts ---

  Outcome RunShortcut(const std::string& line) {
    const auto [name, argument] = ReadShortcut(line);
    const Shortcut* shortcut = FindShortcut(name);
    if (shortcut == nullptr) {
      SayUnknown(name);
      return Outcome::kFailed;
    }
    if (shortcut->id != ShortcutId::kQuit) said_unfinished_ = false;
    switch (shortcut->id) {
      case ShortcutId::kTables:
        return RunText("SHOW TABLES");
      case ShortcutId::kDescribe:
        return RunText(argument.empty() ? "SHOW TABLES" : "DESCRIBE " + argument);
      case ShortcutId::kViews:
        return RunText("SHOW VIEWS");
      case ShortcutId::kFunctions:
        return RunText(argument.empty()
                           ? "SHOW FUNCTIONS"
                           : "SHOW FUNCTIONS LIKE " + ast::QuoteString("%" + argument + "%"));
      case ShortcutId::kJobs:
        return RunText(argument.empty() ? "SHOW JOBS" : "DESCRIBE JOB " + argument);
      case ShortcutId::kInclude:
        if (!argument.empty()) return RunText("SOURCE " + ast::QuoteString(ValueOf(argument)));
        Print("\\i takes the path of a script.\n");
        return Outcome::kFailed;
      case ShortcutId::kWatch:
        return Watch(argument);
      case ShortcutId::kEdit:
        return Edit();
      default:
        RunAboutShell(shortcut->id, argument);
        return Outcome::kDone;
    }
  }

  // The shortcuts that execute nothing.
  void RunAboutShell(ShortcutId id, const std::string& argument) {
    switch (id) {
      case ShortcutId::kQuit:
        return Quit();
      case ShortcutId::kReset:
        Print(buffer_.empty() ? "Nothing was typed.\n" : "What was typed is dropped.\n");
        return buffer_.clear();
      case ShortcutId::kOutput:
        return SendResultsTo(ValueOf(argument));
      case ShortcutId::kRows:
        return ShowRows(argument);
      case ShortcutId::kVertical: {
        OutputFormat& format = runner_.options().render.format;
        const bool vertical = format == OutputFormat::kVertical;
        format = vertical ? OutputFormat::kBox : OutputFormat::kVertical;
        return Print(fmt::format("Vertical results are {}.\n", vertical ? "off" : "on"));
      }
      case ShortcutId::kTiming:
        runner_.set_timing(!runner_.timing());
        return Print(fmt::format("Timing is {}.\n", runner_.timing() ? "on" : "off"));
      default:
        return Print(WrapWords(ShortcutList(), SizeOfTerminal().columns));
    }
  }

  static void SayUnknown(const std::string& name) {
    std::vector<std::string> names;
    for (const Shortcut& shortcut : Shortcuts()) names.emplace_back(shortcut.name.substr(1));
    const std::string near = NearestName(name.substr(1), names);
    Print(fmt::format("There is no shortcut {}{} There are:\n{}", Printable(name),
                      near.empty() ? "." : fmt::format("; did you mean \\{}?", near),
                      ShortcutList()));
  }

  // After a statement without its semicolon, the user may think that it was run.
  void Quit() {
    quit_ = buffer_.empty() || std::exchange(said_unfinished_, true);
    if (!quit_)
      Print(
          "The statement above has no ; at its end, and was not run: ; runs it, \\r drops it, \\q "
          "again leaves.\n");
  }

  void SendResultsTo(const std::string& path) {
    if (const Status sent = runner_.SendResultsTo(path); !sent.ok())
      return Print(runner_.StatementErrorText(sent, {}));
    Print(path.empty() ? "Results go to the terminal.\n"
                       : fmt::format("Results go to '{}' until \\o.\n", Printable(path)));
  }

  void ShowRows(const std::string& argument) {
    std::optional<size_t>& most = runner_.options().most_rows;
    size_t rows = 0;
    const char* end = argument.data() + argument.size();
    const bool number = std::from_chars(argument.data(), end, rows).ptr == end && rows > 1;
    if (argument.empty()) {
      most.reset();
    } else if (EqualsIgnoreCase(argument, "all")) {
      most = SIZE_MAX;
    } else if (number) {
      most = rows;
    } else {
      return Print("\\rows takes a number from 2 on, or all.\n");
    }
    Print(!most               ? "Of long results the rows that fit the screen are shown.\n"
          : *most == SIZE_MAX ? "All rows of results are shown.\n"
                              : fmt::format("At most {} rows of results are shown.\n", *most));
  }

  // The statement that is being typed, else the last one that was run.
  std::string TakeCurrent() {
    const std::string typed = Chomped(std::exchange(buffer_, {}));
    return typed.empty() ? last_ : typed;
  }

  Outcome Watch(const std::string& argument) {
    constexpr int64_t kMostSeconds = 86'400;
    const Result<int64_t> every = ParseSeconds(argument.empty() ? "2" : ValueOf(argument));
    if (!every.ok() || *every <= 0 || *every > kMostSeconds * 1000) {
      Print("\\watch takes a time of up to a day, such as 5, 500 ms or 1 min.\n");
      return Outcome::kFailed;
    }
    const std::string text = TakeCurrent();
    if (text.empty()) {
      Print("There is no statement yet.\n");
      return Outcome::kFailed;
    }
    for (Outcome outcome = Outcome::kDone; outcome == Outcome::kDone && !runner_.quit();) {
      const int64_t begin = Clock::System().MonotonicNanos();
      Print(fmt::format("{}, every {}, until Ctrl-C\n", TimeText(Clock::System().Now().millis),
                        DurationText(static_cast<double>(*every) / 1e3)));
      outcome = RunText(text);
      if (outcome == Outcome::kDone && !Pause(begin + *every * 1'000'000))
        outcome = Outcome::kInterrupted;
      if (outcome != Outcome::kDone) return outcome;
    }
    return Outcome::kDone;
  }

  // Waits until this time; false when a signal comes first.
  bool Pause(int64_t until_nanos) {
    constexpr int kPollMillis = 100;
    while (Clock::System().MonotonicNanos() < until_nanos && PendingSignal() == 0) {
      ::poll(nullptr, 0, kPollMillis);
      runner_.SayFailures();
    }
    const int signal = TakeSignal();
    if (signal != 0 && signal != SIGINT) ending_signal_ = signal;
    if (signal != 0) Print("\n");
    engine_.ClearCancel();
    return signal == 0;
  }

  Outcome Edit() {
    if (watch() != nullptr) watch()->Hold(true);
    const std::string typed = buffer_;
    const Result<std::optional<std::string>> edited = EditText(TakeCurrent() + "\n");
    if (watch() != nullptr) watch()->Hold(false);
    (void)TakeSignal();  // Ctrl-C was the editor's
    engine_.ClearCancel();
    if (!edited.ok()) {
      Print(runner_.StatementErrorText(edited.status(), {}));
    } else if (!*edited) {
      Print("Nothing was saved, and nothing is run.\n");
    } else {
      RunPasted(**edited + "\n");
      return Outcome::kDone;
    }
    buffer_ = typed;
    return Outcome::kFailed;
  }

  int Leave() {
    return runner_.StopJobs(ending_signal_ != 0 ? ExitCodeOfSignal(ending_signal_) : kExitOk);
  }

  JobWatch* watch() const { return runner_.options().watch; }
  bool colors() const { return runner_.options().render.color; }

  EngineSession& engine_;
  ScriptRunner& runner_;
  std::unique_ptr<LineEditor> editor_;
  std::string buffer_;            // the lines of an unfinished statement
  std::string last_;              // the statements that were run last
  bool said_unfinished_ = false;  // that \q drops what is unfinished
  bool quit_ = false;
  int ending_signal_ = 0;  // SIGTERM, SIGHUP
};

}  // namespace

int RunRepl(EngineSession& engine, ScriptRunner& runner, const std::string& init_file) {
  return Repl(engine, runner).Run(init_file);
}

}  // namespace weir::shell
