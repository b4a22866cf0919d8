#include "shell/output/terminal_size.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::shell {

TerminalSize SizeOfTerminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

}  // namespace weir::shell
