#include "runtime/expr/functions/list.h"

namespace weir::expr {

std::span<const FunctionFamily> FunctionFamilies() {
  static constexpr FunctionFamily kFamilies[] = {
      {"comparison", ComparisonFunctions},
      {"logical", LogicalFunctions},
      {"arithmetic", ArithmeticFunctions},
      {"rounding", RoundingFunctions},
      {"mathematics", MathFunctions},
      {"string", StringFunctions},
      {"text position", TextPositionFunctions},
      {"pattern", PatternFunctions},
      {"hash and encoding", HashFunctions},
      {"temporal fields", TemporalFieldFunctions},
      {"temporal arithmetic", TemporalArithmeticFunctions},
      {"temporal text", TemporalTextFunctions},
      {"current time", CurrentTimeFunctions},
      {"conditional", ConditionalFunctions},
      {"collection", CollectionFunctions},
  };
  return kFamilies;
}

}  // namespace weir::expr
