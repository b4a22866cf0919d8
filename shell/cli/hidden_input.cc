#include "shell/cli/hidden_input.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "shell/output/streams.h"

namespace weir::shell {
namespace {

// While it lives the terminal of standard input does not show what is typed.
class Hidden {
 public:
  Hidden() {
    if (::tcgetattr(STDIN_FILENO, &former_) != 0) return;
    termios hidden = former_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }
  ~Hidden() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &former_);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  termios former_{};
  bool changed_ = false;
};

// Up to `end`, which is left out, or to the end of the input.
Result<std::string> ReadUntil(std::optional<char> end, size_t most) {
  std::string text;
  char c = 0;
  while (text.size() <= most) {
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::External("standard input cannot be read").WithId("E4001");
    if (count == 0 || c == end) break;
    text += c;
  }
  return text;
}

Result<std::string> Ask(const std::string& what, size_t most) {
  PrintMessage(what);
  Result<std::string> line = Status::Internal("nothing was read");
  {
    const Hidden hidden;
    line = ReadInputLine(most);
  }
  PrintMessage("\n");
  return line;
}

}  // namespace

bool AsksTerminal() {
  return ::isatty(STDIN_FILENO) == 1;
}

Result<std::string> ReadInputLine(size_t most) {
  std::string line = TRY(ReadUntil('\n', most));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> ReadInput(size_t most) {
  std::string text = TRY(ReadUntil(std::nullopt, most + 2));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> AskTwice(const std::string& what, size_t most) {
  std::string typed = TRY(Ask(fmt::format("{}: ", what), most));
  if (typed != TRY(Ask("The same again: ", most)))
    return Status::InvalidArgument("the two are not the same");
  return typed;
}

}  // namespace weir::shell
