// Any bytes as a checkpoint's _metadata, as they are and as a payload whose length and checksum are
// right: an error or metadata, never a crash, and never much more memory than the bytes themselves.
// What decodes encodes to bytes that decode to the same. Built with -fsanitize=fuzzer it is a fuzz
// target; without, with WEIR_FUZZ_REPLAY defined, a program that replays the files it is given.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/metadata_codec.h"

namespace {

std::atomic<uint64_t> allocated{0};

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "metadata_fuzz: %s\n", what);
  std::abort();
}

// A struct of the wire takes a few hundred bytes and may come from a single byte of payload.
constexpr uint64_t kBytesPerByte = 2000;
constexpr uint64_t kBytesAlways = 1 << 20;

void Check(std::string_view bytes) {
  const uint64_t before = allocated.load();
  const auto metadata = weir::state::DecodeMetadata(bytes);
  const uint64_t used = allocated.load() - before;
  if (used > kBytesAlways + bytes.size() * kBytesPerByte) Fail("decoding allocates too much");
  if (!metadata.ok()) {
    if (metadata.status().code() != weir::StatusCode::kCorruption)
      Fail("an error is no corruption");
    return;
  }
  const std::string encoded = weir::state::EncodeMetadata(*metadata);
  const auto again = weir::state::DecodeMetadata(encoded);
  if (!again.ok()) Fail("what was encoded does not decode");
  if (weir::state::EncodeMetadata(*again) != encoded) Fail("encoding twice gives other bytes");
}

}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads): counts what is asked for
void* operator new(std::size_t bytes) {
  allocated.fetch_add(bytes);
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND(misc-new-delete-overloads)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  // As a payload. A file of the corpus that is whole gives its payload here.
  constexpr size_t kHeader = 20;
  const bool whole = bytes.starts_with("WEIRCKPT") && bytes.size() >= kHeader;
  const std::string_view payload = whole ? bytes.substr(kHeader) : bytes;
  std::string checked;
  weir::AppendLittle(checked, uint32_t{1});
  weir::AppendLittle(checked, static_cast<uint32_t>(payload.size()));
  uint32_t crc = weir::Crc32c(0, checked.data(), checked.size());
  crc = weir::Crc32c(crc, payload.data(), payload.size());
  std::string enveloped = "WEIRCKPT" + checked;
  weir::AppendLittle(enveloped, crc);
  enveloped += payload;
  Check(enveloped);
  return 0;
}

#ifdef WEIR_FUZZ_REPLAY
#include <filesystem>
#include <fstream>
#include <iterator>

// metadata_fuzz DIRECTORY…: replays every file, and every short one with each of its bytes changed
// and cut off at each length; prints how many.
constexpr size_t kLongestChanged = 1024;

int main(int argc, char** argv) {
  size_t count = 0;
  const auto replay = [&](const std::string& bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    ++count;
  };
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      replay(bytes);
      if (bytes.size() > kLongestChanged) continue;
      for (size_t at = 0; at < bytes.size(); ++at) {
        replay(bytes.substr(0, at));
        for (const int flip : {0x01, 0x10, 0x80, 0xFF}) {
          std::string bad = bytes;
          bad[at] = static_cast<char>(bad[at] ^ flip);
          replay(bad);
        }
      }
    }
  }
  std::printf("replayed %zu inputs\n", count);
  return count > 0 ? 0 : 1;
}
#endif
