// Any bytes as a message of PostgreSQL's log, and as a position in it: an error, or what lies
// within the bytes, and a position that is written as it was read. What a server says is nobody's
// word. Built with -fsanitize=fuzzer it is a fuzz target; without, with replay.cc, a program that
// replays files.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/log_message.h"

namespace {

using namespace weir::connectors::postgres;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "log_message_fuzz: %s\n", what);
  std::abort();
}

void CheckCells(std::string_view bytes, const std::vector<LogCell>& cells) {
  for (const LogCell& cell : cells) {
    if (cell.text.empty()) continue;
    if (cell.text.data() < bytes.data() ||
        cell.text.data() + cell.text.size() > bytes.data() + bytes.size())
      Fail("a value lies outside of its message");
  }
}

void CheckPosition(std::string_view text) {
  const auto position = ParseChangePosition(text);
  if (!position.ok()) return;
  const auto again = ParseChangePosition(position->Text());
  if (!again.ok() || !(*again == *position)) Fail("a position is not read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LogMessage message;
  if (ParseLogMessage(bytes, message).ok()) {
    CheckCells(bytes, message.before);
    CheckCells(bytes, message.after);
  }
  CheckPosition(bytes);
  return 0;
}
