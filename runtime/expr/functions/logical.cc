// NOT and the tests of truth values. AND and OR are forms of the evaluator, not functions.
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/kernel.h"

namespace weir::expr {
namespace {

Result<ColumnPtr> NotKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  MapUnary<uint8_t>(call, out->mutable_data<uint8_t>(), [](uint8_t a) { return a == 0; });
  return ColumnPtr(std::move(out));
}

enum class Truth : uint8_t { kTrue, kFalse, kUnknown };

template <Truth kTruth, bool kWanted>
Result<ColumnPtr> TruthKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  const Column& arg = *call.args[0];
  const ValueReader<uint8_t> values(arg);
  ForRows(call.rows, [&](uint32_t row) {
    const bool null = arg.IsNull(row);
    const bool holds =
        kTruth == Truth::kUnknown ? null : !null && (values[row] != 0) == (kTruth == Truth::kTrue);
    result[row] = holds == kWanted;
  });
  return ColumnPtr(std::move(out));
}

ScalarFunction TruthTest(std::string_view name, Kernel kernel, std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = "boolean IS [NOT] {TRUE | FALSE | UNKNOWN} → BOOLEAN";
  function.doc = doc;
  function.overloads = {{{kBool}, ReturnsBoolean, kernel}};
  function.nulls = NullRule::kCustom;
  return function;
}

std::vector<ScalarFunction> MakeTable() {
  ScalarFunction negation;
  negation.name = "NOT";
  negation.signature = "NOT boolean → BOOLEAN";
  negation.doc = "TRUE if the argument is FALSE; NULL if it is NULL.";
  negation.overloads = {{{kBool}, ReturnsBoolean, NotKernel}};
  return {
      negation,
      TruthTest("IS TRUE", TruthKernel<Truth::kTrue, true>, "TRUE if the argument is TRUE."),
      TruthTest("IS NOT TRUE", TruthKernel<Truth::kTrue, false>, "TRUE if it is FALSE or NULL."),
      TruthTest("IS FALSE", TruthKernel<Truth::kFalse, true>, "TRUE if the argument is FALSE."),
      TruthTest("IS NOT FALSE", TruthKernel<Truth::kFalse, false>, "TRUE if it is TRUE or NULL."),
      TruthTest("IS UNKNOWN", TruthKernel<Truth::kUnknown, true>, "TRUE if the argument is NULL."),
      TruthTest("IS NOT UNKNOWN", TruthKernel<Truth::kUnknown, false>, "TRUE if it is not NULL."),
  };
}

}  // namespace

std::span<const ScalarFunction> LogicalFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
