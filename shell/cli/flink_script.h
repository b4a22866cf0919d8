// A query file as the statements that a Flink cluster is given, with what our planner says of its
// jobs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/engine.h"
#include "shell/flink/plan/shape.h"
#include "shell/flink/translator.h"

namespace weir::shell {

// One statement in Flink SQL.
struct FlinkStep {
  SourceSpan part;  // of the script: what it stands for
  std::string sql;  // without a semicolon
  bool starts_job = false;
  // The operators of that job; null for a batch job, which has no state to find again.
  std::optional<flink::Shapes> job;
};

class FlinkScript {
 public:
  // The session outlives it, and runs nothing (StatementContext::plans).
  FlinkScript(LocalSession& session, bool color);

  // Plans and translates all statements; each error is printed on standard error. `file` names the
  // script there. The exit code of the first error, else kExitOk.
  int Read(std::string_view script, const std::string& file);

  // REQUIRES: Read found no error.
  const std::vector<FlinkStep>& steps() const { return steps_; }
  // Prints an error of a step, with its place in the script. Its exit code.
  int Complain(const Status& error, SourceSpan part) const;

 private:
  Status ReadPart(flink::Translator& translator, SourceSpan part);
  Status AddPieces(const std::string& translated, SourceSpan part);
  Status AddPiece(const ast::Statement& piece, std::string_view text, SourceSpan part);
  Status AddJob(std::string sql, SourceSpan part);

  LocalSession& session_;
  const bool color_;
  std::string script_, file_;
  std::vector<FlinkStep> steps_;
  std::optional<flink::Shapes> planned_;         // of the statement that is being read
  std::optional<std::vector<std::string>> set_;  // the INSERTs since BEGIN STATEMENT SET
};

}  // namespace weir::shell
