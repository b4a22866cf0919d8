#include "runtime/checkpoint/retyped_calls.h"

#include <algorithm>

#include "runtime/checkpoint/meaning_versions.h"
#include "runtime/types/widening.h"

namespace weir::checkpoint {
namespace {

// What was a STRING of any length whatever its argument was, and has a length since version 6.
// GREATEST and LEAST had the length of their first argument.
constexpr std::string_view kRetyped[] = {"MD5(",     "SHA1(",     "SHA224(", "SHA256(", "SHA384(",
                                         "SHA512(",  "SHA2(",     "LEFT(",   "RIGHT(",  "OVERLAY(",
                                         "INITCAP(", "GREATEST(", "LEAST("};

bool IsBefore6(const std::vector<MeaningPart>& meaning) {
  return VersionOf(meaning) < 6;
}

bool HasRetypedCall(std::string_view text) {
  return std::ranges::any_of(
      kRetyped, [&](std::string_view call) { return text.find(call) != std::string_view::npos; });
}

bool IsText(std::string_view type) {
  return type == "STRING" || type.starts_with("VARCHAR(") || type.starts_with("CHAR(");
}

}  // namespace

bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text, const Type& saved,
                const Type& wanted) {
  return IsBefore6(meaning) && HasRetypedCall(text) && HaveSameBytes(saved, wanted);
}

bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text,
                std::string_view saved, std::string_view wanted) {
  return IsBefore6(meaning) && HasRetypedCall(text) && IsText(saved) && IsText(wanted);
}

}  // namespace weir::checkpoint
