// A query file that is translated for Flink, statement by statement.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/result.h"
#include "shell/engine/engine.h"
#include "shell/output/script_text.h"

namespace weir::shell {

class TranslatedScript {
 public:
  // Given the translation of the statement at `part`, with its semicolon, or what cannot be said of
  // it. Its error is one of the statement.
  using Take = std::function<Status(SourceSpan part, const Result<std::string>& translation)>;

  // The session outlives it, and runs nothing (StatementContext::plans).
  TranslatedScript(LocalSession& session, NamedScript script, bool color)
      : session_(session), script_(std::move(script)), color_(color) {}

  // Plans and translates all statements; each error is printed on standard error. The exit code of
  // the first error, else kExitOk.
  int Read(const Take& take);
  // Prints an error with the place of a statement. Its exit code.
  int Complain(const Status& error, SourceSpan part) const;

  // Without a byte order mark: what spans point into.
  std::string_view text() const { return WithoutMark(script_.text); }

 private:
  LocalSession& session_;
  const NamedScript script_;
  const bool color_;
};

}  // namespace weir::shell
