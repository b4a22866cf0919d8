// Calls that have had another type since a savepoint was written, although nobody edited the query:
// versions before 6 of the meaning knew MD5(x) as a STRING, which is a CHAR(32) now.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/types/type.h"

namespace weir::checkpoint {

// Whether `wanted` may be the type that the expression `text` was given since `meaning` was
// written, when it had the type `saved`, and values of both have the same bytes. Saved values then
// are such of the wanted type as well, since the call computes the same as before.
bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text, const Type& saved,
                const Type& wanted);
// The same for the types of an output's columns as texts, as the meaning says them.
bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text,
                std::string_view saved, std::string_view wanted);

}  // namespace weir::checkpoint
