// Reads lines from a terminal: history, editing, completion, colours, pastes (libedit, BSD
// licence).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shell/terminal/completion.h"

namespace weir::shell {

// The input up to a press of Enter, or a signal.
struct InputLine {
  std::string text;    // without its newline; several lines if an entry of the history was recalled
  std::string pasted;  // whole lines that were pasted after it in one go, each with its newline
  int signal = 0;      // SIGINT after Ctrl-C, or one that ends the shell; then there is no text
};

// What the editor asks for while it edits a line. `lines_above` is called several times a second,
// and `highlight` after every key. Only `highlight` may be empty: no colours.
struct EditorHooks {
  // Candidates for the line in front of the cursor, and what follows it.
  std::function<Completions(std::string_view before, std::string_view behind)> complete;
  // The line with escape sequences that colour it and take no columns.
  std::function<std::string(std::string_view line)> highlight;
  // Whole lines to be shown above the line that is edited; "" for none.
  std::function<std::string()> lines_above;
};

// One for each process; used by one thread. Follows the size of the terminal. Pasted text is taken
// as it is if the terminal marks it ("bracketed paste"): a tab in it completes nothing.
class LineEditor {
 public:
  virtual ~LineEditor() = default;
  // Nothing at the end of input.
  virtual std::optional<InputLine> ReadLine(const std::string& prompt) = 0;
  // Adds a statement to the history and its file.
  virtual void AddHistory(const std::string& statement) = 0;
};

// `history_file` is read now and appended to by AddHistory; "" for none.
std::unique_ptr<LineEditor> MakeLineEditor(const std::string& history_file, EditorHooks hooks);

}  // namespace weir::shell
