// Completion of the word under the cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/engine.h"

namespace weir::shell {

// The candidates for the word at the end of `text`, which is what was typed of the statement so
// far, sorted and without duplicates: tables behind FROM, JOIN, INTO, TABLE and DESCRIBE; jobs
// behind JOB; options behind SET '; options and names of connectors and formats in the WITH of a
// CREATE TABLE; otherwise columns of tables that the text names, functions and keywords. Keywords
// follow the case of the word. Empty when nothing fits.
std::vector<std::string> Complete(EngineSession& engine, std::string_view text);
// The part of `text` that candidates replace: its last word with its quotes.
std::string_view LastWord(std::string_view text);

}  // namespace weir::shell
