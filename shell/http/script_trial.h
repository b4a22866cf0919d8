// A script whose statements are tried one by one: definitions and settings are carried out in a
// session of which nothing is kept, everything else is only looked at.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "shell/engine/engine.h"

namespace weir::shell {

// A finding in a script. `span` counts in bytes from the script's beginning.
struct ScriptFinding {
  bool is_error = true;
  SourceSpan span;
  Status status;  // of an error
  std::string message;
};

struct TriedStatement {
  SourceSpan span;
  std::string words;        // "CREATE TABLE", "INSERT"
  bool of_session = false;  // it changes the session alone (session_scope.h)
};

// Used by one thread.
class ScriptTrial {
 public:
  // Sees the tables and views of the data directory, and does what `who` may. The engine outlives
  // it.
  ScriptTrial(Engine& engine, const Principal& who);

  // Parses, binds and plans every statement, and neither runs one nor reads or writes a file: what
  // depends on files is not said to be wrong.
  struct Findings {
    std::vector<TriedStatement> statements;
    std::vector<ScriptFinding> findings;
  };
  Findings Check(std::string_view script);

  // Carries out all statements but the last one, which is to be the INSERT or statement set of
  // `job`, and returns where that is. Secrets that the job's definitions were shown without are as
  // that job has them. E2015 for other statements; all errors have spans.
  Result<SourceSpan> DefineFor(std::string_view script, const JobRecord& job);

  LocalSession& session() { return *session_; }

 private:
  void CheckPart(std::string_view script, SourceSpan part, Findings& into);

  const std::unique_ptr<LocalSession> session_;
  bool asked_for_files_ = false;  // by the statement that is being checked
};

}  // namespace weir::shell
