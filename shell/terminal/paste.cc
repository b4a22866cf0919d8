#include "shell/terminal/paste.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "shell/output/signals.h"

namespace weir::shell {
namespace {

constexpr std::string_view kEnd = "\033[201~";
constexpr int kPasteMillis = 100;
constexpr int kMostPolls = 50;  // 5 s without a byte

// Terminals send the return key for a line end.
std::string WithLineFeeds(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

}  // namespace

std::optional<std::string> ReadPaste(int input, std::string& unread) {
  std::string text = std::move(unread);
  unread.clear();
  std::array<char, 65536> bytes;
  size_t searched = 0;
  int polls = 0;
  for (;;) {
    if (const size_t end = text.find(kEnd, searched); end != std::string::npos) {
      unread = text.substr(end + kEnd.size());
      return WithLineFeeds(std::string_view(text).substr(0, end));
    }
    searched = text.size() - std::min(text.size(), kEnd.size() - 1);
    if (PendingSignal() != 0 || ++polls > kMostPolls) return std::nullopt;
    pollfd ready{input, POLLIN, 0};
    if (::poll(&ready, 1, kPasteMillis) <= 0) continue;
    const ssize_t count = ::read(input, bytes.data(), bytes.size());
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) return std::nullopt;
    if (count > 0) polls = 0;
    if (count > 0) text.append(bytes.data(), static_cast<size_t>(count));
  }
}

PastedText CutPaste(const std::string& text) {
  PastedText pasted;
  const size_t first = text.find('\n');
  pasted.first = text.substr(0, first);
  if (first == std::string::npos) return pasted;
  const size_t last = text.rfind('\n');
  pasted.has_lines = true;
  pasted.lines = text.substr(first + 1, last - first);
  pasted.begun = text.substr(last + 1);
  return pasted;
}

}  // namespace weir::shell
