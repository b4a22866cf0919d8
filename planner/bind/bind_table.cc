// CREATE TABLE: every check that can be made before any data is seen.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_type.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/catalog/option_check.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using catalog::ColumnDefinition;
using catalog::ColumnKind;
using catalog::TableDefinition;
using expr::ExprPtr;
using logical::TimeAttribute;

namespace {

// Of time attributes, as in Flink: watermarks are milliseconds.
constexpr int kMaxTimePrecision = 3;

// A definition outlives the text of its statement, so that spans in it would point into other
// texts.
ExprPtr WithoutSpans(const ExprPtr& expression) {
  auto copy = std::make_shared<expr::Expr>(*expression);
  copy->span = {};
  for (ExprPtr& argument : copy->args) argument = WithoutSpans(argument);
  return copy;
}

bool IsProctime(const ast::Expr& expression) {
  const auto* call = expression.As<ast::Call>();
  return call != nullptr && EqualsIgnoreCase(call->name.last().text, "PROCTIME");
}

class TableBinder {
 public:
  TableBinder(const ast::CreateTable& create, const catalog::Catalog& catalog)
      : create_(create), catalog_(catalog), names_(catalog, options_) {
    options_.used_objects = &used_;
  }

  Result<TableDefinition> Bind(std::string_view text) {
    RETURN_IF_ERROR(CheckClauses());
    table_.name = TRY(catalog_.NameNew(PartsOf(create_.name), create_.name.span));
    table_.temporary = create_.temporary;
    table_.comment = create_.comment ? create_.comment->text : "";
    table_.create_text = text;
    RETURN_IF_ERROR(BindColumns());
    RETURN_IF_ERROR(BindComputedColumns());
    RETURN_IF_ERROR(BindKeys());
    RETURN_IF_ERROR(BindWatermarks());
    RETURN_IF_ERROR(BindOptions());
    RETURN_IF_ERROR(BindMetadata());
    RETURN_IF_ERROR(BindPartitions());
    return std::move(table_);
  }

 private:
  Status CheckClauses() const {
    const SourceSpan span = create_.name.span;
    if (create_.query) return NotSupported("CREATE TABLE … AS", create_.query->span);
    if (create_.distribution) return NotSupported("DISTRIBUTED BY", span);
    return {};
  }

  // --- Columns -----------------------------------------------------------------------------------

  template <typename T, typename Visit>
  Status ForEach(Visit visit) const {
    for (const ast::TableElement& element : create_.elements) {
      if (const T* found = std::get_if<T>(&element)) RETURN_IF_ERROR(visit(*found));
    }
    return {};
  }

  Status BindColumns() {
    RETURN_IF_ERROR(ForEach<ast::ColumnDefinition>(
        [this](const ast::ColumnDefinition& column) { return AddColumn(column); }));
    if (table_.ScanSchema().size() > 0) return {};
    return Contradiction("a table needs at least one column that is not computed",
                         create_.name.span);
  }

  Status AddColumn(const ast::ColumnDefinition& text) {
    const ast::Identifier& name = text.name.last();
    for (const ColumnDefinition& other : table_.columns) {
      if (other.name == name.text) {
        return Contradiction(fmt::format("the column \"{}\" is declared twice", name.text),
                             name.span);
      }
    }
    if (text.unique) return NotSupported("UNIQUE", text.span);
    ColumnDefinition column;
    column.name = name.text;
    column.comment = text.comment ? text.comment->text : "";
    switch (text.kind) {
      case ast::ColumnKind::kNameOnly:
        return NotSupported("a column without a type", text.span);
      case ast::ColumnKind::kPhysical:
        break;
      case ast::ColumnKind::kMetadata:
        column.kind = ColumnKind::kMetadata;
        column.metadata_key = text.metadata_key ? text.metadata_key->text : name.text;
        column.is_virtual = text.is_virtual;
        break;
      case ast::ColumnKind::kComputed:
        column.kind = ColumnKind::kComputed;
        break;
    }
    if (text.type) column.type = TRY(BindType(*text.type));
    table_.columns.push_back(std::move(column));
    return {};
  }

