// Any bytes as a checkpoint's _metadata, as they are and as a payload whose length and checksum are
// right: an error or metadata, never a crash, and never much more memory than the bytes themselves.
// What decodes encodes to bytes that decode to the same. Built with -fsanitize=fuzzer it is a fuzz
// target; without, with replay.cc, a program that replays the files it is given.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "state/checkpoint/metadata_codec.h"
#include "tests/fuzz/seal.h"

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
  const auto encoded = weir::state::EncodeMetadata(*metadata);
  if (!encoded.ok()) Fail("what was decoded does not encode");
  const auto again = weir::state::DecodeMetadata(*encoded);
  if (!again.ok()) Fail("what was encoded does not decode");
  if (weir::state::EncodeMetadata(*again).value() != *encoded)
    Fail("encoding twice gives other bytes");
}

}  // namespace

#if defined(__clang__)
#define WEIR_UNDER_TSAN __has_feature(thread_sanitizer)
#else
#define WEIR_UNDER_TSAN 0
#endif
#if !WEIR_UNDER_TSAN  // which brings its own; nothing is counted then
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
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  // As a payload. A file of the corpus that is whole gives its payload here.
  const bool whole =
      bytes.starts_with(weir::fuzz::kMagic) && bytes.size() >= weir::fuzz::kEnvelopeBytes;
  Check(weir::fuzz::Sealed(whole ? bytes.substr(weir::fuzz::kEnvelopeBytes) : bytes));
  return 0;
}
