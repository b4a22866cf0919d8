// The words that are no names in Flink SQL unless they are in back-ticks.
#pragma once

#include <string_view>

namespace weir::shell::flink {

// In any case. They are many more than ours: VALUE, YEAR, DATETIME, ….
bool IsFlinkWord(std::string_view word);

}  // namespace weir::shell::flink
