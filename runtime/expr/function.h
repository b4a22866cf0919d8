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
#include "runtime/types/time_zone.h"

namespace weir::expr {

// The physical rows of a batch that have to be computed, ascending: ids[0..count), or 0..count-1
// when `ids` is null. Borrowed. `token` identifies the set within one batch: nodes that are shared
// compare tokens to see whether they have computed these rows already.
struct Rows {
  const uint32_t* ids = nullptr;
  uint32_t count = 0;
  uint64_t token = 0;
};

// What a kernel keeps between batches, e.g. a compiled pattern. Each node of each evaluator has its
// own, so kernels need no locks.
class KernelMemory {
 public:
  virtual ~KernelMemory() = default;
};

// One call of a kernel: a function over the rows of one batch, borrowed for the call. REQUIRES of
// kernels: the result has `length` rows. It must be constant when `constant` is set, and may be
// when all of `rows` get the same value.
struct KernelCall {
  const Expr* expression;  // types, literals and span of the call
  // Each of `length` rows; values of other rows than `rows` are arbitrary.
  std::span<const ColumnPtr> args;
  Rows rows;  // row 0 alone when `constant`
  uint32_t length;
  bool constant;  // every argument is constant, so the result is as well
  const EvaluationContext* context;
  Random* random;
  std::unique_ptr<KernelMemory>* memory;
  const BufferPtr& late_marks;  // of the batch

  const Type& type() const { return expression->type; }
  // A column to write the results to. Where the function propagates NULL, the arguments' NULLs are
  // set already and the bitmap may be shared with them, so a kernel that adds NULLs must take
  // MakeNullableResult().
  MutableColumnPtr MakeResult() const;
  MutableColumnPtr MakeNullableResult() const;
  // The session's zone. REQUIRES: the function's row says that it reads it, or that it depends on
  // more than its arguments, or an argument is a TIMESTAMP_LTZ. Else it would be computed while
  // planning, in UTC.
  Result<TimeZone> SessionZone() const;
  // `status` with the place of the call in the SQL text.
  Status Fail(Status status) const;
};

// Called by many threads. Equal calls give equal columns, except for functions whose row says
// otherwise (Determinism).
using Kernel = Result<ColumnPtr> (*)(const KernelCall& call);

// The types that an argument may have. Narrower arguments are cast implicitly to kInt, kBigInt and
// kDouble.
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

// Computes the result type for coerced arguments; it may look at literals among them, such as a
// precision or a unit. Where the function propagates NULL, the binder makes the result nullable
// when an argument is.
using TypeRule = Result<Type> (*)(std::span<const ExprPtr> args);
// Changes the argument types to those that the kernel takes together; false when they do not fit.
using Unifier = bool (*)(std::span<const ExprPtr> args, std::vector<Type>& types);

// One list of parameters of a function. Overloads are tried in order and the first that fits is
// taken; arguments are then cast to what the parameters' classes ask for.
struct Overload {
  std::vector<ArgumentClass> params;
  TypeRule result = nullptr;  // null: of a function in another language (ForeignCallType)
  Kernel kernel = nullptr;
  size_t optional = 0;    // how many trailing parameters may be left out
  bool variadic = false;  // the last parameter may repeat
  Unifier unify = nullptr;
  bool can_fail = false;  // as ScalarFunction::can_fail, where it is so of this list alone
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
  bool can_fail = false;  // may return kDataError for some values; ask CanFail of a call
  // Reads the session's zone even when no argument is a TIMESTAMP_LTZ.
  bool reads_zone = false;
};

// Whether a call of a function may give kDataError for some values: it is evaluated only for rows
// that count then, and stays where the query has it.
bool CanFail(const Expr& call);
// Whether a call may depend on the session's zone, or on more than its arguments.
bool DependsOnZone(const Expr& call);
// Every function, in the order of their families. Lives forever.
std::span<const ScalarFunction* const> ListFunctions();
// Finds a function by name or alias, in any case; null when there is none. Any thread.
const ScalarFunction* FindFunction(std::string_view name);
// Whether Flink has a scalar function of this name that is missing here, which errors call "not
// supported yet".
bool IsMissingFunction(std::string_view name);
// `did you mean "UPPER"?` or "".
std::string SuggestFunction(std::string_view name);

}  // namespace weir::expr
