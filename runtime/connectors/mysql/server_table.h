// A table of MySQL or MariaDB as its server knows it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/key_order.h"
#include "runtime/connectors/mysql/connection.h"
#include "runtime/types/schema.h"

namespace weir::connectors::mysql {

struct ServerColumn {
  std::string name;       // as the server spells it
  std::string type;       // DATA_TYPE: "int", "varchar", "datetime"
  std::string whole;      // COLUMN_TYPE: "int(10) unsigned", "enum('a','b')"
  std::string collation;  // "" where it is no text
  bool nullable = true;
  int scale = 0;   // of a DECIMAL, or of a time: digits of seconds
  int digits = 0;  // of a DECIMAL

  // The expression that a query selects for its value: a FLOAT as all of its digits, a BIT and a
  // YEAR as a number. `bits`: bytes are wanted.
  std::string Selected(bool bits) const;
  // What it is sorted by as a part of a key; "" where that is not what its text is compared by.
  std::string Order() const;
};

// Whether a DATA_TYPE is among some.
bool IsOneOf(std::string_view type, std::initializer_list<std::string_view> types);

struct ServerTable {
  std::string name;    // as SQL has it, in back quotes and with its database
  std::string engine;  // "" for a view
  bool transactions = false;
  std::vector<ServerColumn> columns;
  // The columns of each index that allows no equal rows and of whole columns, those of the primary
  // key first.
  std::vector<std::vector<std::string>> unique;
  size_t unique_indexes = 0;  // also those of parts of columns and of expressions

  // Names are compared ignoring case, as there.
  const ServerColumn* Find(std::string_view name) const;
  // The first unique columns that cannot be NULL: the primary key, if there is one. Empty: none.
  std::vector<std::string> Key() const;
  // Changes when the columns' names or types do.
  std::string Fingerprint() const;
};

// `name` as SQL has it: "orders", "sales.orders", "`a table`". kNotFound E4010 with what may have
// been meant.
Result<ServerTable> DescribeTable(Connection& connection, const std::string& name);

// The name of a table, in back quotes part by part. kInvalidSql E2008 for one that is none.
Result<std::string> NameInSql(std::string_view name);

// For each field its column there. kInvalidSql E2008 where there is none.
Result<std::vector<ServerColumn>> ColumnsOf(const ServerTable& table, const Schema& schema,
                                            std::string_view table_of_ddl);

// kInvalidSql E2008 unless the columns of the PRIMARY KEY of the DDL are a key of the table there,
// in any order.
Status CheckKey(const ServerTable& table, const std::vector<ServerColumn>& key,
                std::string_view table_of_ddl);

}  // namespace weir::connectors::mysql
