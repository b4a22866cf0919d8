#include "runtime/expr/cast.h"

#include <cstring>

#include "runtime/base/valid_utf8.h"
#include "runtime/expr/kernel.h"
#include "runtime/fault_point.h"
#include "runtime/types/column_builder.h"

namespace weir::expr {

MutableColumnPtr CastCall::MakeResult(bool adds_nulls) const {
  MutableColumnPtr out = Column::Make(plan->to, input->length(), input->is_constant());
  if (!input->has_validity()) return out;
  if (!adds_nulls) {
    out->ShareValidity(input->validity_buffer());
    return out;
  }
  const size_t words = BitmapWords(out->stored());
  std::memcpy(out->MutableValidity(), input->validity(), words * sizeof(uint64_t));
  return out;
}

namespace {

Result<ColumnPtr> RenameCast(CastCall& call) {
  return call.input->WithType(call.plan->to);
}

// A value is NULL where a part of it could not be cast: where `to` is NULL and `from` is not.
void SetFailedNull(const Column& from, const Column& to, const Rows& rows, Column& out) {
  if (!to.has_validity()) return;
  const bool list = out.type().physical() == PhysicalType::kList;
  const auto judge = [&](uint32_t row) {
    if (out.IsNull(row)) return;
    const uint32_t begin = list ? out.offsets()[row] : row;
    const uint32_t end = list ? out.offsets()[row + 1] : row + 1;
    for (uint32_t i = begin; i < end; ++i) {
      if (to.IsNull(i) && !from.IsNull(i)) return out.SetNull(row);
    }
  };
  if (out.is_constant()) {
    judge(0);
  } else {
    ForRows(rows, judge);
  }
}

// Casts the children of an ARRAY, MAP or ROW as whole columns, then puts them under the same shape.
Result<ColumnPtr> NestedCast(CastCall& call) {
  const Column& input = *call.input;
  MutableColumnPtr out = call.MakeResult(/*adds_nulls=*/call.plan->try_cast);
  const bool list = input.type().physical() == PhysicalType::kList;
  if (list) {
    std::memcpy(out->mutable_offsets(), input.offsets(), (input.stored() + 1) * sizeof(uint32_t));
  }
  for (size_t i = 0; i < input.children().size(); ++i) {
    const ColumnPtr& child = input.children()[i];
    CastPlan plan = *call.plan;
    plan.from = input.type().fields()[i].type;
    plan.to = call.plan->to.fields()[i].type;
    // Rows below a NULL or deselected parent hold no text that could be parsed.
    const uint32_t rows = child->is_constant() ? 1 : child->length();
    CastCall nested{&plan, child.get(), child, Rows{nullptr, rows, 0}};
    if (!list && !child->is_constant()) nested.rows = call.rows;
    ColumnPtr cast = TRY(FindCastKernel(plan.from, plan.to)(nested));
    if (plan.try_cast) SetFailedNull(*child, *cast, call.rows, *out);
    out->AddChild(std::move(cast));
  }
  return ColumnPtr(std::move(out));
}

bool SameStorage(const Type& from, const Type& to) {
  if (from.EqualsIgnoringNullability(to)) return true;
  // A longer VARCHAR or wider BYTES holds the value as it is; CHAR(n) pads.
  const bool same_family = (from.is_character() && to.kind() == TypeKind::kVarChar) ||
                           (from.is_binary() && to.kind() == TypeKind::kVarBinary);
  if (same_family) return from.length() <= to.length();
  return from.is_character() && to.kind() == TypeKind::kVarBinary &&
         to.length() == Type::kMaxLength;
}

// BYTES to STRING: as they are where all of them are UTF-8.
Result<ColumnPtr> TextCast(CastCall& call) {
  const StringRef* in = call.input->data<StringRef>();
  bool are_text = true;
  ForValidRows(call.rows, call.input->validity(),
               [&](uint32_t row) { are_text = are_text && IsUtf8(in[row].view()); });
  if (are_text || DefectPlanted("cast-keeps-bytes")) return RenameCast(call);
  return FindToStringCast(call.plan->from, call.plan->to)(call);
}

}  // namespace

CastKernel FindCastKernel(const Type& from, const Type& to) {
  if (from.kind() == TypeKind::kNull || SameStorage(from, to)) return RenameCast;
  if (from.is_nested() && to.is_nested()) return NestedCast;
  if (from.is_binary() && to.kind() == TypeKind::kVarChar && to.length() == Type::kMaxLength)
    return TextCast;
  if (CastKernel kernel = FindToStringCast(from, to)) return kernel;
  if (CastKernel kernel = FindStringCast(from, to)) return kernel;
  if (CastKernel kernel = FindNumericCast(from, to)) return kernel;
  CastKernel kernel = FindTemporalCast(from, to);
  WEIR_CHECK(kernel != nullptr);
  return kernel;
}

}  // namespace weir::expr
