#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"
#include "runtime/base/quoted.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(TypeKind value) {
  switch (value) {
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyInt:
      return "TINYINT";
    case TypeKind::kSmallInt:
      return "SMALLINT";
    case TypeKind::kInteger:
      return "INT";
    case TypeKind::kBigInt:
      return "BIGINT";
    case TypeKind::kFloat:
      return "FLOAT";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      return "DECIMAL";
    case TypeKind::kChar:
      return "CHAR";
    case TypeKind::kVarchar:
      return "VARCHAR";
    case TypeKind::kString:
      return "STRING";
    case TypeKind::kBinary:
      return "BINARY";
    case TypeKind::kVarbinary:
      return "VARBINARY";
    case TypeKind::kBytes:
      return "BYTES";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return "TIME";
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return "TIMESTAMP";
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP_LTZ";
    case TypeKind::kInterval:
      return "INTERVAL";
    case TypeKind::kArray:
      return "ARRAY";
    case TypeKind::kMultiset:
      return "MULTISET";
    case TypeKind::kMap:
      return "MAP";
    case TypeKind::kRow:
      return "ROW";
    case TypeKind::kStructured:
      return "STRUCTURED";
    case TypeKind::kRaw:
      return "RAW";
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kVariant:
      return "VARIANT";
    case TypeKind::kBitmap:
      return "BITMAP";
    case TypeKind::kNamed:
      return "";
  }
  WEIR_UNREACHABLE();
}

bool IsPlainName(std::string_view text, ReservedWords is_reserved) {
  if (text.empty() || text == "$" || std::isdigit(static_cast<unsigned char>(text[0])))
    return false;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte) && c != '_' && c != '$') return false;
  }
  return !is_reserved(text);
}

}  // namespace

std::string QuoteString(std::string_view text) {
  return Quoted(text, '\'');
}
std::string QuoteOption(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  const bool readable =
      std::ranges::none_of(text, [&](char c) { return is_control(c) && c != '\n' && c != '\t'; });
  if (readable) return QuoteString(text);
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') escaped += c;
    escaped +=
        is_control(c) ? fmt::format("\\{:04X}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return "U&" + QuoteString(escaped);
}
std::string QuoteIdentifier(std::string_view text) {
  return Quoted(text, '`');
}
std::string_view TimeUnitName(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillennium:
      return "MILLENNIUM";
    case TimeUnit::kCentury:
      return "CENTURY";
    case TimeUnit::kDecade:
      return "DECADE";
    case TimeUnit::kYear:
      return "YEAR";
    case TimeUnit::kQuarter:
      return "QUARTER";
    case TimeUnit::kMonth:
      return "MONTH";
    case TimeUnit::kWeek:
      return "WEEK";
    case TimeUnit::kDay:
      return "DAY";
    case TimeUnit::kHour:
      return "HOUR";
    case TimeUnit::kMinute:
      return "MINUTE";
    case TimeUnit::kSecond:
      return "SECOND";
    case TimeUnit::kMillisecond:
      return "MILLISECOND";
    case TimeUnit::kMicrosecond:
      return "MICROSECOND";
    case TimeUnit::kNanosecond:
      return "NANOSECOND";
    case TimeUnit::kDow:
      return "DOW";
    case TimeUnit::kDoy:
      return "DOY";
    case TimeUnit::kIsoDow:
      return "ISODOW";
    case TimeUnit::kIsoYear:
      return "ISOYEAR";
    case TimeUnit::kEpoch:
      return "EPOCH";
  }
  WEIR_UNREACHABLE();
}

SqlWriter& SqlWriter::Put(std::string_view text) {
  text_ += text;
  return *this;
}
SqlWriter& SqlWriter::PutIf(bool condition, std::string_view text) {
  return condition ? Put(text) : *this;
}
SqlWriter& SqlWriter::PutString(std::string_view content) {
  return Put(std::string_view(QuoteString(content)));
}
SqlWriter& SqlWriter::PutNumber(uint64_t number) {
  return Put(std::string_view(std::to_string(number)));
}

