// Functions of users in other languages: to the planner a function as any other, to the evaluator a
// kernel that hands the rows to whoever runs such functions for the job.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/expr/function.h"
#include "runtime/types/column.h"
#include "runtime/types/type.h"

namespace weir::expr {

enum class ForeignLanguage : uint8_t {
  kPython,  // a module's, in processes of their own
  kNative,  // a shared library's, in this one
};

// What CREATE FUNCTION … AS 'module.function' LANGUAGE PYTHON says, or … LANGUAGE NATIVE USING
// 'library'.
struct ForeignFunction : ScalarFunction {
  ForeignLanguage language = ForeignLanguage::kPython;
  // With its catalog and database: "`default_catalog`.`default_database`.`score`". Different
  // functions of a job have different ones, of both.
  std::string full_name;
  // As expressions and errors have it: "score", "`Score`". With the version, and whether it is
  // called on NULL, what it means for state.
  std::string shown_name;
  std::string implementation;      // "risk.score"; of kNative its name in the library
  std::string library = {};        // of kNative: the path
  std::string version;             // "" where none is said
  std::vector<std::string> names;  // of the parameters, for messages; may be fewer
  std::vector<Type> parameters;
  Type returns;
  // Whether rows with a NULL among their arguments are handed to it; else they give NULL.
  bool called_on_null = false;
};

// The function that the members beyond ScalarFunction describe, whose own members are filled in
// here. Equal descriptions give the same object, which lives forever. Any thread.
// REQUIRES: IsForeignType of its types, and at least one parameter.
const ForeignFunction* InternForeign(ForeignFunction described);
// How messages say where the function is: "risk.score", "/usr/lib/librisk.so".
const std::string& PlaceOf(const ForeignFunction& function);
// The function as such a one; null for the built-in ones and for null.
const ForeignFunction* AsForeign(const ScalarFunction* function);
// Whether the expression calls such a function.
bool CallsForeign(const Expr& expression);
// What a call with these arguments gives.
Type ForeignCallType(const ForeignFunction& function, std::span<const ExprPtr> args);
// Whether such functions take and give values of the type.
bool IsForeignType(const Type& type);

// A call for the rows of one batch; borrowed.
struct ForeignCall {
  const ForeignFunction* function;
  std::span<const ColumnPtr> args;
  Rows rows;  // at least one
};

// Who runs them; one for each job. Called by many threads.
class ForeignRunner {
 public:
  virtual ~ForeignRunner() = default;
  // Writes the values of the rows into `out`, and sets the bits of those that are not NULL; all are
  // clear. kDataError for what the function does wrong, kExternal where its process died.
  virtual Status Call(const ForeignCall& call, Column& out) = 0;
};

}  // namespace weir::expr
