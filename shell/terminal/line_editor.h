// Reads lines from a terminal: history, editing, completion (libedit, BSD licence).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

// One a process; used by one thread.
class LineEditor {
 public:
  virtual ~LineEditor() = default;
  // Reads one line without its newline, or several when an entry of the history is recalled;
  // nothing at the end of input. Returns an empty line with `signal` set after Ctrl-C (SIGINT) or
  // another signal that ends the shell.
  virtual std::optional<std::string> ReadLine(const std::string& prompt, int& signal) = 0;
  // Adds a statement to the history and its file.
  virtual void AddHistory(const std::string& statement) = 0;
};

// Returns candidates for the text in front of the cursor and sets how many of its last bytes they
// replace.
using Completer = std::function<std::vector<std::string>(std::string_view line, size_t& replaced)>;

// Returns whole lines to be shown above the line that is edited; "" for none. Called several times
// a second.
using LinesAbove = std::function<std::string()>;

// `history_file` is read now and appended to by AddHistory; "" for none.
std::unique_ptr<LineEditor> MakeLineEditor(const std::string& history_file, Completer completer,
                                           LinesAbove above);

}  // namespace weir::shell