SqlWriter& SqlWriter::Put(const Identifier& node) {
  const bool plain = !node.quoted && IsPlainName(node.text, is_reserved_);
  return Put(std::string_view(plain ? node.text : QuoteIdentifier(node.text)));
}
SqlWriter& SqlWriter::Put(const Name& node) {
  if (node.is_file) return PutString(node.last().text);
  return PutList(node.parts, ".");
}
SqlWriter& SqlWriter::Put(const Text& node) {
  return PutString(node.text);
}
SqlWriter& SqlWriter::Put(const Reference& node) {
  if (node.is_string) return PutString(node.text);
  return Put(Identifier{node.text, node.quoted, node.span});
}
SqlWriter& SqlWriter::Put(const Property& node) {
  const std::string text = QuoteOption(node.key.text) + " = " + QuoteOption(node.value.text);
  return Put(std::string_view(text));
}

SqlWriter& SqlWriter::PutWith(const Properties& options) {
  if (options.empty()) return *this;
  return Put(" WITH ").PutParenthesised(options);
}
SqlWriter& SqlWriter::PutComment(const std::optional<Text>& comment) {
  return comment ? Put(" COMMENT ").Put(*comment) : *this;
}

SqlWriter& SqlWriter::Put(const IntervalQualifier& node) {
  Put(TimeUnitName(node.from));
  if (node.precision) {
    Put("(").PutNumber(static_cast<uint64_t>(*node.precision));
    if (node.fractional_precision && !node.to) {
      Put(", ").PutNumber(static_cast<uint64_t>(*node.fractional_precision));
    }
    Put(")");
  }
  if (!node.to) return *this;
  Put(" TO ").Put(TimeUnitName(*node.to));
  if (node.fractional_precision) {
    Put("(").PutNumber(static_cast<uint64_t>(*node.fractional_precision)).Put(")");
  }
  return *this;
}

SqlWriter& SqlWriter::Put(const FieldType& node) {
  Put(node.name).Put(" ").Put(*node.type);
  return node.comment ? Put(" ").Put(*node.comment) : *this;
}

SqlWriter& SqlWriter::Put(const DataType& node) {
  Put(WordsOf(node.kind)).Put(node.name);
  if (node.precision) {
    Put("(").PutNumber(static_cast<uint64_t>(*node.precision));
    if (node.scale) Put(", ").PutNumber(static_cast<uint64_t>(*node.scale));
    Put(")");
  }
  if (node.kind == TypeKind::kTimestampTz) Put(" WITH TIME ZONE");
  if (node.kind == TypeKind::kInterval) Put(" ").Put(node.interval);
  if (!node.arguments.empty()) Put("<").PutList(node.arguments).Put(">");
  if (node.kind == TypeKind::kRow) Put("<").PutList(node.fields).Put(">");
  if (node.kind == TypeKind::kRaw) PutParenthesised(node.texts);
  if (node.kind == TypeKind::kStructured) {
    Put("<").PutList(node.texts).PutIf(!node.fields.empty(), ", ").PutList(node.fields).Put(">");
  }
  PutIf(node.nullability == Nullability::kNull, " NULL");
  return PutIf(node.nullability == Nullability::kNotNull, " NOT NULL");
}

namespace {

template <typename Node>
std::string Write(const Node& node) {
  SqlWriter writer;
  writer.Put(node);
  return writer.Take();
}

}  // namespace

std::string ToSql(const Statement& statement) {
  return Write(statement);
}
std::string ToSql(const Statement& statement, ReservedWords is_reserved) {
  return SqlWriter(is_reserved).Put(statement).Take();
}
std::string ToSql(const Query& query) {
  return Write(query);
}
std::string ToSql(const Expr& expr) {
  return Write(expr);
}
std::string ToSql(const TableRef& table) {
  return Write(table);
}
std::string ToSql(const Pattern& pattern) {
  return Write(pattern);
}
std::string ToSql(const StateOf& state) {
  SqlWriter writer;
  writer.Put(state);
  return writer.Take();
}
std::string ToSql(const DataType& type) {
  return Write(type);
}
std::string ToSql(const WindowSpec& window) {
  return Write(window);
}
std::string ToSql(const TableElement& element) {
  return Write(element);
}
std::string ToSql(const Identifier& identifier) {
  return Write(identifier);
}
std::string ToSql(const Name& name) {
  return Write(name);
}
std::string ToSql(const IntervalQualifier& qualifier) {
  return Write(qualifier);
}

}  // namespace weir::ast
