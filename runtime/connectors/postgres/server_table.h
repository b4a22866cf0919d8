// A table of PostgreSQL as its server knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/key_order.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/types/schema.h"

namespace weir::connectors::postgres {

using jdbc::BehindKey;
using jdbc::EqualKey;
using jdbc::KeyOperators;
using jdbc::KeyTerm;

struct ServerColumn {
  std::string name;  // as the server spells it
  std::string type;  // without a length: "integer", "character varying", "integer[]"
  KeyOperators operators{"OPERATOR(pg_catalog.=)", "OPERATOR(pg_catalog.>)",
                         "OPERATOR(pg_catalog.>=)"};
  // By what its values are sorted: "pg_catalog.text_ops pg_catalog.\"default\"", the family of its
  // type's operators (or where types of other orders share that, the type) and its collation.
  std::string order;
};

struct ServerTable {
  uint32_t oid = 0;
  std::string name;  // as SQL has it, with quotes and schema where they are needed
  // pg_class.relkind: 'r' a table, 'p' one with partitions, 'v' a view, 'm' a materialised view,
  // 'f' a foreign table.
  char kind = 'r';
  // Other tables inherit from it, whose rows are read with its own and may have their keys. Never
  // of one with partitions.
  bool has_children = false;
  bool hides_rows = false;  // policies apply to the role of the connection
  std::vector<ServerColumn> columns;
  std::vector<std::string> primary_key;  // empty: none
  // The columns of each index that allows no equal rows, those of the primary key first.
  std::vector<std::vector<std::string>> unique;

  // The column that a table's DDL calls so: spelled alike, or in small letters, as SQL folds names
  // that are not quoted.
  const ServerColumn* Find(std::string_view name) const;
  // Changes when the columns' names or types do.
  std::string Fingerprint() const;
};

// `name` is read as SQL reads it: "orders", "sales.orders", "\"Orders\"". kNotFound E4010 with what
// may have been meant.
Result<ServerTable> DescribeTable(Connection& connection, const std::string& name);

// For each field its column there. kInvalidSql E2008 where there is none.
Result<std::vector<ServerColumn>> ColumnsOf(const ServerTable& table, const Schema& schema,
                                            std::string_view table_of_ddl);

// What the columns of the primary key are sorted by.
std::vector<std::string> SortedBy(const ServerTable& table);

// kInvalidSql E2008 unless the columns of the PRIMARY KEY of the DDL are a key of the table there,
// in any order.
Status CheckKey(const ServerTable& table, const std::vector<ServerColumn>& key,
                std::string_view table_of_ddl);

// A name, in SQL, for a temporary table of ours, which no table there has: a trigger's function
// would find ours in the place of its own.
std::string StageName(std::string_view what);

// As they are spelled there, in the same order.
std::vector<std::string> NamesOf(const std::vector<ServerColumn>& columns);
// The names, quoted, with commas between them.
std::string NameList(const std::vector<std::string>& names);

}  // namespace weir::connectors::postgres
