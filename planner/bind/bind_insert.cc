// INSERT and SELECT as plans: the roots.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/bind/bind.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_literal.h"
#include "planner/bind/errors_table.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/typed_options.h"

namespace weir::bind {

using catalog::ColumnDefinition;
using catalog::TableDefinition;
using logical::Column;
using logical::NodePtr;

namespace {

Status NotAllowed(std::string message, SourceSpan span, std::string hint = "") {
  return Status::InvalidSql(std::move(message))
      .WithId("E2015")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

class InsertBinder {
 public:
  InsertBinder(QueryBinder& binder, const catalog::Catalog& catalog, const ast::Insert& insert)
      : binder_(binder), catalog_(catalog), insert_(insert) {}

  Result<NodePtr> Bind() {
    RETURN_IF_ERROR(CheckClauses());
    RETURN_IF_ERROR(FindTarget());
    RETURN_IF_ERROR(ChooseColumns());
    const TableHints hints = TRY(ReadTableHints(insert_.hints));
    QueryScope scope = binder_.TopScope();
    scope.path = "sink:" + PathName(table_->name.Short(), false);
    scope.words = "INSERT INTO " + table_->name.Short();
    scope.untyped_nulls = true;
    NodePtr query = TRY(binder_.Bind(*insert_.query, scope));
    NodePtr rows = TRY(FitColumns(query));
    binder_.Use({table_, nullptr});
    return SinkNode(std::move(rows), hints, scope);
  }

  // The same for rows that are bound already; the statement has no query.
  Result<NodePtr> BindRows(const MakeRows& make, const QueryScope& scope) {
    RETURN_IF_ERROR(FindTarget());
    columns_ = table_->InsertColumns();
    const NodePtr rows = TRY(make(*table_, SinkSchema()));
    for (size_t i = 0; i < columns_.size(); ++i) targets_.push_back(i);
    NodePtr fitting = TRY(FitColumns(rows));
    binder_.Use({table_, nullptr});
    return SinkNode(std::move(fitting), {}, scope);
  }

 private:
  SourceSpan TargetSpan() const { return insert_.target.span; }

  Status CheckClauses() const {
    if (insert_.upsert) return NotSupported("UPSERT INTO", TargetSpan());
    return {};
  }

  Status FindTarget() {
    catalog::CatalogObject object = TRY(catalog_.Find(PartsOf(insert_.target), TargetSpan()));
    if (!object.table) {
      return NotAllowed(
          fmt::format("\"{}\" is a view; only tables can be written", object.name().Short()),
          TargetSpan());
    }
    table_ = std::move(object.table);
    const std::string name = table_->name.Short();
    if (!table_->connector->sink) {
      return NotAllowed(
          fmt::format("the table \"{}\" can only be read: the connector '{}' cannot be written",
                      name, table_->connector->name),
          TargetSpan());
    }
    if (table_->format != nullptr && !table_->format->encodes) {
      return NotAllowed(
          fmt::format("the table \"{}\" can only be read: the format '{}' cannot be written", name,
                      table_->format->name),
          TargetSpan());
    }
    if (insert_.overwrite && !table_->connector->overwrite) {
      return NotAllowed(fmt::format("the connector '{}' does not support INSERT OVERWRITE",
                                    table_->connector->name),
                        TargetSpan(), "INSERT INTO adds rows");
    }
    for (const int column : table_->InsertColumns()) {
      const ColumnDefinition& definition = table_->columns[static_cast<size_t>(column)];
      if (definition.kind != catalog::ColumnKind::kMetadata) continue;
      return NotSupported(fmt::format("writing the metadata column \"{}\"", definition.name),
                          TargetSpan())
          .WithHint("declare it VIRTUAL");
    }
    return {};
  }

  // Sets targets_: query column i goes to column columns_[targets_[i]] of the table.
  Status ChooseColumns() {
    columns_ = table_->InsertColumns();
    RETURN_IF_ERROR(FixPartition());
    if (insert_.columns.empty()) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (!fixed_.contains(i)) targets_.push_back(i);
      }
      return {};
    }
    for (const ast::Name& name : insert_.columns) {
      if (name.parts.size() > 1)
        return NotSupported("a field of a row in an INSERT list", name.span);
      const size_t column = TRY(FindColumn(name.last()));
      if (fixed_.contains(column)) {
        return NotAllowed(
            fmt::format("the column \"{}\" has its value from PARTITION", name.last().text),
            name.span);
      }
      if (std::ranges::find(targets_, column) != targets_.end()) {
        return NotAllowed(fmt::format("the column \"{}\" is named twice", name.last().text),
                          name.span);
      }
      targets_.push_back(column);
    }
    return {};
  }