  // The columns that computed columns may use: physical ones and metadata, but no other computed
  // columns, as in Flink.
  Relation ScanRelation() const {
    std::vector<logical::Column> columns;
    for (const Field& field : table_.ScanSchema().fields)
      columns.push_back({field.name, field.type});
    const size_t count = columns.size();
    return {logical::MakeNode(logical::Scan{}, {}, std::move(columns), {}),
            {{create_.name.last().text, {}, 0, count}}};
  }

  // What a table computes stays the same while it is there, and a function of a user's may change,
  // or be another one in another session.
  Status CheckBuiltIn(const ast::Expr& text) const {
    if (used_.empty()) return {};
    const std::string& name = used_.back().function->name.object;
    return NotSupported("a function of your own in a table's definition", text.span)
        .WithHint(fmt::format("call {0} in a view: CREATE VIEW v AS SELECT *, {0}(…) AS c FROM {1}",
                              name, create_.name.last().text));
  }

  Status BindComputedColumns() {
    const Relation relation = ScanRelation();
    return ForEach<ast::ColumnDefinition>([&](const ast::ColumnDefinition& text) -> Status {
      if (text.kind != ast::ColumnKind::kComputed) return {};
      ExpressionBinder binder(relation, {nullptr, "a computed column", names_.TopScope().text});
      const ExprPtr bound = TRY(binder.Bind(*text.expression));
      RETURN_IF_ERROR(CheckBuiltIn(*text.expression));
      if (bound->type.kind() == TypeKind::kNull) {
        return Contradiction("a computed column needs a type", text.expression->span,
                             "write CAST(NULL AS INT)");
      }
      ColumnDefinition& column = table_.columns[*Column(text.name.last())];
      column.type = bound->type;
      column.computed = WithoutSpans(bound);
      column.computed_text = ast::ToSql(*text.expression);
      if (IsProctime(*text.expression)) column.time = TimeAttribute::kProcessing;
      return {};
    });
  }

  std::optional<size_t> Column(const ast::Identifier& name) const {
    Schema schema;
    for (const ColumnDefinition& column : table_.columns)
      schema.fields.push_back({column.name, column.type});
    return schema.Find(name.text);
  }

  Result<size_t> FindColumn(const ast::Identifier& name, std::string_view clause) const {
    if (const auto found = Column(name)) return *found;
    std::vector<std::string> names;
    for (const ColumnDefinition& column : table_.columns) names.push_back(column.name);
    return Status::InvalidSql(
               fmt::format("{} names no column of the table: \"{}\"", clause, name.text))
        .WithId("E2003")
        .WithHint(DidYouMean(name.text, names))
        .WithSpan(name.span);
  }

  // --- PRIMARY KEY -------------------------------------------------------------------------------

  Status BindKeys() {
    RETURN_IF_ERROR(
        ForEach<ast::ColumnDefinition>([&](const ast::ColumnDefinition& column) -> Status {
          if (!column.primary_key) return {};
          return AddKey({column.name.last()}, column.enforced, column.span);
        }));
    return ForEach<ast::KeyDefinition>([&](const ast::KeyDefinition& key) -> Status {
      if (!key.primary) return NotSupported("UNIQUE", key.span);
      if (key.name) table_.primary_key_name = key.name->text;
      return AddKey(key.columns, key.enforced, key.span);
    });
  }

  Status AddKey(const std::vector<ast::Identifier>& names, std::optional<bool> enforced,
                SourceSpan span) {
    if (!table_.primary_key.empty()) return Contradiction("a table has one PRIMARY KEY", span);
    if (enforced.value_or(true)) {
      return Contradiction(
          "a PRIMARY KEY must be declared NOT ENFORCED", span,
          "the data are not in our hands; NOT ENFORCED says that they keep the promise");
    }
    for (const ast::Identifier& name : names) {
      const size_t index = TRY(FindColumn(name, "PRIMARY KEY"));
      ColumnDefinition& column = table_.columns[index];
      if (column.kind != ColumnKind::kPhysical) {
        return Contradiction(
            fmt::format("the column \"{}\" of PRIMARY KEY must be a physical one", column.name),
            name.span);
      }
      if (std::ranges::find(table_.primary_key, static_cast<int>(index)) !=
          table_.primary_key.end()) {
        return Contradiction(fmt::format("PRIMARY KEY names \"{}\" twice", column.name), name.span);
      }
      column.type = column.type.WithNullable(false);
      table_.primary_key.push_back(static_cast<int>(index));
    }
    return {};
  }

