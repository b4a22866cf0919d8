#include "runtime/connectors/postgres/server_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "runtime/base/hash.h"
#include "runtime/base/names.h"
#include "runtime/entropy.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

Status NoSuchTable(Connection& connection, const std::string& name, const std::string& said) {
  std::vector<std::string> tables;
  const Result<Answer> known = connection.Ask(
      "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') "
      "AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema') LIMIT "
      "10000");
  for (int i = 0; known.ok() && i < known->rows(); ++i) tables.emplace_back(known->Text(i, 0));
  return Status::NotFound(fmt::format("PostgreSQL has no table '{}'{}", name, said))
      .WithId("E4010")
      .WithHint(DidYouMean(name, tables));
}

// With what each column is sorted by: the default operator class of its type, where it has one of
// its own. A domain has that of what it is made of, and varchar that of text; of arrays, enums and
// the like the class is that of all such types, and orders each in another way.
constexpr const char* kColumns =
    "SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), NULL), "
    "concat_ws(' ', coalesce(o.family, quote_ident(bn.nspname) || '.' || quote_ident(b.typname)), "
    "(SELECT quote_ident(cn.nspname) || '.' || quote_ident(c.collname) FROM pg_collation c "
    "JOIN pg_namespace cn ON cn.oid = c.collnamespace WHERE c.oid = a.attcollation)), "
    "o.equal, o.greater, o.at_least "
    "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
    "CROSS JOIN LATERAL (WITH RECURSIVE below(type) AS (SELECT a.atttypid UNION "
    "SELECT d.typbasetype FROM below JOIN pg_type d ON d.oid = below.type WHERE d.typtype = 'd') "
    "SELECT CASE d.oid WHEN 'pg_catalog.varchar'::regtype THEN 'pg_catalog.text'::regtype::oid "
    "ELSE d.oid END AS type FROM below JOIN pg_type d ON d.oid = below.type "
    "WHERE d.typtype <> 'd') base "
    "JOIN pg_type b ON b.oid = base.type JOIN pg_namespace bn ON bn.oid = b.typnamespace "
    "LEFT JOIN LATERAL (SELECT quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family, "
    "max(m.written) FILTER (WHERE m.strategy = 3) AS equal, "
    "max(m.written) FILTER (WHERE m.strategy = 5) AS greater, "
    "max(m.written) FILTER (WHERE m.strategy = 4) AS at_least "
    "FROM pg_opclass c JOIN pg_am am ON am.oid = c.opcmethod AND am.amname = 'btree' "
    "JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace fn ON fn.oid = f.opfnamespace "
    "CROSS JOIN LATERAL (SELECT amopstrategy AS strategy, "
    "format('OPERATOR(%I.%s)', pn.nspname, p.oprname) AS written FROM pg_amop "
    "JOIN pg_operator p ON p.oid = amopopr JOIN pg_namespace pn ON pn.oid = p.oprnamespace "
    "WHERE amopfamily = f.oid AND amoplefttype = c.opcintype AND amoprighttype = c.opcintype) m "
    "WHERE c.opcdefault AND c.opcintype = base.type GROUP BY 1) o ON true "
    "WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

Status ReadColumns(Connection& connection, const std::vector<std::string>& oid,
                   ServerTable& table) {
  const Answer columns = TRY(connection.Ask(kColumns, oid));
  for (int i = 0; i < columns.rows(); ++i) {
    ServerColumn& column = table.columns.emplace_back();
    column.name = columns.Text(i, 0);
    column.type = columns.Text(i, 1);
    column.order = columns.Text(i, 2);
    if (columns.IsNull(i, 3)) continue;
    column.operators = {std::string(columns.Text(i, 3)), std::string(columns.Text(i, 4)),
                        std::string(columns.Text(i, 5))};
  }
  return {};
}

Status ReadKeys(Connection& connection, const std::vector<std::string>& oid, ServerTable& table) {
  const Answer keys = TRY(connection.Ask(
      "SELECT i.indexrelid, i.indisprimary, a.attname FROM pg_index i "
      "CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place) "
      "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number "
      "WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate "
      "AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts "
      "ORDER BY i.indisprimary DESC, i.indexrelid, k.place",
      oid));
  std::string last;
  for (int i = 0; i < keys.rows(); ++i) {
    if (keys.Text(i, 0) != last) {
      table.unique.emplace_back();
      last = keys.Text(i, 0);
    }
    table.unique.back().emplace_back(keys.Text(i, 2));
    if (keys.Text(i, 1) == "t") table.primary_key.emplace_back(keys.Text(i, 2));
  }
  return {};
}

}  // namespace

