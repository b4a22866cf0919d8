// Finds the INSERTs of a script that were given no name for their job.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/source_span.h"

namespace weir::shell {

// The INSERT, or the statement set of several.
ast::Statement StatementOf(const std::vector<const ast::Insert*>& inserts);
// The SQL of a job of these inserts, as its record has it.
std::string JobSql(const std::vector<const ast::Insert*>& inserts);
// "insert-into_a,b": the name that Flink gives to a job without one.
std::string DefaultJobName(const std::vector<const ast::Insert*>& inserts);

struct UnnamedInsert {
  SourceSpan span;       // of its statement in the script
  std::string sql;       // JobSql
  std::string job_name;  // DefaultJobName
};

// Parses a script only if it is not the one of the last call, so that a script of many INSERTs is
// not parsed once for each. Not thread-safe.
class ScriptInserts {
 public:
  // In order of the text. Statements that do not parse are left out. Valid until the next call.
  const std::vector<UnnamedInsert>& Of(std::string_view script);

 private:
  std::optional<std::string> script_;
  std::vector<UnnamedInsert> inserts_;
};

}  // namespace weir::shell
