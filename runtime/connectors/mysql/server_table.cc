#include "runtime/connectors/mysql/server_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "runtime/base/hash.h"
#include "runtime/base/names.h"

namespace weir::connectors::mysql {
namespace {

// The parts of "db.`a table`": one or two.
std::optional<std::vector<std::string>> PartsOf(std::string_view name) {
  std::vector<std::string> parts;
  while (!name.empty()) {
    std::string part;
    if (name.front() == '`') {
      name.remove_prefix(1);
      bool closed = false;
      while (!name.empty() && !closed) {
        const bool doubled = name.starts_with("``");
        closed = name.front() == '`' && !doubled;
        if (!closed) part += name.front();
        name.remove_prefix(doubled ? 2 : 1);
      }
      if (!closed) return std::nullopt;
    } else {
      const size_t end = std::min(name.find('.'), name.size());
      part = name.substr(0, end);
      name.remove_prefix(end);
    }
    if (part.empty()) return std::nullopt;
    parts.push_back(std::move(part));
    if (name.empty()) return parts;
    if (name.front() != '.' || name.size() == 1) return std::nullopt;
    name.remove_prefix(1);
  }
  return std::nullopt;
}

int NumberOf(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Status NoSuchTable(Connection& connection, const std::string& name, const std::string& schema) {
  std::vector<std::string> tables;
  const Result<Answer> known =
      connection.Ask(fmt::format("SELECT TABLE_NAME FROM information_schema.TABLES "
                                 "WHERE TABLE_SCHEMA = {} LIMIT 10000",
                                 schema));
  for (int i = 0; known.ok() && i < known->rows(); ++i) tables.emplace_back(known->Text(i, 0));
  return Status::NotFound(fmt::format("MySQL has no table '{}'", name))
      .WithId("E4010")
      .WithHint(DidYouMean(name, tables));
}

Status ReadColumns(Connection& connection, const std::string& where, ServerTable& table) {
  const Answer columns = TRY(connection.Ask(
      fmt::format("SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, "
                  "COALESCE(NUMERIC_SCALE, DATETIME_PRECISION, 0), COALESCE(NUMERIC_PRECISION, 0) "
                  "FROM information_schema.COLUMNS WHERE {} ORDER BY ORDINAL_POSITION",
                  where)));
  for (int i = 0; i < columns.rows(); ++i) {
    ServerColumn& column = table.columns.emplace_back();
    column.name = columns.Text(i, 0);
    column.type = ToLower(columns.Text(i, 1));
    column.whole = columns.Text(i, 2);
    column.collation = columns.Text(i, 3);
    column.nullable = columns.Text(i, 4) == "YES";
    column.scale = NumberOf(columns.Text(i, 5));
    column.digits = NumberOf(columns.Text(i, 6));
  }
  return {};
}

Status ReadKeys(Connection& connection, const std::string& where, ServerTable& table) {
  const Answer keys = TRY(connection.Ask(
      fmt::format("SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS "
                  "WHERE {} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, "
                  "SEQ_IN_INDEX",
                  where)));
  std::string last;
  std::vector<bool> whole;
  for (int i = 0; i < keys.rows(); ++i) {
    if (i == 0 || keys.Text(i, 0) != last) {
      table.unique.emplace_back();
      whole.push_back(true);
      last = keys.Text(i, 0);
    }
    // An expression has no column; a part of a text is unique, and sorted, as that part.
    whole.back() = whole.back() && !keys.IsNull(i, 1) && keys.IsNull(i, 2);
    table.unique.back().emplace_back(keys.Text(i, 1));
  }
  table.unique_indexes = whole.size();
  for (size_t i = whole.size(); i-- > 0;) {
    if (!whole[i]) table.unique.erase(table.unique.begin() + static_cast<ptrdiff_t>(i));
  }
  return {};
}

std::vector<std::string> NamesOf(const std::vector<ServerColumn>& columns) {
  std::vector<std::string> names;
  for (const ServerColumn& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

bool IsOneOf(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

std::string ServerColumn::Selected(bool bits) const {
  const std::string quoted = "weir_t." + QuotedName(name);
  if (type == "float") return fmt::format("({} + 0e0)", quoted);
  if (type == "bit" && !bits) return fmt::format("({} + 0)", quoted);
  return quoted;
}

std::string ServerColumn::Order() const {
  if (IsOneOf(type, {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal"}))
    return "number";
  if (IsOneOf(type, {"char", "varchar"})) return collation.empty() ? "" : collation;
  if (IsOneOf(type, {"binary", "varbinary"})) return "bytes";
  return IsOneOf(type, {"date", "time", "datetime", "timestamp"}) ? type : "";
}

const ServerColumn* ServerTable::Find(std::string_view wanted) const {
  const auto found = std::ranges::find_if(
      columns, [&](const ServerColumn& one) { return EqualsIgnoreCase(one.name, wanted); });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> ServerTable::Key() const {
  for (const std::vector<std::string>& one : unique) {
    const bool usable = std::ranges::all_of(one, [this](const std::string& part) {
      const ServerColumn* const column = Find(part);
      return column != nullptr && !column->nullable && !column->Order().empty();
    });
    if (usable) return one;
  }
  return {};
}

std::string ServerTable::Fingerprint() const {
  std::string text;
  for (const ServerColumn& column : columns) {
    text +=
        fmt::format("{}:{}{} {}", column.name.size(), column.name, column.whole, column.collation);
  }
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

Result<std::string> NameInSql(std::string_view name) {
  const auto parts = PartsOf(name);
  if (!parts || parts->size() > 2)
    return jdbc::WrongOption(fmt::format("'{}' is no name of a table of MySQL", name));
  const std::string last = QuotedName(parts->back());
  return parts->size() == 1 ? last : fmt::format("{}.{}", QuotedName(parts->front()), last);
}

Result<ServerTable> DescribeTable(Connection& connection, const std::string& name) {
  const auto parts = PartsOf(name);
  const std::string schema =
      parts && parts->size() == 2 ? QuotedText(parts->front()) : std::string("DATABASE()");
  if (!parts || parts->size() > 2) return NoSuchTable(connection, name, schema);
  const std::string where =
      fmt::format("TABLE_SCHEMA = {} AND TABLE_NAME = {}", schema, QuotedText(parts->back()));
  const Answer found = TRY(connection.Ask(
      fmt::format("SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.ENGINE, e.TRANSACTIONS = 'YES' "
                  "FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e "
                  "ON e.ENGINE = t.ENGINE WHERE {}",
                  where)));
  if (found.rows() == 0) return NoSuchTable(connection, name, schema);
  ServerTable table;
  table.name = fmt::format("{}.{}", QuotedName(found.Text(0, 0)), QuotedName(found.Text(0, 1)));
  table.engine = found.Text(0, 2);
  table.transactions = found.Text(0, 3) == "1";
  RETURN_IF_ERROR(ReadColumns(connection, where, table));
  RETURN_IF_ERROR(ReadKeys(connection, where, table));
  return table;
}

Result<std::vector<ServerColumn>> ColumnsOf(const ServerTable& table, const Schema& schema,
                                            std::string_view table_of_ddl) {
  std::vector<ServerColumn> columns;
  for (const Field& field : schema.fields) {
    const ServerColumn* const found = table.Find(field.name);
    if (found == nullptr) {
      const std::vector<std::string> names = NamesOf(table.columns);
      std::string hint = DidYouMean(field.name, names);
      if (hint.empty()) hint = fmt::format("its columns are {}", fmt::join(names, ", "));
      return jdbc::WrongOption(
          fmt::format("table {} has the column \"{}\", which {} of MySQL lacks", table_of_ddl,
                      field.name, table.name),
          std::move(hint));
    }
    columns.push_back(*found);
  }
  return columns;
}

Status CheckKey(const ServerTable& table, const std::vector<ServerColumn>& key,
                std::string_view table_of_ddl) {
  const std::vector<std::string> names = NamesOf(key);
  const bool unique = std::ranges::any_of(
      table.unique, [&](const auto& one) { return std::ranges::is_permutation(one, names); });
  if (unique) return {};
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + QuotedName(name);
  return jdbc::WrongOption(
      fmt::format("the PRIMARY KEY of table {} is neither the primary key of "
                  "{} of MySQL nor unique there",
                  table_of_ddl, table.name),
      fmt::format("there: ALTER TABLE {} ADD PRIMARY KEY ({})", table.name, list));
}

}  // namespace weir::connectors::mysql
