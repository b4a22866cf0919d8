// The result of CREATE FUNCTION … RETURN …: a function that is SQL itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "planner/catalog/table_definition.h"
#include "runtime/types/type.h"

namespace weir::ast {
struct FunctionSignature;
}  // namespace weir::ast
namespace weir::expr {
struct ForeignFunction;
}  // namespace weir::expr

namespace weir::catalog {

struct FunctionParameter {
  std::string name;
  Type type;
};

// A function's call is replaced by its body, so it has neither a node nor a uid of its own. The
// body is bound anew at each call, so that changes to what it reads take effect. Immutable once
// shared.
struct FunctionDefinition {
  ObjectName name;  // of a system function the database that was current
  bool temporary = false;
  bool system = false;  // found before the built-in functions, from every database
  std::vector<FunctionParameter> parameters;
  // The type of a scalar function's value; nothing for a table function, whose columns come next.
  std::optional<Type> returns;
  std::vector<FunctionParameter> columns;
  // The body; its spans point into `create_text`.
  std::shared_ptr<const ast::FunctionSignature> text;
  // Of a function in another language, which has no body here; else null. Lives forever.
  const expr::ForeignFunction* foreign = nullptr;
  std::string comment;
  // Unqualified names inside resolve as they did when the function was created.
  std::string current_catalog;
  std::string current_database;
  std::string create_text;

  // "net(gross DECIMAL(10, 2), rate DOUBLE) RETURNS DECIMAL(10, 2)".
  std::string Signature() const;
};
using FunctionPtr = std::shared_ptr<const FunctionDefinition>;

}  // namespace weir::catalog
