// Finds the directories of tables in the SQL of a record or a checkpoint.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/definition.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// The WITH clause as it was written.
graph::TableOptions TableOptionsOf(const ast::CreateTable& table);

// The paths in these CREATE TABLE statements, absolute by the current working directory.
std::vector<std::string> TablePaths(const std::vector<std::string>& definitions);

// The table that an operator reads or writes; lives as long as the node.
struct TableInGraph {
  const std::string* name;  // as the user said it
  const graph::TableOptions* options;
};
// Nothing for an operator that neither reads nor writes a table.
std::optional<TableInGraph> TableOf(const graph::Node& node);

// The paths of the sources, lookups and sinks of a job, relative where they were written so.
std::vector<std::string> PathsOfTables(const graph::JobGraph& graph);

// The snapshots whose state a graph reads, and those that these CREATE TABLE statements name; as
// they were said.
std::vector<std::string> StatePathsOf(const graph::JobGraph& graph);
std::vector<std::string> StatePaths(const std::vector<std::string>& definitions);

// The files of keys and certificates that a graph's tables name, and those of these CREATE TABLE
// statements; as they were said.
std::vector<std::string> KeyPathsOf(const graph::JobGraph& graph,
                                    const graph::ConnectorCatalog& connectors);
std::vector<std::string> KeyPaths(const std::vector<std::string>& definitions,
                                  const graph::ConnectorCatalog& connectors);

// Whether one of these tables is at `place`, or was under another working directory.
bool LiesAt(const std::vector<std::string>& definitions, const std::string& place);

// The directories in an option that lists them, separated by ';', as absolute paths without a
// trailing '/'.
std::vector<std::string> OutputPaths(std::string_view list);

// The tables that the statements in `sql` write into and whose sinks show rows at once, as "print"
// does: no checkpoint says which rows have been seen. Each is "table (connector)".
std::vector<std::string> TablesWrittenAtOnce(const std::string& sql,
                                             const std::vector<std::string>& definitions);

struct WrittenTable {
  std::string path;           // absolute
  size_t partition_keys = 0;  // this many directories deep its files lie
};
// The tables of files that the statements in `sql` write into, each once.
std::vector<WrittenTable> WrittenTables(const std::string& sql,
                                        const std::vector<std::string>& definitions);

}  // namespace weir::shell
