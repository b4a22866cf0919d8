// Our types as Hive's clients know them. What Hive lacks (TIME, TIMESTAMP_LTZ, MULTISET) is text
// there, with our name for it beside.
#pragma once

#include <span>
#include <string>

#include "runtime/types/type.h"
#include "shell/engine/session/result_table.h"
#include "shell/rpc/TCLIServiceForTools.h"

namespace weir::shell {

// The schema of a result in Hive's types.
rpc::hive::TTableSchema HiveSchemaOf(std::span<const ResultColumn> columns);

// "int", "decimal(10,2)", "struct<a:int,b:string>": as DESCRIBE of Hive writes it.
std::string HiveTypeName(const Type& type);

// What GetColumns and GetTypeInfo say of a type. -1: it does not apply.
struct JdbcType {
  int number = 0;   // of java.sql.Types
  int size = -1;    // digits, characters or bytes
  int digits = -1;  // after the point
  int radix = -1;
};
JdbcType JdbcTypeOf(const Type& type);

}  // namespace weir::shell
