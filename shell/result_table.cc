#include "shell/result_table.h"

namespace weir::shell {

void ResultTable::AddTextRow(const std::vector<std::string>& cells) {
  std::vector<Value> row;
  row.reserve(cells.size());
  for (const std::string& cell : cells) row.emplace_back(Type::String(), cell);
  rows.push_back(std::move(row));
}

ResultTable TextTable(const std::vector<std::string>& names) {
  ResultTable table;
  for (const std::string& name : names) table.columns.push_back({name, Type::String()});
  return table;
}

}  // namespace weir::shell
