// Runs scripts: results on standard output, everything else on standard error, stop at the first
// error.
//
// Messages ("Table t created."), row counts, notices, the progress line and errors are "everything
// else"; in the interactive shell messages and row counts go to standard output, below the result
// that they belong to.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "shell/engine/engine.h"
#include "shell/engine/text/error_text.h"
#include "shell/output/job_watch.h"
#include "shell/output/render.h"

namespace weir::shell {

// The exit codes (docs/sql-reference.md, "Session and scripts").
// Part of the interface of the program: scripts test them.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,         // own failure: a bad option, a missing file
  kExitUnreachable = 2,     // no server answers
  kExitSqlError = 3,        // a statement is wrong
  kExitJobFailed = 4,       // a job failed at run time
  kExitRestoreRefused = 5,  // saved state does not fit
  kExitTimeout = 124,
  kExitInterrupted = 130,  // SIGINT
  kExitTerminated = 143,   // SIGTERM
};

// What a failed statement means for the process.
int ExitCodeOf(const Status& status);

// What the command line and the terminal say about output.
// `quiet` silences messages, not results.
struct ScriptOptions {
  RenderOptions render;
  bool terminal = false;     // results go to a terminal
  int height = 24;           // its lines
  bool interactive = false;  // messages go to standard output, with the time they took
  bool quiet = false;        // no messages on standard error but errors
  bool progress = false;     // a progress line on standard error
  bool color = false;
  JobWatch* watch = nullptr;  // says what happens to jobs; outlives the runner; null: nobody does
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
  ScriptRunner(Engine& engine, ScriptOptions options) : engine_(engine), options_(options) {}

  // Runs every statement of `text`; `file` names it in errors ("" for -c). Returns an exit code; an
  // error has been printed. Jobs that it started run on: call WaitForJobs.
  int Run(std::string_view text, const std::string& file);
  int RunFile(const std::string& path);
  // Waits until every job of the process has ended; unbounded ones for a signal, which stops all
  // with a last checkpoint. Prints what failed.
  int WaitForJobs();
  // Stops all jobs with a last checkpoint, saying so and what became of each. The exit code of a
  // process that would have ended with `code`: kExitJobFailed where a job failed or got no last
  // checkpoint, unless `code` tells of an error already.
  int StopJobs(int code);
  // Executes one statement and prints its answer; for the interactive shell, too. `text`: the
  // script that holds it. An error is returned, not printed.
  Status RunStatement(const ast::Statement& statement, std::string_view text);
  // The error of a statement of this text and file, as the session wants errors to be shown. Where
  // a job's failure is the error, that has been told when this returns, or is told with it.
  std::string StatementErrorText(const Status& status, const ErrorContext& place);
  // Says of every job of this process that has failed why it did, once for each of its starts.
  // `asked_for`: somebody waits for its end, and is answered; may be null.
  void SayFailures(const RunningJob* asked_for = nullptr);
  // Returns when everything that was noticed about jobs until now has been said.
  void FlushNotices() const;
  // A QUIT was executed.
  bool quit() const { return quit_; }
  // May be changed between statements.
  ScriptOptions& options() { return options_; }
  void set_timing(bool timing) { timing_ = timing; }
  bool timing() const { return timing_; }

 private:
  int RunParts(std::string_view text, const std::string& file);
  Status Show(const Answer& answer, double seconds);
  // To standard error, unless quiet or nobody reads what this process prints.
  void Say(const std::string& text) const;
  // What became of a job that was running; the exit code that it stands for.
  // Said once a start, and only of those that finished or failed.
  int SayEnd(const RunningJob& job);
  std::string Footer(const Answer& answer, double seconds) const;
  void ShowProgress(RunningJob& job);
  // Paints the progress line, unless that was a moment ago.
  bool ProgressIsDue();
  void PaintProgress(const std::string& line);
  void ClearProgress();
  // An error that has no place, or one in this text and file.
  std::string ErrorText(const Status& status, ErrorContext place = {}) const;
  // Why a job failed, with its place in the text that it came from.
  std::string FailureText(const RunningJob& job) const;
  // What is done from time to time while somebody waits for a job.
  void OnWaiting(RunningJob& job, const RunningJob* asked_for);
  int Report(const Status& status, std::string_view text, const std::string& file, SourceSpan part);
  std::unique_ptr<QueryView> MakeView() const;
  std::unique_ptr<QueryView> ViewFor(bool bounded) const;

  Engine& engine_;
  ScriptOptions options_;
  bool quit_ = false;
  bool timing_ = true;
  int depth_ = 0;              // of SOURCE
  int source_code_ = kExitOk;  // of the SOURCE that failed; its error has been printed
  int64_t last_progress_ = 0;  // monotonic ns
  int64_t began_ = 0;          // the statement at hand; monotonic ns
  bool progress_shown_ = false;
  std::set<std::string> ends_said_;  // of starts of jobs
};

}  // namespace weir::shell
