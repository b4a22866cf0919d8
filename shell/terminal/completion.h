// What the word under the cursor may become.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/engine.h"

namespace weir::shell {

// Candidates for the word that ends at the end of `text` (everything typed so far of the
// statement): tables behind FROM, JOIN, INTO, TABLE and DESCRIBE; jobs behind JOB; options behind
// SET '; in the WITH of a CREATE TABLE the options of connectors and formats, and their names as
// values; else columns of tables that the text names, functions and keywords. In the word's case
// where it is a keyword. Sorted, without duplicates.
// Empty where nothing fits.
std::vector<std::string> Complete(Engine& engine, std::string_view text);
// The part of `text` that candidates replace: its last word, quotes included.
std::string_view LastWord(std::string_view text);

}  // namespace weir::shell
