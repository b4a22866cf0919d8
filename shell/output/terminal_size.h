// The size of the terminal.
#pragma once

namespace weir::shell {

struct TerminalSize {
  int columns = 0;
  int lines = 0;
};

// As it is now, of standard output; zeros when that is no terminal or does not say. Any thread.
TerminalSize SizeOfTerminal();

}  // namespace weir::shell
