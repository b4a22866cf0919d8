// Upper, lower and title case of text, by the tables of ICU. No language's own rules apply (the
// root locale), as with Java's Locale.ROOT: 'i' becomes 'I' everywhere.
#pragma once

#include <string_view>

#include "runtime/expr/kernel.h"

namespace weir::expr {

// Append `text`, which may become longer: "ß" is "SS" in upper case. Bytes that are not UTF-8
// become U+FFFD.
void AppendUpper(std::string_view text, TextBuilder& out);
// A sigma at the end of a word becomes 'ς'.
void AppendLower(std::string_view text, TextBuilder& out);
// Each word begins in title case and goes on in lower case. A word is a run of letters, their
// marks, and digits.
void AppendInitialUpper(std::string_view text, TextBuilder& out);

}  // namespace weir::expr
