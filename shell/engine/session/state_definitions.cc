#include "shell/engine/session/state_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "runtime/base/local_path.h"
#include "runtime/connectors/state_tables.h"
#include "runtime/memory_files.h"
#include "shell/engine/access/statement_roles.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/session/file_tables.h"
#include "shell/engine/session/session.h"
#include "state/reading/state_columns.h"

namespace weir::shell {
namespace {

Result<catalog::TablePtr> DefineTable(const catalog::Catalog& catalog, const std::string& name,
                                      const Schema& schema, const graph::TableOptions& options) {
  const std::string text = fmt::format("CREATE TEMPORARY TABLE {} {}", ast::QuoteIdentifier(name),
                                       DefinitionBody(schema, options));
  const ast::StatementPtr create = TRY(parse::ParseStatement(text));
  return bind::BindCreateTable(*create->As<ast::CreateTable>(), text, catalog);
}

graph::TableOptions OptionsFor(const std::string& path,
                               const std::optional<ast::StateTableName>& table) {
  graph::TableOptions options = {{"connector", std::string(connectors::kSavepointConnector)},
                                 {std::string(connectors::kStatePathOption), path}};
  if (table) options.push_back({std::string(connectors::kStateUidOption), table->uid.text});
  if (table && table->table)
    options.push_back({std::string(connectors::kStateTableOption), table->table->text});
  return options;
}

// The columns of Flink's savepoint_metadata (FLIP-512).
Schema MetadataColumns() {
  return {{{"checkpoint-id", Type::BigInt()},
           {"operator-name", Type::String()},
           {"operator-uid", Type::String()},
           {"operator-uid-hash", Type::String()},
           {"operator-parallelism", Type::Int()},
           {"operator-max-parallelism", Type::Int()},
           {"operator-subtask-state-count", Type::Int()},
           {"operator-coordinator-state-size-in-bytes", Type::BigInt()},
           {"operator-total-size-in-bytes", Type::BigInt()}}};
}

// A text as ParseCell reads it, whatever is in it.
std::string CellText(std::string_view text) {
  std::string cell = "U&'";
  for (const char c : text) {
    if (static_cast<uint8_t>(c) < ' ') {
      cell += fmt::format("\\{:04x}", static_cast<uint8_t>(c));
    } else {
      if (c == '\'' || c == '\\') cell += c;
      cell += c;
    }
  }
  return cell + "'";
}

// A table of a row an operator. Nothing here has a hash for its uid, or a coordinator with state.
graph::TableOptions RowsOf(const CheckpointMetadata& metadata) {
  std::string rows;
  for (const OperatorCheckpoint& op : metadata.operators) {
    std::set<uint32_t> subtasks;
    for (const SubtaskState& one : op.operator_state) subtasks.insert(one.subtask);
    const size_t keyed = op.rows > 0 ? metadata.parallelism : 0;
    rows += fmt::format("{}, {}, {}, NULL, {}, {}, {}, 0, {}\n", metadata.checkpoint_id,
                        CellText(op.kind), CellText(op.uid), metadata.parallelism,
                        metadata.max_parallelism, std::max(subtasks.size(), keyed), op.bytes);
  }
  return {{"connector", "inline"}, {"rows", rows}};
}

std::string_view TextOf(const std::optional<ast::Text>& text) {
  return text ? std::string_view(text->text) : std::string_view();
}

}  // namespace

// A name of the list; a string may be a path, too.
Result<std::string> StateDefinitions::SavedPathOf(const ast::Reference& said) const {
  const Result<SavepointEntry> named = session_.registry().savepoints().Find(said.text);
  if (named.ok()) return named->path;
  if (!said.is_string) return named.status();
  const Result<std::string> local = FilePath(said.text);
  if (!local.ok()) return Status(local.status());
  const std::string path = AbsolutePath(session_.PathOf(*local));
  const bool looks_like_a_path = said.text.find('/') != std::string::npos;
  if (!looks_like_a_path && !session_.ports().files->Stat(path).ok()) return named.status();
  RETURN_IF_ERROR(session_.CheckPath(PathUse::kSavepoint, path));
  return path;
}

Result<RunningJobPtr> StateDefinitions::FindRunning(const std::string& job) {
  Result<RunningJobPtr> running = session_.jobs().FindRunning(job);
  if (running.ok() && !(*running)->ended()) return running;
  if (!running.ok() && running.status().id() != "E5002") return running;
  const JobRecord record = TRY(session_.registry().Find(job));
  const auto checkpoints = session_.registry().Checkpoints(record);
  const bool any = checkpoints.ok() && !checkpoints->empty();
  const std::string newest = any ? checkpoints->back().path : "";
  std::string hint = any ? "its newest checkpoint: STATE OF " + ast::QuoteString(newest)
                         : "it has no checkpoint that could be read instead";
  if (IsInMemory(newest)) {
    hint = fmt::format(
        "its checkpoints are in memory, for itself alone: RESTORE JOB {} FROM LATEST CHECKPOINT; "
        "goes on from them",
        ast::QuoteIdentifier(record.name));
  }
  return Status(StatusCode::kInvalidArgument, fmt::format("job \"{}\" does not run", record.name))
      .WithId("E5002")
      .WithHint(std::move(hint));
}

Result<std::string> StateDefinitions::LivePathOf(const ast::Reference& said) {
  const RunningJobPtr job = TRY(FindRunning(said.text));
  if (const auto known = live_.find(job->record.id); known != live_.end())
    return known->second.path;
  Live live;
  live.directory = TRY(parts_.states().NewLive());
  live_[job->record.id].directory = live.directory;
  SavepointTarget target;
  target.directory = live.directory;
  target.format = state::SavepointFormat::kNative;
  target.passing = true;
  live.path = TRY(session_.savepoints().Take(*job, target, false)).path;
  live_[job->record.id] = live;
  return live.path;
}

Result<std::string> StateDefinitions::PathOf(const ast::StateSource& source) {
  if (session_.who().role < Role::kOperator)
    return RoleMissing(session_.who(), Role::kOperator).WithSpan(source.reference.span);
  Result<std::string> path =
      source.of_job ? LivePathOf(source.reference) : SavedPathOf(source.reference);
  if (!path.ok()) return Status(path.status()).WithSpan(source.reference.span);
  return path;
}

Result<catalog::TablePtr> StateDefinitions::Define(const catalog::Catalog& catalog,
                                                   const ast::StateOf& state) {
  const std::string path = TRY(PathOf(state.source));
  const auto metadata = parts_.states().Metadata(path);
  if (!metadata.ok()) return Status(metadata.status()).WithSpan(state.source.reference.span);
  if (state.table.uid.text.empty())
    return DefineTable(catalog, ast::ToSql(state), MetadataColumns(), RowsOf(**metadata));
  const Result<state::StateTable> table =
      state::FindStateTable(**metadata, state.table.uid.text, TextOf(state.table.table));
  if (!table.ok()) return Status(table.status()).WithSpan(state.table.uid.span);
  return DefineTable(catalog, ast::ToSql(state), state::SchemaOf(state::ColumnsOf(*table)),
                     OptionsFor(path, state.table));
}

Result<catalog::TablePtr> StateDefinitions::DefineDifference(
    const catalog::Catalog& catalog, const std::string& before, const std::string& after,
    const std::optional<ast::StateTableName>& table) const {
  const std::string uid = table ? table->uid.text : "";
  const std::string name(table ? TextOf(table->table) : "");
  const state::StateScan old{TRY(parts_.states().Metadata(before)), nullptr, uid, name};
  const state::StateScan now{TRY(parts_.states().Metadata(after)), nullptr, uid, name};
  const Result<Schema> columns = state::DifferenceColumns(old, now);
  if (!columns.ok()) return Status(columns.status()).WithSpan(table->uid.span);
  graph::TableOptions options = OptionsFor(after, table);
  options.push_back({std::string(connectors::kStateBeforeOption), before});
  return DefineTable(catalog, "difference", *columns, options);
}

void StateDefinitions::Clear() {
  for (const auto& [job, live] : live_) parts_.states().Forget(live.directory);
  live_.clear();
}

}  // namespace weir::shell
