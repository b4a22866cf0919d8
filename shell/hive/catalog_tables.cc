#include "shell/hive/catalog_tables.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "shell/hive/hive_types.h"

namespace weir::shell {
namespace {

// An empty table. A leading '#' is not part of a column's name: it makes the column INT, not
// STRING.
ResultTable EmptyTable(const std::vector<std::string_view>& names) {
  ResultTable table;
  for (const std::string_view name : names) {
    const bool number = name.front() == '#';
    table.columns.push_back(
        {std::string(name.substr(number ? 1 : 0)), number ? Type::Int() : Type::String()});
  }
  return table;
}

Value Number(int64_t number) {
  return Value(Type::Int(), static_cast<int32_t>(number));
}

// JdbcType has -1 where something does not apply.
Value NumberOrNull(int number) {
  return number < 0 ? Value::Null(Type::Int()) : Number(number);
}

Value NoText() {
  return Value::Null(Type::String());
}

int Lower(char c) {
  return std::tolower(static_cast<unsigned char>(c));
}

struct PatternPart {
  enum Kind : uint8_t { kAnyText, kAnyByte, kByte };
  Kind kind = kAnyText;
  char byte = 0;

  bool Takes(char c) const {
    return kind == kAnyByte || (kind == kByte && Lower(byte) == Lower(c));
  }
};

std::vector<PatternPart> PartsOf(std::string_view pattern) {
  if (pattern.empty()) return {{}};
  std::vector<PatternPart> parts;
  for (size_t i = 0; i < pattern.size(); ++i) {
    // Some clients write the regular expression ".*" for any text.
    const bool dot_star = pattern.substr(i).starts_with(".*");
    if (dot_star) ++i;
    if (pattern[i] == '%' || pattern[i] == '*') {
      parts.emplace_back();
    } else if (pattern[i] == '_') {
      parts.push_back({PatternPart::kAnyByte, 0});
    } else {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      parts.push_back({PatternPart::kByte, pattern[i]});
    }
  }
  return parts;
}

bool Matches(const catalog::ObjectName& name, const NamePatterns& patterns) {
  const bool schema =
      MatchesPattern(name.database, patterns.schema) ||
      (EqualsIgnoreCase(patterns.schema, "default") && name.database == catalog::kDefaultDatabase);
  return schema && MatchesPattern(name.catalog, patterns.catalog) &&
         MatchesPattern(name.object, patterns.object);
}

// A column of a table or view.
struct NamedColumn {
  std::string name;
  Type type;
  std::string comment;
};

std::vector<NamedColumn> ColumnsOf(const catalog::CatalogObject& object) {
  std::vector<NamedColumn> columns;
  if (object.table) {
    for (const catalog::ColumnDefinition& column : object.table->columns)
      columns.push_back({column.name, column.type, column.comment});
  } else {
    for (const logical::Column& column : object.view->columns)
      columns.push_back({column.name, column.type, ""});
  }
  return columns;
}

// Calls f(name, object) for every table and view that the patterns match.
template <typename F>
Status ForObjects(const catalog::Catalog& catalog, const NamePatterns& patterns, F&& f) {
  for (const catalog::ObjectName& name : TRY(catalog.AllNames())) {
    if (!Matches(name, patterns)) continue;
    // A definition that cannot be read is left out: one damaged file must not hide all other tables
    // from the client.
    const Result<std::optional<catalog::CatalogObject>> object = catalog.FindExactly(name);
    if (object.ok() && object->has_value()) f(name, **object);
  }
  return {};
}

void AddColumn(const catalog::ObjectName& table, const NamedColumn& column, int64_t place,
               ResultTable& out) {
  const JdbcType type = JdbcTypeOf(column.type);
  const bool nullable = column.type.nullable();
  out.rows.push_back({TextCell(table.catalog),
                      TextCell(table.database),
                      TextCell(table.object),
                      TextCell(column.name),
                      Number(type.number),
                      TextCell(ToUpper(HiveTypeName(column.type))),
                      NumberOrNull(type.size),
                      NumberOrNull(-1),
                      NumberOrNull(type.digits),
                      NumberOrNull(type.radix),
                      Number(nullable ? 1 : 0),
                      TextCell(column.comment),
                      NoText(),
                      NumberOrNull(-1),
                      NumberOrNull(-1),
                      NumberOrNull(-1),
                      Number(place),
                      TextCell(nullable ? "YES" : "NO"),
                      NoText(),
                      NoText(),
                      NoText(),
                      NumberOrNull(-1),
                      TextCell("NO")});
}

void AddFunction(std::string_view name, std::string_view doc, const NamePatterns& patterns,
                 ResultTable& out) {
  if (!MatchesPattern(name, patterns.object)) return;
  out.rows.push_back({NoText(), NoText(), TextCell(std::string(name)), TextCell(std::string(doc)),
                      Number(1), TextCell(std::string(name))});
}

}  // namespace

// Backtracks to the last '%' only, so that the time is at most the product of both lengths.
bool MatchesPattern(std::string_view name, std::string_view pattern) {
  const std::vector<PatternPart> parts = PartsOf(pattern);
  size_t part = 0;
  size_t at = 0;
  std::optional<size_t> last_any;
  size_t retry = 0;
  while (at < name.size()) {
    if (part < parts.size() && parts[part].kind == PatternPart::kAnyText) {
      last_any = part++;
      retry = at;
    } else if (part < parts.size() && parts[part].Takes(name[at])) {
      ++part;
      ++at;
    } else if (last_any) {
      part = *last_any + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  return std::all_of(parts.begin() + static_cast<std::ptrdiff_t>(part), parts.end(),
                     [](const PatternPart& one) { return one.kind == PatternPart::kAnyText; });
}

ResultTable TypesTable() {
  ResultTable table = EmptyTable(
      {"TYPE_NAME", "#DATA_TYPE", "#PRECISION", "LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS",
       "#NULLABLE", "CASE_SENSITIVE", "#SEARCHABLE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE",
       "AUTO_INCREMENT", "LOCAL_TYPE_NAME", "#MINIMUM_SCALE", "#MAXIMUM_SCALE", "#SQL_DATA_TYPE",
       "#SQL_DATETIME_SUB", "#NUM_PREC_RADIX"});
  const std::array<Type, 13> types = {
      Type::Boolean(),      Type::TinyInt(), Type::SmallInt(), Type::Int(),  Type::BigInt(),
      Type::Float(),        Type::Double(),  Type::String(),   Type::Date(), Type::Timestamp(3),
      Type::Decimal(38, 0), Type::Bytes(),   Type::Char(255)};
  for (const Type& type : types) {
    const JdbcType jdbc = JdbcTypeOf(type);
    const std::string name = ToUpper(HiveTypeName(type));
    table.rows.push_back({TextCell(name.substr(0, name.find('('))), Number(jdbc.number),
                          NumberOrNull(jdbc.size), NoText(), NoText(), NoText(), Number(1),
                          TextCell("true"), Number(3), TextCell("false"), TextCell("false"),
                          TextCell("false"), NoText(), Number(0), NumberOrNull(jdbc.digits),
                          NumberOrNull(-1), NumberOrNull(-1), NumberOrNull(jdbc.radix)});
  }
  return table;
}

ResultTable TableTypesTable() {
  ResultTable table = EmptyTable({"TABLE_TYPE"});
  for (const char* kind : {"TABLE", "VIEW"}) table.AddTextRow({kind});
  return table;
}

Result<ResultTable> CatalogsTable(const catalog::Catalog& catalog) {
  ResultTable table = EmptyTable({"TABLE_CAT"});
  for (const std::string& name : TRY(catalog.ListCatalogs({}))) table.AddTextRow({name});
  return table;
}

Result<ResultTable> SchemasTable(const catalog::Catalog& catalog, const NamePatterns& patterns) {
  ResultTable table = EmptyTable({"TABLE_SCHEM", "TABLE_CATALOG"});
  for (const std::string& name : TRY(catalog.ListCatalogs({}))) {
    if (!MatchesPattern(name, patterns.catalog)) continue;
    for (const std::string& database : TRY(catalog.ListDatabases(name, {}, {}))) {
      if (Matches({name, database, "-"}, {patterns.catalog, patterns.schema, "", ""}))
        table.AddTextRow({database, name});
    }
  }
  return table;
}

Result<ResultTable> TablesTable(const catalog::Catalog& catalog, const NamePatterns& patterns,
                                const std::vector<std::string>& kinds) {
  ResultTable table =
      EmptyTable({"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS", "TYPE_CAT",
                  "TYPE_SCHEM", "TYPE_NAME", "SELF_REFERENCING_COL_NAME", "REF_GENERATION"});
  RETURN_IF_ERROR(ForObjects(
      catalog, patterns,
      [&](const catalog::ObjectName& name, const catalog::CatalogObject& object) {
        const std::string kind = object.table ? "TABLE" : "VIEW";
        const bool wanted =
            kinds.empty() || std::ranges::any_of(kinds, [&](const std::string& one) {
              return EqualsIgnoreCase(one, kind);
            });
        if (!wanted) return;
        table.rows.push_back({TextCell(name.catalog), TextCell(name.database),
                              TextCell(name.object), TextCell(kind),
                              TextCell(object.table ? object.table->comment : object.view->comment),
                              NoText(), NoText(), NoText(), NoText(), NoText()});
      }));
  return table;
}

Result<ResultTable> ColumnsTable(const catalog::Catalog& catalog, const NamePatterns& patterns) {
  ResultTable table = EmptyTable(
      {"TABLE_CAT",         "TABLE_SCHEM",       "TABLE_NAME",        "COLUMN_NAME",
       "#DATA_TYPE",        "TYPE_NAME",         "#COLUMN_SIZE",      "#BUFFER_LENGTH",
       "#DECIMAL_DIGITS",   "#NUM_PREC_RADIX",   "#NULLABLE",         "REMARKS",
       "COLUMN_DEF",        "#SQL_DATA_TYPE",    "#SQL_DATETIME_SUB", "#CHAR_OCTET_LENGTH",
       "#ORDINAL_POSITION", "IS_NULLABLE",       "SCOPE_CATALOG",     "SCOPE_SCHEMA",
       "SCOPE_TABLE",       "#SOURCE_DATA_TYPE", "IS_AUTO_INCREMENT"});
  RETURN_IF_ERROR(
      ForObjects(catalog, patterns,
                 [&](const catalog::ObjectName& name, const catalog::CatalogObject& object) {
                   int64_t place = 0;
                   for (const NamedColumn& column : ColumnsOf(object)) {
                     ++place;
                     if (MatchesPattern(column.name, patterns.column))
                       AddColumn(name, column, place, table);
                   }
                 }));
  return table;
}

Result<ResultTable> PrimaryKeysTable(const catalog::Catalog& catalog,
                                     const NamePatterns& patterns) {
  ResultTable table =
      EmptyTable({"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "#KEY_SEQ", "PK_NAME"});
  RETURN_IF_ERROR(ForObjects(
      catalog, patterns,
      [&](const catalog::ObjectName& name, const catalog::CatalogObject& object) {
        if (!object.table) return;
        int64_t place = 0;
        for (const int column : object.table->primary_key) {
          table.rows.push_back({TextCell(name.catalog), TextCell(name.database),
                                TextCell(name.object),
                                TextCell(object.table->columns[static_cast<size_t>(column)].name),
                                Number(++place), TextCell(object.table->primary_key_name)});
        }
      }));
  return table;
}

ResultTable CrossReferencesTable() {
  return EmptyTable({"PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_CAT",
                     "FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME", "#KEY_SEQ", "#UPDATE_RULE",
                     "#DELETE_RULE", "FK_NAME", "PK_NAME", "#DEFERRABILITY"});
}

Result<ResultTable> FunctionsTable(const catalog::Catalog& catalog, const NamePatterns& patterns) {
  ResultTable table = EmptyTable({"FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS",
                                  "#FUNCTION_TYPE", "SPECIFIC_NAME"});
  for (const expr::ScalarFunction* function : expr::ListFunctions())
    AddFunction(function->name, function->doc, patterns, table);
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions())
    AddFunction(aggregate.name, aggregate.doc, patterns, table);
  for (const expr::FormDoc& form : expr::SpecialForms())
    AddFunction(form.name, form.doc, patterns, table);
  for (const std::string& name : TRY(catalog.ListFunctions({}, {}, {})))
    AddFunction(name, "", patterns, table);
  return table;
}

}  // namespace weir::shell
