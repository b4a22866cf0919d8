#include "state/compression_choice.h"

namespace weir::state {
namespace {

constexpr uint32_t kFilesAsTheyAre = 15;
constexpr uint64_t kTellingBytes = 256 << 10;
constexpr uint64_t kShare = 8;  // what RocksDB asks of each block, too

}  // namespace

bool CompressionChoice::Compress() {
  if (left_as_they_are_ == 0) return true;
  --left_as_they_are_;
  return false;
}

void CompressionChoice::Learn(uint64_t bytes, uint64_t file_bytes) {
  if (bytes < kTellingBytes) return;
  left_as_they_are_ = file_bytes > bytes - bytes / kShare ? kFilesAsTheyAre : 0;
}

}  // namespace weir::state