  // PARTITION (b = 2): the value of a partition column for all rows of the query.
  Status FixPartition() {
    for (const ast::PartitionValue& part : insert_.partition) {
      const size_t column = TRY(FindColumn(part.key));
      const auto index = static_cast<size_t>(columns_[column]);
      const ColumnDefinition& definition = table_->columns[index];
      if (std::ranges::find(table_->partition_keys, definition.name) ==
          table_->partition_keys.end()) {
        return NotAllowed(
            fmt::format("\"{}\" is not a column that the table \"{}\" is "
                        "partitioned by",
                        definition.name, table_->name.Short()),
            part.key.span,
            table_->partition_keys.empty()
                ? "it has no PARTITIONED BY"
                : fmt::format("it is partitioned by {}", fmt::join(table_->partition_keys, ", ")));
      }
      if (!fixed_.emplace(column, TRY(ValueOf(part, definition.type))).second) {
        return NotAllowed(fmt::format("the column \"{}\" is named twice", definition.name),
                          part.key.span);
      }
    }
    return {};
  }

  static Result<expr::ExprPtr> ValueOf(const ast::PartitionValue& part, const Type& type) {
    const auto* literal = part.value ? part.value->As<ast::Literal>() : nullptr;
    if (literal == nullptr || literal->kind == ast::LiteralKind::kNull) {
      return NotAllowed("PARTITION takes a literal for each column: PARTITION (b = 2)",
                        part.value ? SourceSpan(part.value->span) : SourceSpan(part.key.span),
                        "a column whose values the query gives is left out there");
    }
    Result<Value> value = BindLiteral(*literal, false);
    if (!value.ok()) return std::move(value).status().WithSpan(part.value->span);
    expr::ExprPtr bound = expr::MakeLiteral(std::move(*value), part.value->span);
    return expr::FoldConstants(
        TRY(expr::BindCast(std::move(bound), type, /*try_cast=*/false, part.value->span)));
  }

  Result<size_t> FindColumn(const ast::Identifier& name) const {
    Schema schema = SinkSchema();
    if (const auto found = schema.Find(name.text)) return *found;
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    return Status::InvalidSql(
               fmt::format("the table \"{}\" has no column \"{}\" that can be written",
                           table_->name.Short(), name.text))
        .WithId("E2003")
        .WithHint(DidYouMean(name.text, names))
        .WithSpan(name.span);
  }

  Schema SinkSchema() const {
    Schema schema;
    for (const int column : columns_) {
      const ColumnDefinition& definition = table_->columns[static_cast<size_t>(column)];
      schema.fields.push_back({definition.name, definition.type});
    }
    return schema;
  }

  std::string BothSchemas(const logical::Node& query) const {
    std::vector<std::string> given;
    for (const Column& column : query.columns) {
      given.push_back(column.name + " " + column.type.ToString());
    }
    std::vector<std::string> wanted;
    const Schema schema = SinkSchema();
    for (const size_t target : targets_) {
      wanted.push_back(schema.fields[target].name + " " + schema.fields[target].type.ToString());
    }
    return fmt::format("the query gives ({}), the table takes ({})", fmt::join(given, ", "),
                       fmt::join(wanted, ", "));
  }

  Status CheckWidth(const logical::Node& query) const {
    if (query.columns.size() == targets_.size()) return {};
    return Status::InvalidSql(
               fmt::format("the query gives {} column{}, but {} takes {}", query.columns.size(),
                           query.columns.size() == 1 ? "" : "s",
                           insert_.columns.empty() ? "the table \"" + table_->name.Short() + "\""
                                                   : std::string("the list"),
                           targets_.size()))
        .WithId("E2006")
        .WithHint(BothSchemas(query))
        .WithSpan(insert_.query->span);
  }

