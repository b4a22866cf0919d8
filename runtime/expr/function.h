// The registry of scalar functions and operators: names, overloads, type rules and kernels. A
// function is one row of a table in functions/<family>.cc; functions/list.cc lists the families.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/expr/evaluator.h"
#include "runtime/expr/expr.h"

namespace weir::expr {

// The physical rows of a batch that have to be computed, ascending: ids[0..count), or 0..count-1
// when `ids` is null. `token` names this set of rows within one batch.
// Borrowed; equal tokens within a batch mean equal sets, so that a shared node is computed once.
struct Rows {
  const uint32_t* ids = nullptr;
  uint32_t count = 0;
  uint64_t token = 0;
};

// What a kernel keeps between batches, e.g. a compiled pattern. Owned by the evaluator's node.
// One a node and thread: kernels need no locks.
class KernelMemory {
 public:
  virtual ~KernelMemory() = default;
};

// One call of a kernel: one function over the rows of one batch.
// Borrowed for one call. REQUIRES of kernels: the result has `length` rows, constant when
// `constant`, and where it is the same for all of `rows` if they like.
struct KernelCall {
  const Expr* expression;  // types, literals and span of the call
  std::span<const ColumnPtr>
      args;   // each of `length` rows; values of other rows than `rows` arbitrary
  Rows rows;  // row 0 alone when `constant`
  uint32_t length;
  bool constant;  // every argument is constant, so the result is as well
  const EvaluationContext* context;
  Random* random;
  std::unique_ptr<KernelMemory>* memory;

  const Type& type() const { return expression->type; }
  // The column to fill. Where the function propagates NULL, the arguments' NULLs are in it already
  // and its bitmap may be shared with theirs: kernels that add NULLs take MakeNullableResult().
  MutableColumnPtr MakeResult() const;
  MutableColumnPtr MakeNullableResult() const;
  // The failure `status` with the place of the call.
  Status Fail(Status status) const;
};

// Pure: equal calls give equal columns, save functions that say otherwise. Called by many threads.
using Kernel = Result<ColumnPtr> (*)(const KernelCall& call);

// What an argument may be; narrower arguments are cast implicitly to kInt, kBigInt, kDouble.
enum class ArgumentClass : uint8_t {
  kAny,
  kBoolean,
  kInt,      // TINYINT, SMALLINT, INT
  kBigInt,   // any integer
  kInteger,  // any integer, unchanged
  kNumeric,  // any number, unchanged
  kExact,    // any integer or DECIMAL, unchanged
  kDouble,   // any number
  kString,   // CHAR or VARCHAR, unchanged
  kBinary,
  kStringOrBinary,
  kDate,
  kTime,
  kTimestamp,  // TIMESTAMP or TIMESTAMP_LTZ, unchanged
  kTemporal,   // DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ
  kInterval,
  kArray,
  kMap,
  kCollection,  // ARRAY, MAP or MULTISET
  kRow,
  kUnit,  // a string literal that names a unit of time: 'YEAR'
};

// The result type for coerced arguments. For functions that propagate NULL the result is also
// nullable when an argument is.
// Sees the arguments after their casts; may look at literals (a precision, a unit).
using TypeRule = Result<Type> (*)(std::span<const ExprPtr> args);
// Changes argument types to those that the kernel takes together; false when they do not fit.
using Unifier = bool (*)(std::span<const ExprPtr> args, std::vector<Type>& types);

// Tried in order; the first whose parameters fit is taken.
// `params` are classes; arguments are cast to what the class asks for.
struct Overload {
  std::vector<ArgumentClass> params;
  TypeRule result;
  Kernel kernel;
  size_t optional = 0;    // how many trailing parameters may be left out
  bool variadic = false;  // the last parameter may repeat
  Unifier unify = nullptr;
};

enum class NullRule : uint8_t {
  kPropagate,  // NULL when an argument is NULL; the kernel sees only rows without
  kCustom,     // the kernel decides
};

enum class Determinism : uint8_t {
  kPure,      // equal arguments, equal result
  kPerQuery,  // fixed while a query runs over bounded input: CURRENT_TIMESTAMP
  kPerRow,    // RAND, UUID
};

// A row of a family's table (runtime/expr/functions/): to add a function, add a row.
struct ScalarFunction {
  std::string_view name;  // upper case
  std::vector<std::string_view> aliases;
  // As DESCRIBE FUNCTION shows it: "SUBSTR(string, start [, length]) → STRING".
  std::string_view signature;
  std::string_view doc;
  std::vector<Overload> overloads;
  NullRule nulls = NullRule::kPropagate;
  Determinism determinism = Determinism::kPure;
  bool can_fail = false;  // may return kDataError for some values
};

// Every function, in the order of their families. Lives forever.
std::span<const ScalarFunction* const> ListFunctions();
// By name or alias, in any case; null when there is none.
// A look-up in a table that is made once; any thread.
const ScalarFunction* FindFunction(std::string_view name);
// Whether it is a scalar function of Flink that is not built: to be called "not supported yet".
bool IsMissingFunction(std::string_view name);
// `did you mean "UPPER"?` or "".
std::string SuggestFunction(std::string_view name);

}  // namespace weir::expr
