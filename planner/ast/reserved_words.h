// The words that name nothing unless quoted.
#pragma once

#include <string_view>

namespace weir::ast {

// True for words (in any case) that the grammar does not take as an identifier without quotes.
bool IsReservedWord(std::string_view word);

}  // namespace weir::ast
