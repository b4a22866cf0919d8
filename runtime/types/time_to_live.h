// The time-to-live of an operator's state in words.
#pragma once

#include <string>

#include "runtime/types/state_schema.h"

namespace weir {

// "none", "3600000 ms", or one a table where they differ: "left: 3600000 ms; right: none".
std::string TimeToLiveInWords(const OperatorStateSchema& state);

}  // namespace weir
