#include "runtime/types/widening.h"

#include <algorithm>

namespace weir {
namespace {

bool IsWiderInteger(const Type& saved, const Type& wanted) {
  return saved.is_integer() && wanted.is_integer() && saved.value_bytes() < wanted.value_bytes();
}

// VARCHAR keeps values at their own length, so a longer maximum changes none. CHAR(n) pads to n: a
// CHAR of another length would have other values.
bool IsLongerString(const Type& saved, const Type& wanted) {
  const bool text = wanted.kind() == TypeKind::kVarChar &&
                    (saved.kind() == TypeKind::kVarChar || saved.kind() == TypeKind::kChar);
  const bool bytes = wanted.kind() == TypeKind::kVarBinary &&
                     (saved.kind() == TypeKind::kVarBinary || saved.kind() == TypeKind::kBinary);
  return (text || bytes) && saved.precision() <= wanted.precision();
}

// Values are stored as unscaled integers, which do not depend on the precision.
bool IsLongerDecimal(const Type& saved, const Type& wanted) {
  return saved.kind() == TypeKind::kDecimal && wanted.kind() == TypeKind::kDecimal &&
         saved.scale() == wanted.scale() && saved.precision() < wanted.precision();
}

bool IsLongerTimestamp(const Type& saved, const Type& wanted) {
  return saved.is_timestamp() && saved.kind() == wanted.kind() &&
         saved.physical() == wanted.physical() && saved.precision() < wanted.precision();
}

// Texts and bytes keep their own lengths within lists and rows, too. Other values within them are
// not converted, so these have to have the same type.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool HoldsLongerStrings(const Type& saved, const Type& wanted) {
  const auto holds = [](const TypeField& from, const TypeField& to) {
    if (from.name != to.name || (from.type.nullable() && !to.type.nullable())) return false;
    return from.type.EqualsIgnoringNullability(to.type) || IsLongerString(from.type, to.type) ||
           HoldsLongerStrings(from.type, to.type);
  };
  return saved.is_nested() && saved.kind() == wanted.kind() &&
         std::ranges::equal(saved.fields(), wanted.fields(), holds);
}

}  // namespace

Widening ValueWidening(const Type& saved, const Type& wanted) {
  if (saved.EqualsIgnoringNullability(wanted)) return Widening::kSame;
  if (IsWiderInteger(saved, wanted) || IsLongerString(saved, wanted)) return Widening::kWider;
  if (saved.kind() == TypeKind::kFloat && wanted.kind() == TypeKind::kDouble)
    return Widening::kWider;
  const bool wider = IsLongerDecimal(saved, wanted) || IsLongerTimestamp(saved, wanted) ||
                     HoldsLongerStrings(saved, wanted);
  return wider ? Widening::kWider : Widening::kNarrow;
}

Widening KeyWidening(const Type& saved, const Type& wanted) {
  if (saved.EqualsIgnoringNullability(wanted)) return Widening::kSame;
  const bool wider = IsWiderInteger(saved, wanted) || IsLongerString(saved, wanted) ||
                     IsLongerDecimal(saved, wanted) || IsLongerTimestamp(saved, wanted);
  return wider ? Widening::kWider : Widening::kNarrow;
}

bool HaveSameBytes(const Type& saved, const Type& wanted) {
  if (saved.is_character()) return wanted.is_character();
  if (saved.is_binary()) return wanted.is_binary();
  if (!saved.is_nested()) return saved.EqualsIgnoringNullability(wanted);
  return saved.kind() == wanted.kind() &&
         std::ranges::equal(saved.fields(), wanted.fields(), HaveSameBytes, &TypeField::type,
                            &TypeField::type);
}

}  // namespace weir