const ServerColumn* ServerTable::Find(std::string_view wanted) const {
  const auto spelled = [this](std::string_view text) -> const ServerColumn* {
    const auto found = std::ranges::find(columns, text, &ServerColumn::name);
    return found == columns.end() ? nullptr : &*found;
  };
  const ServerColumn* const found = spelled(wanted);
  return found != nullptr ? found : spelled(ToLower(wanted));
}

std::string ServerTable::Fingerprint() const {
  std::string text;
  for (const ServerColumn& column : columns)
    text += fmt::format("{}:{}{}", column.name.size(), column.name, column.type);
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

Result<ServerTable> DescribeTable(Connection& connection, const std::string& name) {
  const std::vector<std::string> named = {name};
  Result<Answer> found = connection.Ask(
      "SELECT oid, oid::regclass::text, relkind, relkind = 'r' AND EXISTS (SELECT FROM pg_inherits "
      "WHERE inhparent = oid), row_security_active(oid) FROM pg_class WHERE oid = to_regclass($1)",
      named);
  // A text that is no name is an error.
  if (!found.ok() && connection.lost()) return found.status();
  if (!found.ok())
    return NoSuchTable(connection, name, fmt::format(": {}", found.status().message()));
  if (found->rows() == 0) return NoSuchTable(connection, name, "");
  ServerTable table;
  table.name = found->Text(0, 1);
  table.kind = found->Text(0, 2).front();
  table.has_children = found->Text(0, 3) == "t";
  table.hides_rows = found->Text(0, 4) == "t";
  const std::vector<std::string> oid = {std::string(found->Text(0, 0))};
  table.oid = static_cast<uint32_t>(std::strtoul(oid.front().c_str(), nullptr, 10));
  RETURN_IF_ERROR(ReadColumns(connection, oid, table));
  RETURN_IF_ERROR(ReadKeys(connection, oid, table));
  if (table.has_children) table.primary_key.clear();
  return table;
}

std::string StageName(std::string_view what) {
  if (DefectPlanted("postgres-stage-hides")) return fmt::format("pg_temp.weir_{}", what);
  return fmt::format("pg_temp.weir_{}_{:016x}", what, DrawEntropy());
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
      return Status::InvalidSql(
                 fmt::format("table {} has the column \"{}\", which {} of PostgreSQL "
                             "lacks",
                             table_of_ddl, field.name, table.name))
          .WithId("E2008")
          .WithHint(std::move(hint));
    }
    if (found->type == "box[]") {
      return Status::InvalidSql(
                 fmt::format(
                     "\"{}\" of PostgreSQL's {} is an array of boxes, which is written in a "
                     "way of its own and not read",
                     found->name, table.name))
          .WithId("E2008")
          .WithHint("leave the column out, or read a view that casts it");
    }
    columns.push_back(*found);
  }
  return columns;
}

std::vector<std::string> SortedBy(const ServerTable& table) {
  std::vector<std::string> sorted;
  for (const std::string& name : table.primary_key) sorted.push_back(table.Find(name)->order);
  return sorted;
}

Status CheckKey(const ServerTable& table, const std::vector<ServerColumn>& key,
                std::string_view table_of_ddl) {
  const std::vector<std::string> names = NamesOf(key);
  std::vector<std::string> sorted = names;
  std::ranges::sort(sorted);
  for (std::vector<std::string> unique : table.unique) {
    std::ranges::sort(unique);
    if (unique == sorted) return {};
  }
  return Status::InvalidSql(fmt::format("the PRIMARY KEY of table {} is neither the primary key of "
                                        "{} of PostgreSQL nor unique there",
                                        table_of_ddl, table.name))
      .WithId("E2008")
      .WithHint(
          fmt::format("there: ALTER TABLE {} ADD PRIMARY KEY ({})", table.name, NameList(names)));
}

std::vector<std::string> NamesOf(const std::vector<ServerColumn>& columns) {
  std::vector<std::string> names;
  for (const ServerColumn& column : columns) names.push_back(column.name);
  return names;
}

std::string NameList(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ", ";
    list += QuotedName(name);
  }
  return list;
}

}  // namespace weir::connectors::postgres
