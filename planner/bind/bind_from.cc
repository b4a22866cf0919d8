// FROM: tables, views, CTEs, derived tables.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_unnest.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/base/plain_path.h"
#include "runtime/expr/binding.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/datetime.h"

namespace weir::bind {

using logical::Column;
using logical::NodePtr;

namespace {

Relation SingleInput(NodePtr node, std::string alias, std::vector<std::string> full_name = {}) {
  const size_t count = node->columns.size();
  return {std::move(node), {{std::move(alias), std::move(full_name), 0, count, {}}}};
}

Status NotReadable(const catalog::TableDefinition& table, SourceSpan span) {
  const bool by_format =
      table.connector->source && table.format != nullptr && !table.format->decodes;
  if (table.connector->source && !by_format) return {};
  const std::string what = by_format ? fmt::format("the format '{}'", table.format->name)
                                     : fmt::format("the connector '{}'", table.connector->name);
  return Status::InvalidSql(fmt::format("the table \"{}\" can only be written: {} cannot be read",
                                        table.name.Short(), what))
      .WithId("E2015")
      .WithSpan(span);
}

std::string ScanKey(const graph::TableOptions& options, const std::string& state_id) {
  std::string key = state_id;
  for (const graph::TableOption& option : options) key += '\n' + option.key + '\t' + option.value;
  return key;
}

// The primary key as columns of the scan, which has all physical columns.
std::vector<int> KeyOfScan(const catalog::TableDefinition& table) {
  std::vector<int> key;
  for (const int column : table.primary_key) {
    const auto end = table.columns.begin() + column;
    key.push_back(static_cast<int>(
        std::count_if(table.columns.begin(), end, [](const catalog::ColumnDefinition& before) {
          return before.kind != catalog::ColumnKind::kComputed;
        })));
  }
  return key;
}

// The scan of physical and metadata columns.
NodePtr ScanNode(const catalog::TableDefinition& table, graph::TableOptions options,
                 std::string alias, const logical::Origin& origin) {
  logical::Scan scan;
  scan.table = table.name.Short();
  scan.alias = std::move(alias);
  scan.spec.table = scan.table;
  scan.spec.table_schema = table.ScanSchema();
  scan.spec.metadata_keys = table.ScanMetadataKeys();
  scan.spec.changelog = table.SourceChanges();
  scan.spec.partition_keys = table.partition_keys;
  const bool asked = table.connector != nullptr && table.connector->any_number_of_splits != nullptr;
  scan.spec.any_number_of_splits = asked && table.connector->any_number_of_splits(options);
  scan.spec.options = table.WithPrimaryKey(std::move(options));
  scan.primary_key = KeyOfScan(table);
  size_t next = 0;
  for (const catalog::ColumnDefinition& column : table.columns) {
    if (column.kind == catalog::ColumnKind::kComputed) continue;
    Field& field = scan.spec.table_schema.fields[next++];
    if (column.kind == catalog::ColumnKind::kMetadata) field.type = column.metadata_type;
  }
  std::vector<Column> columns;
  for (const Field& field : scan.spec.table_schema.fields) {
    scan.spec.columns.push_back(static_cast<int>(columns.size()));
    columns.push_back({field.name, field.type});
  }
  return logical::MakeNode(std::move(scan), {}, std::move(columns), origin);
}

Status NeedsKey(const catalog::TableDefinition& table, std::string_view why, SourceSpan span) {
  return Status::InvalidSql(
             fmt::format("the table \"{}\" needs a PRIMARY KEY: {}", table.name.Short(), why))
      .WithId("E2009")
      .WithHint("declare PRIMARY KEY (…) NOT ENFORCED")
      .WithSpan(span);
}

bool HasMetadata(const catalog::TableDefinition& table) {
  return std::ranges::any_of(table.columns, [](const catalog::ColumnDefinition& column) {
    return column.kind == catalog::ColumnKind::kMetadata;
  });
}

// The scan's columns with the types that the table declares: metadata are cast.
Result<std::vector<expr::ExprPtr>> DeclaredColumns(const catalog::TableDefinition& table) {
  std::vector<expr::ExprPtr> columns;
  for (const catalog::ColumnDefinition& column : table.columns) {
    if (column.kind == catalog::ColumnKind::kComputed) continue;
    const bool metadata = column.kind == catalog::ColumnKind::kMetadata;
    const int index = static_cast<int>(columns.size());
    expr::ExprPtr value = expr::MakeColumnRef(index, metadata ? column.metadata_type : column.type);
    columns.push_back(metadata ? TRY(expr::BindCast(std::move(value), column.type, false, {}))
                               : value);
  }
  return columns;
}

// All columns of the table in their order, computed ones put in.
Result<NodePtr> WithComputedColumns(const catalog::TableDefinition& table, NodePtr scan) {
  const std::vector<expr::ExprPtr> declared = TRY(DeclaredColumns(table));
  logical::Project project;
  std::vector<Column> columns;
  size_t next = 0;
  bool changed = false;
  for (const catalog::ColumnDefinition& column : table.columns) {
    const bool computed = column.kind == catalog::ColumnKind::kComputed;
    const expr::ExprPtr value =
        computed ? expr::Substitute(column.computed, declared) : declared[next++];
    changed = changed || value->kind != expr::ExprKind::kColumn;
    project.expressions.push_back(value);
    // A column is event time only above the Watermark node.
    const bool processing = column.time == logical::TimeAttribute::kProcessing;
    columns.push_back(
        {column.name, column.type, processing ? column.time : logical::TimeAttribute::kNone});
  }
  if (!changed && columns.size() == scan->columns.size()) return scan;
  const logical::Origin origin = scan->origin;
  return logical::MakeNode(std::move(project), {std::move(scan)}, std::move(columns), origin);
}

Result<int64_t> IdleTimeout(const graph::TableOptions& options, int64_t fallback) {
  const std::string_view text = graph::OptionValue(options, catalog::kIdleTimeoutOption);
  if (text.empty()) return fallback;
  return TRY(graph::ParseDurationNanos(text)) / kNanosPerMilli;
}

std::vector<std::string> AliasNames(const ast::Alias& alias, const std::vector<Column>& columns) {
  std::vector<std::string> names = NamesOf(columns);
  for (size_t i = 0; i < alias.columns.size(); ++i) names[i] = alias.columns[i].text;
  return names;
}

// A relative path would mean other files to a process with another working directory.
Status CheckAbsolute(std::string_view said, const std::string& directory, SourceSpan place) {
  const std::string path = TRY(FilePath(said));
  if (IsAbsolutePath(path)) return {};
  return Status::InvalidSql(
             fmt::format("a view that is kept cannot read a relative path: '{}'", said))
      .WithId("E2015")
      .WithHint(fmt::format("'{}' is what it is from here; or CREATE TEMPORARY VIEW",
                            PlainPath(path, directory.empty() ? WorkingDirectory() : directory)))
      .WithSpan(place);
}

// Flink's table function that lists what a snapshot consists of. It is bound as a STATE OF with an
// empty uid.
constexpr std::string_view kMetadataFunction = "savepoint_metadata";

Result<ast::StateOf> MetadataAsked(const ast::FunctionTable& function, const QueryScope& scope) {
  const ast::Call& call = function.call;
  const auto* path =
      call.arguments.size() == 1 ? call.arguments[0].value->As<ast::Literal>() : nullptr;
  if (path != nullptr && path->kind == ast::LiteralKind::kString) {
    ast::StateOf state;
    state.source.reference = {path->text, true, false, call.arguments[0].value->span};
    return state;
  }
  return Status::InvalidSql("savepoint_metadata takes the path of a savepoint or checkpoint")
      .WithId("E2005")
      .WithHint("SELECT * FROM savepoint_metadata('/path/of/savepoint-1f2e3d-7')")
      .WithSpan(scope.At(function.call_span));
}

// UNNEST with nothing before it whose columns it could read.
Result<Relation> BindLoneUnnest(const ast::Unnest& unnest, const ast::TableRef& reference,
                                const QueryScope& scope) {
  const Relation nothing{OneRow(scope, reference.span), {}};
  const size_t width = nothing.columns().size();
  const Relation rows = TRY(BindUnnest(unnest, reference, nothing, false, scope));
  std::vector<int> values;
  for (size_t i = width; i < rows.columns().size(); ++i) values.push_back(static_cast<int>(i));
  return SingleInput(logical::SelectColumns(rows.node, values, scope.OriginAt(reference.span)), "");
}

}  // namespace

std::string AliasOfFiles(const std::string& path) {
  const size_t begin = path.rfind('/') + 1;  // 0 without a folder
  return path.substr(begin, path.find('.', begin) - begin);
}

Result<graph::TableOptions> QueryBinder::OptionsWith(const catalog::TableDefinition& table,
                                                     const TableHints& hints,
                                                     SourceSpan place) const {
  if (!hints_name_systems_)
    RETURN_IF_ERROR(CheckSystems(table, hints.options, catalog_.connectors()));
  return MergedOptions(table, hints.options, catalog_.connectors(), place);
}

Result<NodePtr> QueryBinder::BindScan(const catalog::TablePtr& table, const TableHints& hints,
                                      const ast::Name& name, const QueryScope& scope) {
  const SourceSpan place = scope.At(name.span);
  RETURN_IF_ERROR(NotReadable(*table, place));
  for (const catalog::PlacedOption& hint : hints.options) {
    if (graph::IsPathOption(hint.key) && options_.absolute_paths)
      RETURN_IF_ERROR(CheckAbsolute(hint.value, catalog_.directory(), scope.At(hint.value_span)));
  }
  graph::TableOptions options = TRY(OptionsWith(*table, hints, place));
  const auto key = std::make_pair(table.get(), ScanKey(options, hints.state_id));
  if (const auto known = scans_.find(key); known != scans_.end()) return known->second;
  Use({table, nullptr});

  // The node belongs to no clause: its uid is made of the table's name, since several clauses may
  // read it.
  logical::Origin origin;
  origin.scope_words = "table " + table->name.Short();
  origin.discriminator = table->name.Short();
  origin.explicit_id = hints.state_id;
  origin.span = place;
  const int64_t idle = TRY(IdleTimeout(options, options_.idle_timeout_millis));
  NodePtr node = ScanNode(*table, std::move(options), name.last().text, origin);
  node = TRY(WithComputedColumns(*table, std::move(node)));
  if (table->watermark) {
    logical::Watermark watermark;
    watermark.spec = {table->watermark->column, table->watermark->watermark, idle};
    std::vector<Column> columns = node->columns;
    columns[static_cast<size_t>(table->watermark->column)].time = logical::TimeAttribute::kEvent;
    origin.explicit_id.clear();
    node = logical::MakeNode(std::move(watermark), {node}, std::move(columns), origin);
  }
  node = TRY(Normalized(*table, std::move(node), place));
  scans_.emplace(key, node);
  return node;
}

const catalog::TableDefinition* QueryBinder::TableOf(const logical::Node& scan) const {
  for (const auto& [key, top] : scans_) {
    const logical::Node* node = top.get();
    while (!node->inputs.empty()) node = node->inputs[0].get();
    if (node == &scan) return key.first;
  }
  return nullptr;
}

// Upserts, and changes that may come twice, are made a complete changelog by the primary key.
// Changes with metadata get a Normalize, too, which goes again if no metadata turn out to be read.
Result<NodePtr> QueryBinder::Normalized(const catalog::TableDefinition& table, NodePtr node,
                                        SourceSpan place) const {
  const ChangelogMode changes = table.SourceChanges();
  const bool upserts = changes.update_after && !changes.update_before;
  const bool twice = options_.cdc_events_duplicate && !changes.append_only();
  const bool for_metadata = !upserts && !twice && !changes.append_only() && HasMetadata(table);
  if (!upserts && !twice && !for_metadata) return node;
  if (table.primary_key.empty() && !for_metadata) {
    return NeedsKey(table,
                    upserts ? "it gives the new rows of updates without the old ones"
                            : "'table.exec.source.cdc-events-duplicate' says that its changes may "
                              "come twice",
                    place);
  }
  logical::Normalize normalize{table.primary_key, options_.state_ttl_millis, for_metadata};
  std::vector<Column> columns = node->columns;
  logical::Origin origin = node->origin;
  origin.explicit_id.clear();
  return logical::MakeNode(std::move(normalize), {std::move(node)}, std::move(columns),
                           std::move(origin));
}

Result<NodePtr> QueryBinder::BindBody(const catalog::FunctionDefinition& function,
                                      const QueryScope& scope) {
  const bool outside =
      std::exchange(hints_name_systems_,
                    options_.hints_name_systems || (hints_name_systems_ && !function.temporary));
  Result<NodePtr> bound = Bind(*function.text->query, scope);
  hints_name_systems_ = outside;
  return bound;
}

Result<NodePtr> QueryBinder::BindView(const catalog::ViewPtr& view, SourceSpan place) {
  if (const auto known = views_.find(view.get()); known != views_.end())
    return WithOwnJoin(known->second);
  if (std::ranges::find(open_views_, view.get()) != open_views_.end()) {
    return Status::InvalidSql(fmt::format("the view \"{}\" uses itself", view->name.Short()))
        .WithId("E2009")
        .WithSpan(place);
  }
  open_views_.push_back(view.get());
  // A view that is kept is an admin's.
  const bool outside =
      std::exchange(hints_name_systems_, options_.hints_name_systems || !view->temporary);
  Result<NodePtr> bound = Bind(*view->query, ViewScope(*view, place));
  open_views_.pop_back();
  hints_name_systems_ = outside;
  if (!bound.ok()) {
    return Relocated(std::move(bound).status().WithContext("view \"" + view->name.Short() + "\""),
                     place);
  }
  NodePtr node = std::move(*bound);
  if (!view->column_names.empty() && view->column_names.size() == node->columns.size()) {
    node = Renamed(node, view->column_names);
  }
  Use({nullptr, view});
  views_.emplace(view.get(), node);
  return node;
}

// The files are looked at once for each statement, so that two references to them read the same
// table.
Result<Relation> QueryBinder::BindFiles(const ast::Name& name, const TableHints& hints,
                                        const QueryScope& scope) {
  const std::string& path = name.last().text;
  if (options_.absolute_paths)
    RETURN_IF_ERROR(CheckAbsolute(path, catalog_.directory(), scope.At(name.span)));
  catalog::TablePtr& table = files_[path];
  if (!table) table = TRY(scope.text.catalog->FindFiles(path, scope.At(name.span)));
  NodePtr node = TRY(BindScan(table, hints, name, scope));
  return SingleInput(std::move(node), AliasOfFiles(path));
}

Result<Relation> QueryBinder::BindState(const ast::StateOf& state, const ast::TableRef& reference,
                                        const QueryScope& scope) {
  if (options_.absolute_paths && !state.source.of_job && state.source.reference.is_string) {
    RETURN_IF_ERROR(CheckAbsolute(state.source.reference.text, catalog_.directory(),
                                  scope.At(state.source.reference.span)));
  }
  const TableHints hints = TRY(ReadTableHints(reference.hints));
  ast::Name name;
  name.parts.push_back({ast::ToSql(state), true, reference.span});
  name.span = reference.span;
  // Once for each statement, so that all references to a job's state are to one instant.
  catalog::TablePtr& table = states_[name.last().text];
  if (!table) table = TRY(scope.text.catalog->FindState(state, scope.At(reference.span)));
  return SingleInput(TRY(BindScan(table, hints, name, scope)), "state");
}

Result<Relation> QueryBinder::BindNamed(const ast::Name& name, const std::vector<ast::Hint>& hints,
                                        const QueryScope& scope) {
  const TableHints read = TRY(ReadTableHints(hints));
  if (name.is_file) return BindFiles(name, read, scope);
  const CommonTables::Entry* common = nullptr;
  if (name.parts.size() == 1 && scope.common_tables != nullptr) {
    common = scope.common_tables->Find(name.last().text);
  }
  if (!hints.empty() && common != nullptr) {
    return Status::InvalidSql("a CTE takes no hints").WithId("E2015").WithSpan(hints[0].span);
  }
  if (common != nullptr && common->node == nullptr)
    return Status::Internal("a recursive CTE that is not bound yet");
  if (common != nullptr) {
    Relation rows = SingleInput(WithOwnJoin(common->node), common->name);
    rows.inputs[0].repeated = common->repeated;
    return rows;
  }
  Result<catalog::CatalogObject> found =
      scope.text.catalog->Find(PartsOf(name), scope.At(name.span));
  if (!found.ok()) {
    if (name.parts.size() > 1 || scope.common_tables == nullptr) return found.status();
    const std::string hint = DidYouMean(name.last().text, scope.common_tables->Names());
    if (hint.empty() || !found.status().hint().empty()) return found.status();
    return std::move(found).status().WithHint(hint);
  }
  const catalog::ObjectName& full = found->name();
  std::vector<std::string> full_name{full.catalog, full.database, full.object};
  if (found->table) {
    NodePtr node = TRY(BindScan(found->table, read, name, scope));
    return SingleInput(std::move(node), full.object, std::move(full_name));
  }
  if (!hints.empty()) {
    return Status::InvalidSql("a view takes no hints")
        .WithId("E2015")
        .WithSpan(scope.At(hints[0].span));
  }
  NodePtr node = TRY(BindView(found->view, scope.At(name.span)));
  return SingleInput(std::move(node), full.object, std::move(full_name));
}

Result<Relation> QueryBinder::BindDerived(const ast::DerivedTable& derived,
                                          const ast::TableRef& reference, const QueryScope& scope) {
  QueryScope inner = reference.alias ? scope.Derived(reference.alias->name) : scope.Unnamed();
  std::vector<RepeatedName> repeated;
  inner.repeated = &repeated;
  Relation rows = SingleInput(TRY(Bind(*derived.query, inner)), "");
  rows.inputs[0].repeated = std::move(repeated);
  return rows;
}

Result<Relation> QueryBinder::BindFunctionTable(const ast::FunctionTable& function,
                                                const ast::TableRef& reference,
                                                const QueryScope& scope) {
  if (EqualsIgnoreCase(function.call.name.last().text, kMetadataFunction))
    return BindState(TRY(MetadataAsked(function, scope)), reference, scope);
  const catalog::FunctionPtr called =
      TRY(functions_.FindTable(function.call.name, scope.text, scope.At(function.call_span)));
  if (called) return BindCalled(called, reference, scope);
  const QueryScope inner = reference.alias ? scope.Derived(reference.alias->name) : scope.Unnamed();
  if (IsChangelogFunction(function.call.name.last().text))
    return BindChangelog(*this, function, scope, inner);
  return BindWindowTable(*this, function, scope, inner);
}

Result<Relation> QueryBinder::BindElement(const ast::TableRef& reference, const QueryScope& scope) {
  if (const auto* table = reference.As<ast::NamedTable>()) {
    if (table->system_time) {
      return NotSupported("FOR SYSTEM_TIME AS OF", scope.At(table->system_time->span));
    }
    return BindNamed(table->name, reference.hints, scope);
  }
  if (const auto* state = reference.As<ast::StateOf>()) return BindState(*state, reference, scope);
  if (!reference.hints.empty()) {
    return Status::InvalidSql("hints belong to tables and to SELECT")
        .WithId("E2015")
        .WithSpan(scope.At(reference.hints[0].span));
  }
  if (const auto* derived = reference.As<ast::DerivedTable>())
    return BindDerived(*derived, reference, scope);
  if (const auto* function = reference.As<ast::FunctionTable>()) {
    return BindFunctionTable(*function, reference, scope);
  }
  if (const auto* unnest = reference.As<ast::Unnest>())
    return BindLoneUnnest(*unnest, reference, scope);
  if (const auto* join = reference.As<ast::Join>()) return BindJoin(*join, reference, scope);
  return BindMatch(*reference.As<ast::MatchRecognize>(), reference, scope);
}

Result<Relation> QueryBinder::BindTableRef(const ast::TableRef& reference,
                                           const QueryScope& scope) {
  Relation relation = TRY(BindElement(reference, scope));
  if (!reference.alias) return relation;
  const ast::Alias& alias = *reference.alias;
  if (alias.columns.size() > relation.columns().size()) {
    return Status::InvalidSql(fmt::format("\"{}\" has {} columns, but {} names for them",
                                          alias.name.text, relation.columns().size(),
                                          alias.columns.size()))
        .WithId("E2006")
        .WithSpan(scope.At(alias.columns.back().span));
  }
  Relation named =
      SingleInput(Renamed(relation.node, AliasNames(alias, relation.columns())), alias.name.text);
  if (alias.columns.empty() && relation.inputs.size() == 1) {
    named.inputs[0].repeated = std::move(relation.inputs[0].repeated);
  }
  return named;
}

Result<Relation> QueryBinder::BindFrom(const std::vector<ast::TableRefPtr>& from, SourceSpan place,
                                       const QueryScope& scope) {
  if (scope.outer != nullptr) return BindFromOfLateral(from, place, scope);
  if (from.empty()) return Relation{OneRow(scope, place), {}};
  return BindCommaJoin(from, scope);
}

}  // namespace weir::bind
