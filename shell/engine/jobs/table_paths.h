// Directories of tables, from the SQL that a record or a checkpoint keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// Of the CREATE TABLE statements that say a path, absolute: as of the working directory of now.
std::vector<std::string> TablePaths(const std::vector<std::string>& definitions);

// Whether one of these tables lies at `place`, or did when another directory was the working one.
bool LiesAt(const std::vector<std::string>& definitions, const std::string& place);

// The directories of an option that lists them, separated by ';'; absolute, without a last '/'.
std::vector<std::string> OutputPaths(std::string_view list);

struct WrittenTable {
  std::string path;           // absolute
  size_t partition_keys = 0;  // so many directories deep its files lie
};
// The same of the tables that the statements in `sql` write into, each once.
std::vector<WrittenTable> WrittenTables(const std::string& sql,
                                        const std::vector<std::string>& definitions);

}  // namespace weir::shell
