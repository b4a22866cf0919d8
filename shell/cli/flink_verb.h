// weir flink translate: a query file in plain Flink SQL.
#pragma once

#include <string>
#include <string_view>

#include "shell/engine/engine.h"

namespace weir::shell {

// A script in Flink SQL, or what is wrong with it. The session plans its statements, as for check.
class ScriptTranslation {
 public:
  // The session outlives it, and runs nothing (StatementContext::plans).
  ScriptTranslation(LocalSession& session, bool color) : session_(session), color_(color) {}

  // Translates all statements; each error is printed on standard error. `file` names the script
  // there. The exit code of the first error, else kExitOk.
  int Translate(std::string_view script, const std::string& file);
  // REQUIRES: Translate found no error.
  const std::string& text() const { return text_; }

 private:
  Status TranslateParts(std::string_view script, const std::string& file);
  Status Complain(const Status& error, std::string_view script, const std::string& file,
                  SourceSpan part);

  LocalSession& session_;
  const bool color_;
  std::string text_;
};

}  // namespace weir::shell
