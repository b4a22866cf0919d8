// The answer of a statement, which the caller shows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shell/engine/session/result_table.h"

namespace weir::shell {

struct RestoreReport;

// Shown in this order, what is there of it: `text`, `table`, and `message` behind the table's row
// count. A SELECT in changelog mode has shown its rows already and sets `changes` instead of a
// table. A plain value that does not refer to the engine.
struct Answer {
  std::optional<ResultTable> table;  // rows to show
  std::string text;                  // preformatted text to show (plans), with a final newline
  std::string message;               // one line: "Table orders created."
  std::optional<uint64_t> changes;   // of a SELECT that showed them as they came
  std::vector<std::string> notices;  // for standard error, one line each
  // The statement has its effect outside of the session: it is not repeated when the session goes
  // on in another process.
  bool leaves_session = false;
  bool quit = false;
  bool clear = false;
  std::optional<std::string> source_file;  // SOURCE 'file': the caller runs it
  std::optional<std::string> path;         // absolute, of the savepoint that was taken
  // For EXPLAIN RESTORE in this process: what its text says, as data (restore_report.h).
  std::shared_ptr<const RestoreReport> restore;
};

}  // namespace weir::shell
