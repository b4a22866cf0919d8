// CREATE FUNCTION: functions of SQL, and such that another language implements.
#pragma once

#include <optional>
#include <vector>

#include "planner/ast/query.h"

namespace weir::ast {

enum class ResourceKind : uint8_t { kJar, kArtifact, kFile };
// USING JAR 'a', ARTIFACT 'b'; USING 'c'.
struct Resource {
  ResourceKind kind = ResourceKind::kFile;
  Text path;
  friend bool operator==(const Resource&, const Resource&) = default;
};
// VERSION '2', [NOT] DETERMINISTIC, CALLED ON NULL INPUT, RETURNS NULL ON NULL INPUT.
enum class FunctionTraitKind : uint8_t {
  kVersion,
  kDeterministic,
  kNotDeterministic,
  kCalledOnNull,
  kNullOnNull,
};
struct FunctionTrait {
  FunctionTraitKind kind = FunctionTraitKind::kVersion;
  Text version;  // of kVersion
  Span span;
  friend bool operator==(const FunctionTrait&, const FunctionTrait&) = default;
};
// The implementation part of CREATE FUNCTION and ALTER FUNCTION.
struct FunctionBody {
  std::optional<Text> implementation;  // class, module, name in a library
  std::optional<Identifier> language;  // JAVA, SCALA, PYTHON, NATIVE
  std::vector<FunctionTrait> traits;
  std::vector<Resource> resources;
  Properties options;
  friend bool operator==(const FunctionBody&, const FunctionBody&) = default;
};
// A parameter of a function, or a column of the table that it returns.
struct FunctionParameter {
  Identifier name;
  DataType type;
  std::optional<Text> comment;
  friend bool operator==(const FunctionParameter&, const FunctionParameter&) = default;
};
// (parameters) RETURNS {type | TABLE (columns)} [LANGUAGE …] [COMMENT …] [RETURN {expression |
// query}].
struct FunctionSignature {
  std::vector<FunctionParameter> parameters;
  std::optional<DataType> returns;         // absent: a table
  std::vector<FunctionParameter> columns;  // of the table
  std::optional<Identifier> language;      // SQL, if any
  std::optional<Text> comment;
  // What the function is. Both are null if it is written in another language (FunctionBody).
  ExprPtr expression;
  QueryPtr query;
  friend bool operator==(const FunctionSignature&, const FunctionSignature&) = default;
};
// CREATE [OR REPLACE] [TEMPORARY [SYSTEM]] FUNCTION [IF NOT EXISTS] name {signature | [signature]
// [AS 'class'] [LANGUAGE …] [USING …]}.
struct CreateFunction {
  bool temporary = false;
  bool replace = false;
  // In no database, so `name` has one part.
  bool system = false;
  bool if_not_exists = false;
  Name name;
  std::optional<FunctionSignature> signature;
  std::optional<FunctionBody> body;  // absent: the signature has an expression or a query
  friend bool operator==(const CreateFunction&, const CreateFunction&) = default;
};

}  // namespace weir::ast
