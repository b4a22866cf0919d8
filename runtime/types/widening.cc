#include "runtime/types/widening.h"

namespace weir {
namespace {

bool IsWiderInteger(const Type& saved, const Type& wanted) {
  return saved.is_integer() && wanted.is_integer() && saved.value_bytes() < wanted.value_bytes();
}

// Strings are kept by their own length. CHAR pads, so only its own length means the same.
bool IsLongerString(const Type& saved, const Type& wanted) {
  const bool text = wanted.kind() == TypeKind::kVarChar &&
                    (saved.kind() == TypeKind::kVarChar || saved.kind() == TypeKind::kChar);
  const bool bytes = wanted.kind() == TypeKind::kVarBinary &&
                     (saved.kind() == TypeKind::kVarBinary || saved.kind() == TypeKind::kBinary);
  return (text || bytes) && saved.precision() <= wanted.precision();
}

// Of any precision they are kept as the same digits.
bool IsLongerDecimal(const Type& saved, const Type& wanted) {
  return saved.kind() == TypeKind::kDecimal && wanted.kind() == TypeKind::kDecimal &&
         saved.scale() == wanted.scale() && saved.precision() < wanted.precision();
}

}  // namespace

Widening ValueWidening(const Type& saved, const Type& wanted) {
  if (saved.EqualsIgnoringNullability(wanted)) return Widening::kSame;
  if (IsWiderInteger(saved, wanted) || IsLongerString(saved, wanted)) return Widening::kWider;
  if (saved.kind() == TypeKind::kFloat && wanted.kind() == TypeKind::kDouble)
    return Widening::kWider;
  return IsLongerDecimal(saved, wanted) ? Widening::kWider : Widening::kNarrow;
}

Widening KeyWidening(const Type& saved, const Type& wanted) {
  if (saved.EqualsIgnoringNullability(wanted)) return Widening::kSame;
  const bool wider = IsWiderInteger(saved, wanted) || IsLongerString(saved, wanted) ||
                     IsLongerDecimal(saved, wanted);
  return wider ? Widening::kWider : Widening::kNarrow;
}

}  // namespace weir
