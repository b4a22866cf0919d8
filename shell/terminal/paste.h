// What is pasted into a terminal that marks pastes ("bracketed paste", DEC private mode 2004): its
// text comes between ESC [200~ and ESC [201~.
#pragma once

#include <optional>
#include <string>

namespace weir::shell {

// The text behind the first mark, up to the second one, with line feeds at its line ends; what was
// read of `input` beyond that is appended to `unread`. Nothing when a signal or the end of input
// comes first, or when nothing comes for some seconds.
std::optional<std::string> ReadPaste(int input, std::string& unread);

// A pasted text, which may have several lines.
struct PastedText {
  std::string first;       // up to its first newline
  bool has_lines = false;  // whether there is one
  std::string lines;       // whole lines behind that, each with its newline
  std::string begun;       // behind the last newline
};
PastedText CutPaste(const std::string& text);

}  // namespace weir::shell
