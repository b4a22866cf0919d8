// The words that cannot be used as names unless they are quoted.
#pragma once

#include <string_view>

namespace weir::ast {

// True for words (in any case) that the grammar does not accept as an identifier without quotes. A
// test compares the list with the grammar.
bool IsReservedWord(std::string_view word);

}  // namespace weir::ast
