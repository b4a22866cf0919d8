// Any bytes as the log of an epoch (state/FORMAT.md, "Epochs"), as they are and as one
// block whose checksum is right: an error or messages, never a crash. Built with -fsanitize=fuzzer
// it is a fuzz target; without, with replay.cc, a program that replays the files it is given.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/connectors/epochs/epoch_log.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "epoch_log_fuzz: %s\n", what);
  std::abort();
}

class Bytes final : public weir::ReadableFile {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  weir::Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    if (offset >= bytes_.size()) return size_t{0};
    const size_t count = std::min(bytes, bytes_.size() - static_cast<size_t>(offset));
    std::memcpy(out, bytes_.data() + offset, count);
    return count;
  }

 private:
  const std::string_view bytes_;
};

void Check(std::string_view file) {
  uint64_t bytes = 0;
  const weir::Status read = weir::connectors::epochs::ReadEpochLog(
      Bytes(file), file.size(), [&](const weir::connectors::epochs::LoggedMessage& message) {
        for (const auto& part : {message.key, message.value}) {
          for (const char c : part.value_or("")) bytes += static_cast<unsigned char>(c);
        }
        return weir::Status();
      });
  if (!read.ok() && read.code() != weir::StatusCode::kCorruption) Fail("an error is no corruption");
}

std::string Sealed(std::string_view fields, std::string_view contents) {
  std::string head(fields);
  const uint32_t crc = weir::Crc32c(0, head.data(), head.size());
  weir::AppendLittle(head, weir::Crc32c(crc, contents.data(), contents.size()));
  return head.append(contents);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHead = 16, kFields = 12, kBlockHead = 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  if (size < kHead + kBlockHead) return 0;
  // The head, the lengths of the first block and what is behind it, sealed.
  std::string file = "WEIRKLOG";
  weir::AppendLittle(file, uint32_t{1});
  weir::AppendLittle(file, weir::Crc32c(0, file.data(), file.size()));
  const std::string_view contents = bytes.substr(kHead + kBlockHead);
  std::string fields(bytes.substr(kHead, kFields));
  const auto stored = static_cast<uint32_t>(contents.size());
  std::memcpy(fields.data(), &stored, sizeof(stored));
  file += Sealed(fields, contents);
  Check(file.append(Sealed(std::string(kFields, '\0'), "")));
  return 0;
}
