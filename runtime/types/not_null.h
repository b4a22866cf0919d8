// NULLs where a type says NOT NULL. Only what comes from outside has any; operators rely on there
// being none, as rows of state have no place for them.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/types/column.h"

namespace weir {

// Whether the type, or one within it, is NOT NULL.
bool HasNotNull(const Type& type);
// Whether value `row` is NULL although its type is NOT NULL, or has such an element, key or field
// within it.
bool LacksValue(const Column& column, uint32_t row);
// The way from value `row` to the first such NULL within it, one step behind the other: ".field",
// "[0]", "[key]", "[value]" or, of a multiset, "[element]". "" where it is itself NULL, or nothing
// lacks.
std::string WayToLackingValue(const Column& column, uint32_t row);
// Whether any value of the column may; false at the cost of looking at no value.
bool MayLackValues(const Column& column);

}  // namespace weir
