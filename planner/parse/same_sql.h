// Whether two texts say the same to a reader who does not look at how they are written.
#pragma once

#include <string_view>

namespace weir::parse {

// True where the trees are the same, printed as words: blanks, comments, the case of words that are
// no names where they stand (SQL's own, types, functions), quotes around names, an AS that may be
// left out, parentheses without a meaning and the order of options do not count. The case of names
// and of literals does: another case may be another column, and an operator's uid is made of names.
// Never fails; of texts that cannot be parsed the words are compared.
bool IsSameSql(std::string_view a, std::string_view b);

}  // namespace weir::parse
