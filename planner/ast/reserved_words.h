// The words that name nothing unless quoted.
#pragma once

#include <string_view>

namespace weir::ast {

// True for words (in any case) that the grammar does not take as an identifier without quotes.
// A test compares the list with the grammar. A search of some hundred words; any thread.
bool IsReservedWord(std::string_view word);

}  // namespace weir::ast
