// Runs scripts: results on standard output, everything else on standard error, stop at the first
// error.
//
// Messages ("Table t created."), row counts, notices, the progress line and errors are "everything
// else"; in the interactive shell messages and row counts go to standard output, below the result
// that they belong to.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "runtime/file_system.h"
#include "shell/engine/engine.h"
#include "shell/engine/text/error_text.h"
#include "shell/output/job_watch.h"
#include "shell/output/render.h"
#include "shell/output/script_variables.h"

namespace weir::shell {

// The exit codes (docs/sql-reference.md, "Session and scripts"). Scripts rely on them.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,         // the program's own failure: a bad option, a missing file
  kExitUnreachable = 2,     // no server answers
  kExitSqlError = 3,        // a statement is wrong
  kExitJobFailed = 4,       // a job failed while it ran
  kExitRestoreRefused = 5,  // saved state does not fit
  kExitTimeout = 124,
  kExitInterrupted = 130,  // SIGINT
  kExitTerminated = 143,   // SIGTERM
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

// The exit code for a failed statement.
int ExitCodeOf(const Status& status);

// How the command line or the terminal wants output. `quiet` silences messages, not results.
struct ScriptOptions {
  RenderOptions render;
  bool terminal = false;     // results go to a terminal
  int height = 24;           // its lines
  bool interactive = false;  // messages go to standard output, with the time they took
  bool quiet = false;        // no messages on standard error except errors
  bool progress = false;     // a progress line on standard error
  bool color = false;
  // The rows of a result that the shell shows on a terminal; more are left out in the middle.
  // Nothing: as many as fit, of more than a hundred; or all of them, through the pager.
  std::optional<size_t> most_rows;
  std::string pager;  // a command of the shell's, for what does not fit the screen; "" for none
  bool asks = false;  // somebody sits at the terminal and can be asked
  // Waits for what others have this process do, before it stops its jobs; may be empty.
  std::function<void()> linger;
  // Called with an answer before it is shown; may be empty.
  std::function<void(Answer&)> arrange;
  JobWatch* watch = nullptr;                 // reports on jobs; outlives the runner; may be null
  FileSystem* files = &FileSystem::Local();  // of scripts; outlives the runner
  // What ${…} in scripts stands for; none: text is taken as it is.
  ScriptVariables variables;
};

// How results are shown:
//   input that ends                        the final table, once
//   … with result-mode 'changelog',
//     or --format changelog                every change on a line, as it comes
//   endless input, on a terminal           a table painted over and over (LiveView), or the changes
//   endless input, elsewhere               the changes
// Not thread-safe.
class ScriptRunner {
 public:
  ScriptRunner(EngineSession& engine, ScriptOptions options)
      : engine_(engine), options_(std::move(options)) {}

  // Runs every statement of `text`; `file` names it in errors ("" for -c). Errors are printed, and
  // the exit code is returned. Jobs that it started run on: call WaitForJobs.
  int Run(std::string_view text, const std::string& file);
  int RunFile(const std::string& path);
  // The same of what standard input gives until its end.
  int RunStandardInput();
  // Waits until every job of the session has ended; unbounded jobs run until a signal stops all
  // with a last checkpoint or, where they are another process's, ends the wait. Prints failures.
  int WaitForJobs();
  // Stops all jobs with a last checkpoint and prints the outcome for each; says which ones run on
  // in another process. Returns the exit code of a process that would have ended with `code`:
  // kExitJobFailed if a job failed or got no last checkpoint, unless `code` is an error already.
  int StopJobs(int code);
  // Executes the statement in `part` of `text` and prints its answer; also used by the interactive
  // shell. An error is returned, not printed.
  Status RunStatement(std::string_view text, SourceSpan part);
  // The text of a statement's error as the session wants errors to be shown. If the error is the
  // failure of a job, that failure has been printed or is part of the text.
  std::string StatementErrorText(const Status& status, const ErrorContext& place);
  // Prints for every failed job of this process why it failed, once for each of its starts.
  // The start `asked_for` is left out, as somebody waits for its end and gets an answer.
  void SayFailures(std::string_view asked_for = "");
  // Returns when all notices about jobs so far are printed.
  void FlushNotices() const;
  // From now on results go into this file, which is replaced; "" for standard output. E4005 when it
  // cannot be made; then all is as it was.
  Status SendResultsTo(const std::string& path);
  // Whether a QUIT was executed.
  bool quit() const { return quit_; }
  // May be changed between statements.
  ScriptOptions& options() { return options_; }
  void set_timing(bool timing) { timing_ = timing; }
  bool timing() const { return timing_; }

 private:
  // Says which jobs run on in another process; returns `code`.
  int LeaveJobs(int code);
  int RunParts(std::string_view text, const std::string& file);
  Status Show(const Answer& answer, double seconds);
  Status ShowTable(const ResultTable& table);
  // How results are formatted where they go now.
  RenderOptions RenderNow() const;
  bool results_to_terminal() const { return options_.terminal && results_ == nullptr; }
  std::FILE* results() const { return results_ != nullptr ? results_.get() : stdout; }
  void FollowTerminal();
  // Prints to standard error, unless quiet or nobody reads the output any more.
  void Say(const std::string& text) const;
  // Prints how a job ended, once for each start that finished or failed; returns the corresponding
  // exit code.
  int SayEnd(const JobNow& job);
  // The same for every job that has ended. Returns the exit code of a process that would have ended
  // with `code`: that of the first one that failed, unless `code` is an error already.
  int SayEnds(int code);
  std::string Footer(const Answer& answer, double seconds) const;
  std::string CutText() const;
  void ShowProgress(const JobNow& job);
  // Whether to paint the progress line; false if that was done a moment ago.
  bool ProgressIsDue();
  void PaintProgress(const std::string& line);
  void ClearProgress();
  // The text of an error, with or without a place in this text and file.
  std::string ErrorText(const Status& status, ErrorContext place = {}) const;
  // Why a job failed, with its place in the text that it came from.
  std::string FailureText(const JobNow& job) const;
  // Prints an error that is of no statement, and returns its exit code.
  int ReportUnplaced(const Status& status);
  // Prints why a script could not be read, unless a signal came first; returns the exit code.
  int ReportUnread(const Status& status);
  int Report(const Status& status, std::string_view text, const std::string& file, SourceSpan part);
  std::unique_ptr<QueryView> MakeView() const;
  std::unique_ptr<QueryView> ViewFor(bool bounded) const;

  EngineSession& engine_;
  ScriptOptions options_;
  bool quit_ = false;
  bool waited_ = false;  // for its jobs, and so for those that others leave to this process
  bool timing_ = true;
  int depth_ = 0;              // nesting depth of SOURCE
  int source_code_ = kExitOk;  // of the SOURCE that failed, whose error has been printed
  int64_t last_progress_ = 0;  // monotonic ns
  int64_t began_ = 0;          // start of the current statement; monotonic ns
  bool progress_shown_ = false;
  bool cut_said_ = false;            // how to see what is left out
  size_t rows_left_out_ = 0;         // of the last result
  bool cells_cut_ = false;           // of it
  OpenFile results_;                 // where results go; null: standard output
  bool left_ = false;                // it was said what runs on in another process
  std::set<std::string> ends_said_;  // starts of jobs whose ends were printed
};

}  // namespace weir::shell
