// The history of statements on the disk, which several shells share.
#pragma once

#include <histedit.h>

#include <string>

namespace weir::shell {

inline constexpr int kStatementsKept = 10'000;

// Reads the newest kStatementsKept entries of the file into `history`, and cuts the file down to
// them once it has twice as many. No error: a file that cannot be read is no history.
void LoadHistory(History* history, const std::string& path);
// Appends a statement to the file, behind what other shells have appended; does nothing where that
// fails. The format is that of libedit (a line an entry, encoded by vis(3)), so that a statement of
// several lines comes back whole. Only its owner can read a file that is made.
void AppendHistory(const std::string& statement, const std::string& path);

}  // namespace weir::shell
