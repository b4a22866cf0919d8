// A query file as the statements that a Flink cluster is given, with what our planner says of its
// jobs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/job_graph.h"
#include "shell/cli/translated_script.h"
#include "shell/engine/engine.h"
#include "shell/flink/plan/shape.h"

namespace weir::shell {

// A streaming job, as our planner has it.
struct FlinkJob {
  flink::Shapes shapes;
  graph::JobGraph graph;
};

// One statement in Flink SQL.
struct FlinkStep {
  SourceSpan part;  // of the script: what it stands for
  std::string sql;  // without a semicolon
  bool starts_job = false;
  std::optional<FlinkJob> job;  // null for a batch job, which has no state to find again
  // What the script has said that the job starts from (execution.state-recovery.path), or "".
  std::string savepoint = {};
};

class FlinkScript {
 public:
  // The session of the scripts outlives it.
  explicit FlinkScript(LocalSession& session) : session_(session) {}

  // Reads the statements of the script; errors are printed. The exit code.
  int Read(TranslatedScript& script);

  // REQUIRES: Read found no error.
  const std::vector<FlinkStep>& steps() const { return steps_; }

 private:
  Status AddPieces(const std::string& translated, SourceSpan part);
  Status AddPiece(const ast::Statement& piece, std::string_view text, SourceSpan part);
  Status AddJob(std::string sql, SourceSpan part);

  LocalSession& session_;
  std::vector<FlinkStep> steps_;
  std::optional<FlinkJob> planned_;              // of the statement that is being read
  bool batch_ = false;                           // the mode of the statement that comes next
  std::optional<std::vector<std::string>> set_;  // the INSERTs since BEGIN STATEMENT SET
};

}  // namespace weir::shell
