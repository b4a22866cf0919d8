// The engine in one process: a session's catalog and settings, and the jobs of a data directory.
// Executes statements, one at a time; shells and scripts sit on top of it.
//
//   main ─▶ cli ─┬─▶ repl ──┐
//                └─▶ script ┴─▶ Engine::Execute ─▶ StatementExecutor ─┬─▶ planner (pure)
//                                                                     └─▶ JobManager ─▶ task::Job
//
// Jobs run on threads of their own; the engine itself has none.
//
// What a statement answers is a value: who called shows it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.h"
#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"
#include "shell/job_manager.h"
#include "shell/query_view.h"
#include "shell/result_table.h"

namespace weir::shell {

// What an engine is opened with.
// The ports outlive the engine.
struct EngineOptions {
  EnginePorts ports;
  std::string data_directory = "weir-data";
  conf::Settings settings;  // with the conf file's and command line's values as base
};

// What a statement answers. At most one of table, text and message is the point of it; a SELECT in
// changelog mode has shown its rows already and has `changes` instead.
// A value: nothing in it refers to the engine.
struct Answer {
  std::optional<ResultTable> table;  // rows to show
  std::string text;                  // preformatted text to show (plans), with a final newline
  std::string message;               // one line: "Table orders created."
  std::optional<uint64_t> changes;   // of a SELECT that showed them as they came
  std::vector<std::string> notices;  // for standard error, one line each
  bool quit = false;
  bool clear = false;
  std::optional<std::string> source_file;  // SOURCE 'file': the caller runs it
};

// Used by one thread; RequestCancel may be called by any, and from a signal handler.
class Engine {
 public:
  // Fails E4003 when another process has the data directory open.
  static Result<std::unique_ptr<Engine>> Open(EngineOptions options);
  // Stops running jobs with a last checkpoint.
  ~Engine();

  // Executes one statement; spans of errors count in `text`, the script that holds it. Rows of a
  // SELECT go to `view` as they come, or into the answer's table when the view wants the final
  // table.
  Result<Answer> Execute(const ast::Statement& statement, std::string_view text, QueryView& view);

  // As SplitScript and ParseStatementAt of planner/parse/parse.h; RequestCancel ends them as well.
  Result<std::vector<SourceSpan>> Split(std::string_view script);
  Result<ast::StatementPtr> Parse(std::string_view script, SourceSpan part);

  // The file that the statements to come are from, for the places of errors; "" for none. Returns
  // the one before.
  std::string SetFile(std::string file) { return std::exchange(file_, std::move(file)); }

  // Ends a SELECT or a WAIT that Execute is busy with: kCancelled E8001.
  void RequestCancel() { cancel_.store(true, std::memory_order_relaxed); }
  bool cancel_requested() const { return cancel_.load(std::memory_order_relaxed); }
  void ClearCancel() { cancel_.store(false, std::memory_order_relaxed); }

  // The jobs of the data directory: running here, or remembered. Lives as long as the engine.
  JobManager& jobs() { return *jobs_; }
  const JobManager& jobs() const { return *jobs_; }
  // The session's options; a job copies them when it starts.
  conf::Settings& settings() { return settings_; }
  const catalog::Catalog& catalog() const { return catalog_; }
  // Called from time to time while Execute waits for a job; may be null. For progress lines.
  void SetProgress(std::function<void(RunningJob&)> progress) { progress_ = std::move(progress); }
  // Called while a statement moves bytes (SAVEPOINT, RESTORE), with a line that says how far it is;
  // one call at a time, from any thread. May be null.
  void SetTransferProgress(std::function<void(const std::string&)> progress) {
    transfer_progress_ = std::move(progress);
  }
  // Shows what a statement answers before it does something that may fail: the table of RESTORE
  // JOB.
  void SetPreface(std::function<void(const Answer&)> preface) { preface_ = std::move(preface); }
  // Waits until the job is where it shall be, reporting progress; false when a cancel or the end of
  // the timeout came first. `look`: called beside the progress function; may be empty.
  bool Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
             const std::function<void(RunningJob&)>& look = {});
  // The error of a job that did not finish well; ok otherwise.
  Status Outcome(const RunningJob& job) const;

 private:
  friend class StatementExecutor;
  Engine(EngineOptions options, std::unique_ptr<DataDirectory> directory,
         std::shared_ptr<state::MemoryBudget> memory);

  // SET and RESET of 'state.memory.limit' count for what runs already.
  void ApplyMemoryLimit();
  // … and those of the process's files: 'state.file-mode', 'state.savepoints.key-file',
  // 'state.savepoints.allowed-output-paths'.
  void ApplyFileOptions();

  EnginePorts ports_;
  conf::Settings settings_;
  catalog::Catalog catalog_;
  std::shared_ptr<state::MemoryBudget> memory_;  // kept to the settings
  std::unique_ptr<JobManager> jobs_;
  std::function<void(RunningJob&)> progress_;
  std::function<void(const Answer&)> preface_;
  std::function<void(const std::string&)> transfer_progress_;
  std::atomic<bool> cancel_{false};
  std::string file_;
  // BEGIN STATEMENT SET; … END: the inserts so far.
  std::optional<std::vector<ast::StatementPtr>> open_set_;
};

}  // namespace weir::shell