  // --- WATERMARK ---------------------------------------------------------------------------------

  Status BindWatermarks() {
    return ForEach<ast::WatermarkDefinition>([&](const ast::WatermarkDefinition& text) -> Status {
      if (table_.watermark) return Contradiction("a table has one WATERMARK", text.span);
      if (text.column.parts.size() > 1) {
        return NotSupported("a WATERMARK on a field of a row", text.column.span);
      }
      const size_t index = TRY(FindColumn(text.column.last(), "WATERMARK"));
      ColumnDefinition& column = table_.columns[index];
      const Type& type = column.type;
      if (!type.is_timestamp() || type.precision() > kMaxTimePrecision ||
          column.time == TimeAttribute::kProcessing) {
        return Status::InvalidSql(
                   fmt::format(
                       "WATERMARK needs a TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p of 0 to 3, but "
                       "\"{}\" is {}",
                       column.name, type.ToStringIgnoringNullability()))
            .WithId("E2010")
            .WithHint("declare the column TIMESTAMP(3), or compute one: ts AS TO_TIMESTAMP(…)")
            .WithSpan(text.column.span);
      }
      return BindWatermark(text, index);
    });
  }

  Status BindWatermark(const ast::WatermarkDefinition& text, size_t index) {
    const std::vector<logical::Column> columns = table_.QueryColumns();
    const Relation relation{logical::MakeNode(logical::Scan{}, {}, columns, {}),
                            {{create_.name.last().text, {}, 0, columns.size()}}};
    ExpressionBinder binder(relation, {nullptr, "WATERMARK", names_.TopScope().text});
    ExprPtr bound = TRY(binder.Bind(*text.expression));
    RETURN_IF_ERROR(CheckBuiltIn(*text.expression));
    ColumnDefinition& column = table_.columns[index];
    if (bound->type.kind() != column.type.kind()) {
      return Status::InvalidSql(
                 fmt::format("the watermark of \"{}\" must be {}, but its expression is {}",
                             column.name, column.type.ToStringIgnoringNullability(),
                             bound->type.ToStringIgnoringNullability()))
          .WithId("E2006")
          .WithSpan(text.expression->span);
    }
    const Type target = column.type.WithNullable(bound->type.nullable());
    bound = TRY(expr::BindCast(std::move(bound), target, false, text.expression->span));
    column.time = TimeAttribute::kEvent;
    table_.watermark = {static_cast<int>(index), WithoutSpans(bound), ast::ToSql(*text.expression)};
    return {};
  }

  // --- WITH, METADATA, PARTITIONED BY ------------------------------------------------------------

  Status BindOptions() {
    std::vector<catalog::PlacedOption> options;
    SourceSpan place = create_.name.span;
    for (const ast::Property& property : create_.options) {
      options.push_back(
          {property.key.text, property.value.text, property.key.span, property.value.span});
      place = Cover(place == SourceSpan(create_.name.span) ? SourceSpan() : place,
                    Cover(property.key.span, property.value.span));
    }
    catalog::CheckedOptions checked = TRY(catalog::CheckOptions(
        catalog_.connectors(), options, table_.ScanSchema(), place, table_.ComputedNames()));
    table_.options = std::move(checked.options);
    table_.connector = checked.connector;
    table_.format = checked.format;
    return CheckKeyInMessages();
  }

  Status CheckKeyInMessages() const {
    if (!table_.HasKeyInMessages()) return {};
    if (table_.primary_key.empty()) {
      return Contradiction(
          fmt::format("the connector '{}' needs a PRIMARY KEY: it is the key of its messages",
                      table_.connector->name),
          create_.name.span, "declare PRIMARY KEY (…) NOT ENFORCED");
    }
    const graph::TableOptions options = table_.WithPrimaryKey(table_.options);
    return table_.connector->check(table_.ScanSchema(), options).WithSpan(create_.name.span);
  }

  Status BindMetadata() {
    return ForEach<ast::ColumnDefinition>([&](const ast::ColumnDefinition& text) -> Status {
      if (text.kind != ast::ColumnKind::kMetadata) return {};
      return CheckMetadata(table_.columns[*Column(text.name.last())], text);
    });
  }

