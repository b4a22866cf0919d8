#include "shell/engine/jobs/table_paths.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "planner/parse/parse.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/base/plain_path.h"
#include "runtime/connectors/state_tables.h"
#include "runtime/graph/option_reach.h"
#include "runtime/graph/typed_options.h"
#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

constexpr std::array kStateOptions = {connectors::kStatePathOption, connectors::kStateBeforeOption};

// The 'path' of a table as it was written, relative or not; of several the last, which counts.
std::optional<std::string> PathOf(const ast::CreateTable& table) {
  std::optional<std::string> said;
  for (const ast::Property& option : table.options) {
    const Result<std::string> path = FilePath(option.value.text);
    if (option.key.text == "path" && path.ok()) said = *path;
  }
  return said;
}

template <typename Use>
void ForEachDefinition(const std::vector<std::string>& definitions, const Use& use) {
  for (const std::string& definition : definitions) {
    const Result<ast::StatementPtr> parsed = parse::ParseStatement(definition);
    const auto* table = parsed.ok() ? (*parsed)->As<ast::CreateTable>() : nullptr;
    if (table != nullptr) use(*table);
  }
}

// Calls use(table, path) for each CREATE TABLE with a 'path'.
template <typename Use>
void ForEachTable(const std::vector<std::string>& definitions, const Use& use) {
  ForEachDefinition(definitions, [&](const ast::CreateTable& table) {
    const std::optional<std::string> path = PathOf(table);
    if (path) use(table, *path);
  });
}

// Names of the tables that a statement writes into, without their databases.
void AddTargets(const ast::Statement& statement, std::vector<std::string>& targets) {
  if (const auto* insert = statement.As<ast::Insert>()) {
    targets.push_back(ToLower(insert->target.last().text));
  } else if (const auto* execute = statement.As<ast::Execute>()) {
    AddTargets(*execute->statement, targets);
  } else if (const auto* set = statement.As<ast::StatementSet>()) {
    for (const ast::StatementPtr& one : set->statements) AddTargets(*one, targets);
  }
}

std::vector<std::string> TargetsOf(const std::string& sql) {
  std::vector<std::string> targets;
  const Result<ast::StatementPtr> statement = parse::ParseStatement(sql);
  if (statement.ok()) AddTargets(**statement, targets);
  return targets;
}

void AddKeyPaths(const graph::TableOptions& options, const graph::ConnectorCatalog& connectors,
                 std::vector<std::string>& paths) {
  const graph::OptionReaches reaches(options, connectors);
  for (const graph::TableOption& option : options) {
    if (reaches.Of(option.key) == graph::OptionReach::kPath) continue;
    const std::vector<std::string> named = reaches.PathsIn(option.key, option.value);
    paths.insert(paths.end(), named.begin(), named.end());
  }
}

std::string ConnectorOf(const ast::CreateTable& table) {
  for (const ast::Property& option : table.options) {
    if (option.key.text == "connector") return ToLower(option.value.text);
  }
  return "";
}

}  // namespace

graph::TableOptions TableOptionsOf(const ast::CreateTable& table) {
  graph::TableOptions options;
  for (const ast::Property& option : table.options)
    options.push_back({option.key.text, option.value.text});
  return options;
}

std::vector<std::string> TablePaths(const std::vector<std::string>& definitions) {
  std::vector<std::string> paths;
  ForEachTable(definitions, [&](const ast::CreateTable&, const std::string& path) {
    paths.push_back(AbsolutePath(path));
  });
  return paths;
}

std::optional<TableInGraph> TableOf(const graph::Node& node) {
  if (const auto* scan = std::get_if<graph::ScanSpec>(&node.spec))
    return TableInGraph{&scan->table, &scan->options};
  if (const auto* lookup = std::get_if<graph::LookupSpec>(&node.spec))
    return TableInGraph{&lookup->scan.table, &lookup->scan.options};
  if (const auto* sink = std::get_if<graph::SinkSpec>(&node.spec))
    return TableInGraph{&sink->table, &sink->options};
  return std::nullopt;
}

