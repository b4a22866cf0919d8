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
      {"regular expression", RegexFunctions},
      {"formatted text", PrintfFunctions},
      {"hash and base64", HashFunctions},
      {"encoding", EncodingFunctions},
      {"URL", UrlFunctions},
      {"temporal fields", TemporalFieldFunctions},
      {"temporal arithmetic", TemporalArithmeticFunctions},
      {"temporal text", TemporalTextFunctions},
      {"current time", CurrentTimeFunctions},
      {"conditional", ConditionalFunctions},
      {"collection", CollectionFunctions},
      {"array", ArrayFunctions},
      {"ordered values", OrderedValuesFunctions},
      {"map", MapFunctions},
      {"JSON", JsonPathFunctions},
      {"JSON text", JsonTextFunctions},
  };
  return kFamilies;
}

}  // namespace weir::expr