  struct KnownMetadata {
    std::string key;
    Type type;
  };

  // The metadata that the table's columns may name: the connector's keys, and the format's behind a
  // prefix.
  std::vector<KnownMetadata> MetadataOfTable() const {
    std::vector<KnownMetadata> all;
    for (const graph::MetadataColumn& known : table_.connector->metadata) {
      all.push_back({std::string(known.key), known.type});
    }
    if (table_.format == nullptr) return all;
    for (const graph::MetadataColumn& known : table_.format->metadata) {
      all.push_back({fmt::format("{}{}", graph::kFormatMetadataPrefix, known.key), known.type});
    }
    return all;
  }

  Status CheckMetadata(ColumnDefinition& column, const ast::ColumnDefinition& text) const {
    std::vector<std::string> keys;
    for (const KnownMetadata& known : MetadataOfTable()) {
      keys.push_back(known.key);
      if (known.key != column.metadata_key) continue;
      column.metadata_type = known.type;
      const ExprPtr value = expr::MakeColumnRef(0, known.type);
      if (expr::BindCast(value, column.type, false, {}).ok()) return {};
      return Status::InvalidSql(fmt::format("the metadata '{}' is {}, which cannot become {}",
                                            known.key, known.type.ToString(),
                                            column.type.ToString()))
          .WithId("E2006")
          .WithSpan(text.type->span);
    }
    std::string hint = DidYouMean(column.metadata_key, keys);
    if (hint.empty()) {
      hint = keys.empty() ? "it has none" : fmt::format("it has {}", fmt::join(keys, ", "));
    }
    return Contradiction(fmt::format("the connector '{}' has no metadata '{}'",
                                     table_.connector->name, column.metadata_key),
                         text.metadata_key ? text.metadata_key->span : text.name.span,
                         std::move(hint));
  }

  // Values of the column have to be names of directories.
  Status CheckPartitionKey(const ColumnDefinition& column, SourceSpan span) const {
    if (std::ranges::find(table_.partition_keys, column.name) != table_.partition_keys.end()) {
      return Contradiction(fmt::format("PARTITIONED BY names \"{}\" twice", column.name), span);
    }
    const Type& type = column.type;
    const bool can_be_name = type.is_character() || type.is_integer() ||
                             type.kind() == TypeKind::kBoolean || type.kind() == TypeKind::kDate;
    if (can_be_name) return {};
    return NotSupported(fmt::format("PARTITIONED BY a column of type {}",
                                    type.ToStringIgnoringNullability()),
                        span)
        .WithHint(
            "use CHAR, VARCHAR, an integer type, BOOLEAN or DATE; DATE_FORMAT makes a text "
            "of a time");
  }

  Status BindPartitions() {
    for (const ast::Identifier& name : create_.partitioned_by) {
      const size_t index = TRY(FindColumn(name, "PARTITIONED BY"));
      if (table_.columns[index].kind != ColumnKind::kPhysical) {
        return Contradiction(
            fmt::format("the column \"{}\" of PARTITIONED BY must be a physical one", name.text),
            name.span);
      }
      RETURN_IF_ERROR(CheckPartitionKey(table_.columns[index], name.span));
      table_.partition_keys.push_back(table_.columns[index].name);
    }
    const std::vector<std::string>& keys = table_.partition_keys;
    if (keys.empty()) return {};
    if (!table_.connector->partitioned) {
      return Contradiction(
          fmt::format("the connector '{}' has no partitions", table_.connector->name),
          create_.partitioned_by[0].span);
    }
    if (keys.size() < table_.ScanSchema().size()) return {};
    return Contradiction("a table needs a column that is not in PARTITIONED BY",
                         create_.partitioned_by[0].span);
  }

  const ast::CreateTable& create_;
  const catalog::Catalog& catalog_;
  std::vector<catalog::CatalogObject> used_;  // functions
  bind::BindOptions options_;
  QueryBinder names_;
  TableDefinition table_;
};

}  // namespace

Result<catalog::TablePtr> BindCreateTable(const ast::CreateTable& create, std::string_view text,
                                          const catalog::Catalog& catalog) {
  return std::make_shared<const TableDefinition>(TRY(TableBinder(create, catalog).Bind(text)));
}

}  // namespace weir::bind