  Status Mismatch(const logical::Node& query, size_t column, const Field& field) const {
    return Status::InvalidSql(
               fmt::format("the column \"{}\" of \"{}\" is {}, but the query gives {}", field.name,
                           table_->name.Short(), field.type.ToStringIgnoringNullability(),
                           query.columns[column].type.ToStringIgnoringNullability()))
        .WithId("E2006")
        .WithHint(fmt::format("{}; CAST(… AS {}) converts", BothSchemas(query),
                              field.type.ToStringIgnoringNullability()))
        .WithSpan(SpanOfColumn(query, column));
  }

  // The query with each column cast to the type of the table's column that it goes to.
  Result<NodePtr> WithTargetTypes(const NodePtr& query, const Schema& schema) const {
    std::vector<Type> types;
    for (const size_t target : targets_) types.push_back(schema.fields[target].type);
    if (const std::optional<size_t> misfit = FirstMisfit(*query, types))
      return Mismatch(*query, *misfit, schema.fields[targets_[*misfit]]);
    return WithTypes(query, types, /*assignment=*/true);
  }

  Status CheckOmitted(const Schema& schema, const std::vector<int>& sources) const {
    for (size_t i = 0; i < sources.size(); ++i) {
      if (sources[i] >= 0 || fixed_.contains(i) || schema.fields[i].type.nullable()) continue;
      return Status::InvalidSql(
                 fmt::format("the column \"{}\" of \"{}\" is NOT NULL and gets no value",
                             schema.fields[i].name, table_->name.Short()))
          .WithId("E3004")
          .WithSpan(Cover(insert_.columns.front().span, insert_.columns.back().span));
    }
    return {};
  }

  // All columns of the sink in its order, those that the list leaves out NULL.
  Result<NodePtr> FitColumns(const NodePtr& query) const {
    RETURN_IF_ERROR(CheckWidth(*query));
    const Schema schema = SinkSchema();
    NodePtr typed = TRY(WithTargetTypes(query, schema));
    std::vector<int> sources(schema.size(), -1);
    for (size_t i = 0; i < targets_.size(); ++i) sources[targets_[i]] = static_cast<int>(i);
    RETURN_IF_ERROR(CheckOmitted(schema, sources));
    if (targets_.size() == schema.size() && insert_.columns.empty()) {
      return Renamed(typed, NamesOfFields(schema));
    }
    logical::Project project;
    std::vector<Column> columns;
    for (size_t i = 0; i < sources.size(); ++i) {
      const Field& field = schema.fields[i];
      const bool given = sources[i] >= 0;
      const Type type = given ? typed->columns[static_cast<size_t>(sources[i])].type : field.type;
      expr::ExprPtr value = given ? expr::MakeColumnRef(sources[i], type) : nullptr;
      if (const auto fixed = fixed_.find(i); fixed != fixed_.end()) value = fixed->second;
      if (value == nullptr) value = expr::MakeLiteral(Value::Null(type));
      columns.push_back({field.name, value->type});
      project.expressions.push_back(std::move(value));
    }
    return logical::MakeNode(std::move(project), {typed}, std::move(columns), typed->origin);
  }

  static std::vector<std::string> NamesOfFields(const Schema& schema) {
    std::vector<std::string> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    return names;
  }

  // Refuses to cut or pad strings inside of collections where both options ask for it. Flink cannot
  // do that either, and refuses the same.
  Status CheckTrimmed(const Schema& schema) const {
    const graph::TypedOptions rules(graph::EnforcerOptions(), binder_.options().enforcers);
    if (!rules.Is(graph::kTypeLengthEnforcer, "TRIM_PAD") ||
        !rules.Is(graph::kNestedConstraintEnforcer, "ROWS_AND_COLLECTIONS"))
      return {};
    for (const Field& field : schema.fields) {
      if (!HasLengthInCollection(field.type, /*collection=*/false)) continue;
      return Status::InvalidSql(fmt::format("'{}' = 'TRIM_PAD' does not cut the values of column "
                                            "\"{}\", which lie within a collection",
                                            graph::kTypeLengthEnforcer, field.name))
          .WithId("E2015")
          .WithHint(fmt::format("set '{}' to ROWS", graph::kNestedConstraintEnforcer))
          .WithSpan(TargetSpan());
    }
    return {};
  }

