// A finished result that a person or a program reads: rows of values under named, typed columns.
#pragma once

#include <string>
#include <vector>

#include "runtime/types/value.h"

namespace weir::shell {

struct ResultColumn {
  std::string name;
  Type type;
};

struct ResultTable {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<Value>> rows;  // as many values as columns

  // Appends a row of STRING values; for statements that list things.
  void AddTextRow(const std::vector<std::string>& cells);
};

// A table of STRING columns with these names and no rows.
ResultTable TextTable(const std::vector<std::string>& names);

}  // namespace weir::shell
