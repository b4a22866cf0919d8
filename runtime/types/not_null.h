// NULLs where a type says NOT NULL. Only what comes from outside has any; operators rely on there
// being none, as rows of state have no place for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/types/column.h"

namespace weir {

// Whether the type, or one within it, is NOT NULL.
bool HasNotNull(const Type& type);
// Whether value `row` is NULL although its type is NOT NULL, or has such an element, key or field
// within it.
bool LacksValue(const Column& column, uint32_t row);
// In words, what of value `row` of the column of this name lacks, with the way to it, one StepInto
// behind the other. REQUIRES: LacksValue.
std::string WhatLacks(const Column& column, uint32_t row, std::string_view name);
// The step from a value of a nested type to one within it, the `place`-th of its column number
// `child`: ".field", "[0]", "[key]", "[value]" or, of a multiset, "[element]".
std::string StepInto(const Type& type, size_t child, size_t place);
// Whether any value of the column may; false at the cost of looking at no value.
bool MayLackValues(const Column& column);

}  // namespace weir
