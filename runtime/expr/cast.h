// CAST kernels: one function a pair of types, chosen once when an expression is compiled.
#pragma once

#include <memory>
#include <string>

#include "runtime/expr/function.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {

// Buffer for the text of one value at a time, reused from row to row.
struct CastScratch {
  std::string text;
};

// One cast between two types in one time zone. Immutable except for `scratch`, and used by one
// thread.
struct CastPlan {
  Type from;
  Type to;
  bool try_cast = false;  // failures become NULL
  TimeZone zone;
  SourceSpan span;
  CastScratch scratch;
};

// A cast of one batch: the arguments of KernelCall reduced to one column, borrowed for the call.
struct CastCall {
  CastPlan* plan;
  const Column* input;
  ColumnPtr shared_input;  // the same column, for casts that only rename the type
  Rows rows;

  // Result column with the input's NULLs; the bitmap may be shared unless `adds_nulls`.
  MutableColumnPtr MakeResult(bool adds_nulls) const;
};

using CastKernel = Result<ColumnPtr> (*)(CastCall& call);

// REQUIRES: CanCast(from, to).
// kDataError E3001 for a value that does not convert, or NULL under TRY_CAST.
CastKernel FindCastKernel(const Type& from, const Type& to);

// The families of casts, which FindCastKernel asks one after the other. Each returns null for pairs
// of types that belong to another.
CastKernel FindNumericCast(const Type& from, const Type& to);
CastKernel FindStringCast(const Type& from, const Type& to);    // from strings
CastKernel FindToStringCast(const Type& from, const Type& to);  // to strings and bytes
CastKernel FindTemporalCast(const Type& from, const Type& to);

}  // namespace weir::expr
