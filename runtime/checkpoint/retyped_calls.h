// Calls that have had another type since a savepoint was written, although nobody edited the query:
// versions before 6 of the meaning knew MD5(x) as a STRING, which is a CHAR(32) now.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/types/type.h"

namespace weir::checkpoint {

// Whether the type of the expression `text` was `saved` in the version that wrote `meaning` and may
// be `wanted` now, and values of both types have the same bytes. Saved values are then also values
// of the wanted type, since the call computes the same as before.
bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text, const Type& saved,
                const Type& wanted);
// As above, for the types of an output's columns as texts, which is how `meaning` has them.
bool WasRetyped(const std::vector<MeaningPart>& meaning, std::string_view text,
                std::string_view saved, std::string_view wanted);

}  // namespace weir::checkpoint
