// The time-to-live of an operator's state in words.
#pragma once

#include <string>

#include "runtime/types/state_schema.h"

namespace weir {

// "none" or "3600000 ms"; if the tables differ, each by name: "left: 3600000 ms; right: none".
std::string TimeToLiveInWords(const OperatorStateSchema& state);

}  // namespace weir
