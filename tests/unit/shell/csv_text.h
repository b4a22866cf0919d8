// The rows of a table as csv, for tests of the engine, which knows no output.
#pragma once

#include <string>

#include "shell/engine/session/result_table.h"

namespace weir::shell {

// RFC 4180, without a line of names: NULL is an empty field, the empty string is "".
inline std::string CsvText(const ResultTable& table) {
  std::string text;
  for (const std::vector<Value>& row : table.rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      if (c > 0) text += ',';
      if (row[c].is_null()) continue;
      const std::string cell = row[c].ToString();
      const bool quoted = cell.empty() || cell.find_first_of(",\"\r\n") != std::string::npos;
      if (!quoted) {
        text += cell;
        continue;
      }
      text += '"';
      for (const char letter : cell) text += letter == '"' ? "\"\"" : std::string(1, letter);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace weir::shell