std::vector<std::string> PathsOfTables(const graph::JobGraph& graph) {
  std::vector<std::string> paths;
  for (const graph::Node& node : graph.nodes) {
    const std::optional<TableInGraph> table = TableOf(node);
    const Result<std::string> path =
        FilePath(table ? graph::OptionValue(*table->options, "path") : "");
    if (path.ok() && !path->empty()) paths.push_back(*path);
  }
  return paths;
}

std::vector<std::string> StatePathsOf(const graph::JobGraph& graph) {
  std::vector<std::string> paths;
  for (const graph::Node& node : graph.nodes) {
    const std::optional<TableInGraph> table = TableOf(node);
    for (const std::string_view key : kStateOptions) {
      const std::string_view path = table ? graph::OptionValue(*table->options, key) : "";
      if (!path.empty()) paths.emplace_back(path);
    }
  }
  return paths;
}

std::vector<std::string> StatePaths(const std::vector<std::string>& definitions) {
  std::vector<std::string> paths;
  ForEachDefinition(definitions, [&](const ast::CreateTable& table) {
    for (const ast::Property& option : table.options) {
      if (std::ranges::find(kStateOptions, option.key.text) != kStateOptions.end())
        paths.push_back(option.value.text);
    }
  });
  return paths;
}

std::vector<std::string> KeyPathsOf(const graph::JobGraph& graph,
                                    const graph::ConnectorCatalog& connectors) {
  std::vector<std::string> paths;
  for (const graph::Node& node : graph.nodes) {
    if (const std::optional<TableInGraph> table = TableOf(node))
      AddKeyPaths(*table->options, connectors, paths);
  }
  return paths;
}

std::vector<std::string> KeyPaths(const std::vector<std::string>& definitions,
                                  const graph::ConnectorCatalog& connectors) {
  std::vector<std::string> paths;
  ForEachDefinition(definitions, [&](const ast::CreateTable& table) {
    AddKeyPaths(TableOptionsOf(table), connectors, paths);
  });
  return paths;
}

bool LiesAt(const std::vector<std::string>& definitions, const std::string& place) {
  bool lies = false;
  ForEachTable(definitions, [&](const ast::CreateTable&, const std::string& path) {
    const bool relative = !IsAbsolutePath(path);
    lies |= place == AbsolutePath(path) || (relative && place.ends_with("/" + PlainPath(path, "")));
  });
  return lies;
}

std::vector<std::string> OutputPaths(std::string_view list) {
  std::vector<std::string> paths;
  while (!list.empty()) {
    const size_t end = std::min(list.find(';'), list.size());
    const Result<std::string> path = FilePath(list.substr(0, end));
    if (end > 0 && path.ok()) paths.push_back(AbsolutePath(*path));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return paths;
}

std::vector<std::string> TablesWrittenAtOnce(const std::string& sql,
                                             const std::vector<std::string>& definitions) {
  const std::vector<std::string> targets = TargetsOf(sql);
  std::vector<std::string> tables;
  ForEachDefinition(definitions, [&](const ast::CreateTable& table) {
    const std::string& name = table.name.last().text;
    const std::string connector = ConnectorOf(table);
    const bool committed = connector == "filesystem" || connector == "blackhole";
    if (!committed && std::ranges::find(targets, ToLower(name)) != targets.end())
      tables.push_back(name + " (" + connector + ")");
  });
  return tables;
}

std::vector<WrittenTable> WrittenTables(const std::string& sql,
                                        const std::vector<std::string>& definitions) {
  const std::vector<std::string> targets = TargetsOf(sql);
  std::vector<WrittenTable> tables;
  ForEachTable(definitions, [&](const ast::CreateTable& table, const std::string& path) {
    const std::string name = ToLower(table.name.last().text);
    if (std::ranges::find(targets, name) != targets.end())
      tables.push_back({AbsolutePath(path), table.partitioned_by.size()});
  });
  return tables;
}

}  // namespace weir::shell
