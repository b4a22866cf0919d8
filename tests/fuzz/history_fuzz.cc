// Any bytes as a job's history of checkpoints (state/FORMAT.md, "History of checkpoints"), as they
// are and behind a checksum that is right: an error or a history, never a crash. What decodes
// encodes to bytes that decode to the same. Built with -fsanitize=fuzzer it is a fuzz target;
// without, with replay.cc, a program that replays the files it is given.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/checkpoint/history.h"

namespace {

constexpr size_t kMagicBytes = 8, kHeaderBytes = 12;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "history_fuzz: %s\n", what);
  std::abort();
}

void Check(std::string_view bytes) {
  const auto history = weir::checkpoint::DecodeHistory(bytes);
  if (!history.ok()) {
    if (history.status().code() != weir::StatusCode::kCorruption) Fail("an error is no corruption");
    return;
  }
  const auto again = weir::checkpoint::DecodeHistory(weir::checkpoint::EncodeHistory(*history));
  if (!again.ok()) Fail("what was encoded does not decode");
  if (*again != *history) Fail("what was encoded decodes to another history");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  std::string sealed = weir::checkpoint::EncodeHistory({}).substr(0, kMagicBytes);
  const std::string_view body = bytes.substr(size < kHeaderBytes ? 0 : kHeaderBytes);
  weir::AppendLittle(sealed, weir::Crc32c(0, body.data(), body.size()));
  Check(sealed.append(body));
  return 0;
}
