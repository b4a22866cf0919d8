// Asks the terminal of standard output for its size.
#pragma once

namespace weir::shell {

struct TerminalSize {
  int columns = 0;
  int lines = 0;
};

// The current size of standard output's terminal; zeros if it is no terminal or does not say. Any
// thread.
TerminalSize SizeOfTerminal();

}  // namespace weir::shell