  static bool HasLengthInCollection(const Type& type, bool collection) {
    const bool text = type.is_character() || type.is_binary();
    if (text) return collection && type.length() != Type::kMaxLength;
    const bool within = collection || (type.is_nested() && type.kind() != TypeKind::kRow);
    return std::ranges::any_of(type.fields(), [&](const TypeField& field) {
      return HasLengthInCollection(field.type, within);
    });
  }

  Result<NodePtr> SinkNode(NodePtr rows, const TableHints& hints, const QueryScope& scope) const {
    logical::Sink sink;
    sink.spec.table = table_->name.Short();
    sink.spec.options =
        table_->WithPrimaryKey(TRY(binder_.OptionsWith(*table_, hints, TargetSpan())));
    sink.spec.schema = SinkSchema();
    sink.spec.partition_keys = table_->partition_keys;
    sink.spec.overwrite = insert_.overwrite;
    for (const Field& field : sink.spec.schema.fields) {
      if (!field.type.nullable()) sink.spec.not_null_columns.push_back(field.name);
    }
    for (const int key : table_->primary_key) {
      const auto place = std::ranges::find(columns_, key);
      if (place != columns_.end())
        sink.spec.primary_key.push_back(static_cast<int>(place - columns_.begin()));
    }
    sink.accepts = table_->SinkChanges();
    sink.materialize = binder_.options().upsert_materialize;
    sink.ttl_millis = binder_.options().state_ttl_millis;
    sink.lacks_on_conflict =
        binder_.options().require_on_conflict && insert_.conflict == ast::ConflictAction::kUnsaid;
    // DO DEDUPLICATE asks for what a sink does anyway when keys differ.
    if (insert_.conflict == ast::ConflictAction::kError) sink.conflict = graph::Conflict::kError;
    if (insert_.conflict == ast::ConflictAction::kNothing)
      sink.conflict = graph::Conflict::kNothing;
    RETURN_IF_ERROR(CheckTrimmed(sink.spec.schema));
    for (const graph::TableOption& enforcer : binder_.options().enforcers)
      sink.spec.options.push_back(enforcer);
    std::vector<Column> columns;
    for (const Field& field : sink.spec.schema.fields) columns.push_back({field.name, field.type});
    logical::Origin origin = scope.OriginAt(TargetSpan());
    origin.explicit_id = hints.state_id;
    return logical::MakeNode(std::move(sink), {std::move(rows)}, std::move(columns), origin);
  }

  QueryBinder& binder_;
  const catalog::Catalog& catalog_;
  const ast::Insert& insert_;
  catalog::TablePtr table_;
  std::vector<int> columns_;               // of the table, that the sink takes
  std::vector<size_t> targets_;            // in columns_, of each query column
  std::map<size_t, expr::ExprPtr> fixed_;  // by place in columns_: the values of PARTITION
};

}  // namespace

Result<NodePtr> BindInsertOfRows(QueryBinder& binder, const catalog::Catalog& catalog,
                                 const ast::Name& target, const MakeRows& make,
                                 const QueryScope& scope) {
  ast::Insert insert;
  insert.target = target;
  return InsertBinder(binder, catalog, insert).BindRows(make, scope);
}

Result<logical::Plan> BindInserts(std::span<const ast::Insert* const> inserts,
                                  const catalog::Catalog& catalog, const BindOptions& options) {
  QueryBinder binder(catalog, options);
  logical::Plan plan;
  for (const ast::Insert* insert : inserts) {
    plan.roots.push_back(TRY(InsertBinder(binder, catalog, *insert).Bind()));
  }
  RETURN_IF_ERROR(AddErrorSinks(binder, catalog, plan));
  RETURN_IF_ERROR(logical::Verify(plan));
  return plan;
}

Result<logical::Plan> BindQuery(const ast::Query& query, const catalog::Catalog& catalog,
                                const BindOptions& options) {
  QueryBinder binder(catalog, options);
  QueryScope scope = binder.TopScope();
  scope.words = "SELECT";
  scope.named = false;
  NodePtr node = TRY(binder.Bind(query, scope));
  std::vector<Column> columns = node->columns;
  logical::Plan plan;
  plan.roots.push_back(logical::MakeNode(logical::Collect{}, {std::move(node)}, std::move(columns),
                                         scope.OriginAt(query.span)));
  RETURN_IF_ERROR(logical::Verify(plan));
  return plan;
}

}  // namespace weir::bind
