// Our types as Hive's clients know them. Types that Hive lacks (TIME, TIMESTAMP_LTZ, MULTISET) are
// sent as text, with our name in a qualifier.
#pragma once

#include <span>
#include <string>

#include "runtime/types/type.h"
#include "shell/engine/session/result_table.h"
#include "shell/rpc/TCLIServiceForTools.h"

namespace weir::shell {

// The schema of a result in Hive's types.
rpc::hive::TTableSchema HiveSchemaOf(std::span<const ResultColumn> columns);

// As Hive's DESCRIBE writes it: "int", "decimal(10,2)", "struct<a:int,b:string>".
std::string HiveTypeName(const Type& type);

// What GetColumns and GetTypeInfo say about a type; -1 where something does not apply.
struct JdbcType {
  int number = 0;   // in java.sql.Types
  int size = -1;    // digits, characters or bytes
  int digits = -1;  // after the decimal point
  int radix = -1;
};
JdbcType JdbcTypeOf(const Type& type);

}  // namespace weir::shell
