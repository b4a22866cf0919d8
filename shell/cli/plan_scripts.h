// What query files would do, without doing it: the verbs check, explain and info.
#pragma once

#include <string>
#include <vector>

#include "shell/engine/engine.h"
#include "shell/engine/text/error_text.h"
#include "shell/output/script.h"

namespace weir::shell {

// An error or a warning about a statement. Lines and columns count from 1, columns in characters;
// `end` is behind the last one.
struct Finding {
  std::string file;
  LineColumn begin;
  LineColumn end;
  bool is_error = true;
  std::string code;  // "" of a warning
  std::string message;
  std::string hint;
};

// A JSON array with one object on each line.
std::string FindingsAsJson(const std::vector<Finding>& findings);

struct PlanningOptions {
  ScriptVariables variables;
  RenderOptions render;
  bool shows_plans = false;
  bool shows_findings = true;  // on standard error
  bool color = false;
  FileSystem* files = &FileSystem::Local();  // of scripts; outlives the planner
};

// Plans the statements of scripts, one after the other. An error does not keep the next statement
// from being planned, so that all are found at once. Not thread-safe.
class ScriptPlanner {
 public:
  // The session outlives it, and its context says which details plans are shown in
  // (StatementContext::plans).
  ScriptPlanner(LocalSession& session, PlanningOptions options)
      : session_(session), options_(std::move(options)) {}

  // `file` names the script in errors. The exit code of the first error there ever was, else
  // kExitOk.
  int Plan(std::string_view script, const std::string& file);
  int PlanFile(const std::string& path);
  int PlanStandardInput();

  const std::vector<Finding>& findings() const { return findings_; }
  size_t statements() const { return statements_; }

 private:
  // Plans a script that was read, or reports why it could not be.
  int PlanText(const Result<std::string>& text, const std::string& file);
  void PlanParts(std::string_view text, const std::string& file);
  // Whether the next statement is to be planned, too.
  bool PlanStatement(std::string_view text, SourceSpan part, const std::string& file);
  Status Show(const Answer& answer);
  void FindError(const Status& error, std::string_view text, const std::string& file,
                 SourceSpan part);

  LocalSession& session_;
  const PlanningOptions options_;
  std::vector<Finding> findings_;
  size_t statements_ = 0;
  int depth_ = 0;  // of SOURCE
  int code_ = kExitOk;
};

}  // namespace weir::shell
