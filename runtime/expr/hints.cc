#include "runtime/expr/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"

namespace weir::expr {
namespace {

struct Foreign {
  std::string_view name;
  std::string_view here;  // our function, looked up before it is recommended; empty: syntax
  std::string_view text;
};

constexpr auto kForeignFunctions = std::to_array<Foreign>({
    {"ADD_MONTHS", "TIMESTAMPADD", "TIMESTAMPADD(MONTH, count, time)"},
    {"AGE", "TIMESTAMPDIFF", "TIMESTAMPDIFF(unit, from, to)"},
    {"ANY_VALUE", "MAX", "MAX(value)"},
    {"APPROX_COUNT_DISTINCT", "COUNT", "COUNT(DISTINCT value)"},
    {"ARG_MAX", "", "ROW_NUMBER() OVER (PARTITION BY key ORDER BY value DESC) AS n … WHERE n = 1"},
    {"ARG_MIN", "", "ROW_NUMBER() OVER (PARTITION BY key ORDER BY value) AS n … WHERE n = 1"},
    {"ARRAY_LENGTH", "CARDINALITY", "CARDINALITY(array)"},
    {"CHARINDEX", "LOCATE", "LOCATE(wanted, string)"},
    {"CONTAINS", "LOCATE", "LOCATE(wanted, string) > 0"},
    {"CONVERT", "", "CAST(value AS type)"},
    {"CURDATE", "CURRENT_DATE", "CURRENT_DATE"},
    {"CURTIME", "CURRENT_TIME", "CURRENT_TIME"},
    {"DATEADD", "TIMESTAMPADD", "TIMESTAMPADD(unit, count, time)"},
    {"DATEDIFF", "TIMESTAMPDIFF", "TIMESTAMPDIFF(DAY, from, to)"},
    {"DATEPART", "EXTRACT", "EXTRACT(unit FROM time)"},
    {"DATE_ADD", "TIMESTAMPADD", "TIMESTAMPADD(unit, count, time), or time + INTERVAL '1' DAY"},
    {"DATE_DIFF", "TIMESTAMPDIFF", "TIMESTAMPDIFF(unit, from, to)"},
    {"DATE_FROM_PARTS", "TO_DATE", "TO_DATE(string, pattern)"},
    {"DATE_PART", "EXTRACT", "EXTRACT(unit FROM time)"},
    {"DATE_SUB", "TIMESTAMPADD", "time - INTERVAL '1' DAY"},
    {"DATE_TRUNC", "FLOOR", "FLOOR(time TO unit), e.g. FLOOR(ts TO DAY)"},
    {"DAY", "DAYOFMONTH", "DAYOFMONTH(time)"},
    {"DECODE", "", "CASE value WHEN … THEN … END"},
    {"ENDS_WITH", "ENDSWITH", "ENDSWITH(string, end)"},
    {"EPOCH", "UNIX_TIMESTAMP", "UNIX_TIMESTAMP(string), or TIMESTAMPDIFF(SECOND, from, to)"},
    {"FIRST", "FIRST_VALUE", "FIRST_VALUE(value)"},
    {"FORMAT", "DATE_FORMAT", "DATE_FORMAT(timestamp, pattern)"},
    {"GETDATE", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
    {"GET_JSON_OBJECT", "JSON_VALUE", "JSON_VALUE(json, path)"},
    {"GROUP_CONCAT", "LISTAGG", "LISTAGG(value, separator)"},
    {"IIF", "", "IF(condition, value, otherwise)"},
    {"ISNULL", "", "value IS NULL, or COALESCE(value, otherwise)"},
    {"JSON_EXTRACT", "JSON_VALUE", "JSON_VALUE(json, path), or JSON_QUERY for objects and arrays"},
    {"JSON_EXTRACT_SCALAR", "JSON_VALUE", "JSON_VALUE(json, path)"},
    {"LAST", "LAST_VALUE", "LAST_VALUE(value)"},
    {"LCASE", "LOWER", "LOWER(string)"},
    {"LEN", "CHAR_LENGTH", "CHAR_LENGTH(string)"},
    {"MAX_BY", "", "ROW_NUMBER() OVER (PARTITION BY key ORDER BY value DESC) AS n … WHERE n = 1"},
    {"MEAN", "AVG", "AVG(value)"},
    {"MEDIAN", "PERCENTILE", "PERCENTILE(value, 0.5)"},
    {"MID", "SUBSTRING", "SUBSTRING(string, start, length)"},
    {"MIN_BY", "", "ROW_NUMBER() OVER (PARTITION BY key ORDER BY value) AS n … WHERE n = 1"},
    {"MODE", "", "a COUNT(*) for each value, and the greatest by ROW_NUMBER() … WHERE n = 1"},
    {"NVL", "", "COALESCE(value, otherwise)"},
    {"PERCENTILE_CONT", "PERCENTILE", "PERCENTILE(value, fraction)"},
    {"QUANTILE", "PERCENTILE", "PERCENTILE(value, fraction)"},
    {"RANDOM", "RAND", "RAND()"},
    {"REGEXP_LIKE", "REGEXP", "REGEXP(string, regex)"},
    {"REGEXP_MATCHES", "REGEXP", "REGEXP(string, regex)"},
    {"SPLIT_PART", "SPLIT_INDEX", "SPLIT_INDEX(string, delimiter, index), counted from 0"},
    {"STARTS_WITH", "STARTSWITH", "STARTSWITH(string, beginning)"},
    {"STRFTIME", "DATE_FORMAT", "DATE_FORMAT(timestamp, pattern)"},
    {"STRING_AGG", "LISTAGG", "LISTAGG(value, separator)"},
    {"STRPOS", "INSTR", "INSTR(string, wanted)"},
    {"STR_TO_DATE", "TO_DATE", "TO_DATE(string, pattern)"},
    {"SYSDATE", "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"},
    {"TO_CHAR", "DATE_FORMAT", "DATE_FORMAT(timestamp, pattern), or CAST(value AS STRING)"},
    {"TO_JSON", "JSON_OBJECT", "JSON_OBJECT(KEY 'k' VALUE v, …)"},
    {"TO_NUMBER", "", "CAST(string AS DECIMAL(10, 2))"},
    {"TO_UNIXTIME", "UNIX_TIMESTAMP", "UNIX_TIMESTAMP(string)"},
    {"UCASE", "UPPER", "UPPER(string)"},
    {"ZEROIFNULL", "", "COALESCE(value, 0)"},
});

constexpr auto kForeignTables = std::to_array<Foreign>({
    {"READ_CSV", "", "FROM 'file.csv'"},
    {"READ_CSV_AUTO", "", "FROM 'file.csv'"},
    {"READ_JSON", "", "FROM 'file.json'"},
    {"READ_JSON_AUTO", "", "FROM 'file.json'"},
    {"READ_NDJSON", "", "FROM 'file.json'"},
    {"READ_NDJSON_AUTO", "", "FROM 'file.json'"},
});

constexpr auto kForeignTypes = std::to_array<Foreign>({
    {"BLOB", "", "BYTES"},
    {"BOOL", "", "BOOLEAN"},
    {"BYTE", "", "TINYINT"},
    {"BYTEA", "", "BYTES"},
    {"CLOB", "", "STRING"},
    {"DATETIME", "", "TIMESTAMP(3)"},
    {"FLOAT4", "", "FLOAT"},
    {"FLOAT8", "", "DOUBLE"},
    {"INT16", "", "SMALLINT"},
    {"INT2", "", "SMALLINT"},
    {"INT32", "", "INT"},
    {"INT4", "", "INT"},
    {"INT64", "", "BIGINT"},
    {"INT8", "", "BIGINT"},
    {"JSON", "", "STRING"},
    {"JSONB", "", "STRING"},
    {"BIGSERIAL", "", "BIGINT, with a value in each row"},
    {"SERIAL", "", "BIGINT, with a value in each row"},
    {"LONG", "", "BIGINT"},
    {"MONEY", "", "DECIMAL(19, 2)"},
    {"NUMBER", "", "DECIMAL"},
    {"NVARCHAR", "", "VARCHAR"},
    {"REAL", "", "FLOAT"},
    {"SHORT", "", "SMALLINT"},
    {"TEXT", "", "STRING"},
    {"TIMESTAMPTZ", "", "TIMESTAMP_LTZ(3)"},
    {"UUID", "", "CHAR(36)"},
    {"VARCHAR2", "", "VARCHAR"},
});

std::string Find(std::span<const Foreign> rows, std::string_view name) {
  const std::string folded = ToUpper(name);
  const auto row = std::ranges::find(rows, folded, &Foreign::name);
  if (row == rows.end()) return "";
  const bool exists =
      row->here.empty() || FindFunction(row->here) != nullptr || IsAggregateFunction(row->here);
  return exists ? fmt::format("here it is {}", row->text) : "";
}

bool IsPointInTime(const Type& type) {
  return type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTime || type.is_timestamp();
}

// Whether the type is CHAR(0), that of the literal ''.
bool IsEmptyText(const Type& type) {
  return type.kind() == TypeKind::kChar && type.length() == 0;
}

std::string CastHint(const Type& to) {
  return fmt::format("one of them has to be cast: CAST(… AS {})", to.ToStringIgnoringNullability());
}

std::string ComparisonHint(const Type& a, const Type& b) {
  if (IsEmptyText(a) || IsEmptyText(b)) return "a value that is missing is NULL: IS NULL";
  if (a.is_character() != b.is_character()) return CastHint(a.is_character() ? b : a);
  if (a.kind() == TypeKind::kBoolean || b.kind() == TypeKind::kBoolean)
    return "a BOOLEAN is compared with TRUE or FALSE, or stands alone";
  if (IsPointInTime(a) && IsPointInTime(b)) return CastHint(a.kind() == TypeKind::kDate ? b : a);
  return "";
}

std::string SumHint(const Type& a, const Type& b) {
  if (a.is_character() && b.is_character()) return "strings are joined by ||";
  if (IsPointInTime(a) && IsPointInTime(b)) return "write TIMESTAMPDIFF(SECOND, from, to)";
  if (IsPointInTime(a) || IsPointInTime(b))
    return "a time moves by an INTERVAL: … + INTERVAL '1' DAY";
  if (a.is_character() || b.is_character())
    return "strings are joined by ||; a text with a number in it: CAST(… AS INT)";
  return "";
}

std::string TextHint(std::span<const ExprPtr> args) {
  const bool all_text =
      std::ranges::all_of(args, [](const ExprPtr& arg) { return arg->type.is_character(); });
  return all_text ? "" : CastHint(Type::String());
}

// "" where there is nothing to say of an operator, or of a function with this name.
std::string OperatorHint(std::string_view name, std::span<const ExprPtr> args) {
  if (args.size() != 2) return "";
  const Type& a = args[0]->type;
  const Type& b = args[1]->type;
  static constexpr auto kComparisons = std::to_array<std::string_view>(
      {"=", "<>", "<", "<=", ">", ">=", "IN", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"});
  if (std::ranges::find(kComparisons, name) != kComparisons.end()) return ComparisonHint(a, b);
  if (name == "+" || name == "-") return SumHint(a, b);
  if (name == "||" || name == "LIKE" || name == "SIMILAR TO") return TextHint(args);
  return "";
}

}  // namespace

std::string MismatchHint(const ScalarFunction& function, std::span<const ExprPtr> args) {
  const std::string_view name = function.name;
  if (std::string hint = OperatorHint(name, args); !hint.empty()) return hint;
  // A family of functions shares the signature F(…).
  const bool shared = function.signature.starts_with("F(");
  return shared ? fmt::format("it is {}{}", name, function.signature.substr(1))
                : fmt::format("it is {}", function.signature);
}

std::string ListArguments(const ScalarFunction& function, std::span<const ExprPtr> args) {
  std::string text;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool unit = std::ranges::any_of(function.overloads, [&](const Overload& overload) {
      return i < overload.params.size() && overload.params[i] == ArgumentClass::kUnit;
    });
    const Expr& arg = *args[i];
    const bool named = unit && arg.kind == ExprKind::kLiteral && !arg.literal.is_null();
    // The binder turns the clauses of JSON functions (ON EMPTY, RETURNING, …) into a literal of
    // several words and arguments behind it. Users did not write these, so they are not listed.
    const bool clauses = named && arg.literal.get<std::string>().find(' ') != std::string::npos;
    if (clauses && i > 0) break;
    if (clauses) continue;
    if (!text.empty()) text += ", ";
    text += named ? arg.literal.ToString() : arg.type.ToStringIgnoringNullability();
  }
  return text;
}

std::string ElsewhereHint(std::string_view name) {
  return Find(kForeignFunctions, name);
}

std::string ElsewhereTableHint(std::string_view name) {
  return Find(kForeignTables, name);
}

std::string ElsewhereTypeHint(std::string_view name) {
  return Find(kForeignTypes, name);
}

}  // namespace weir::expr
