// Whether the next file of a table is worth compressing, judged by the last one that was.
#pragma once

#include <cstdint>

namespace weir::state {

// Hashes, random texts and what is compressed already cost most of the time of a checkpoint where
// they are compressed, and stay as long as they were. Once a file did not shrink by an eighth, the
// next ones are written as they are, and now and then one is compressed, since data change.
// One for each table. Not thread-safe.
class CompressionChoice {
 public:
  // For the next file; each call is for another one.
  bool Compress();
  // Of a file that was compressed: what it holds, and how long it became. A short one says nothing.
  void Learn(uint64_t bytes, uint64_t file_bytes);

 private:
  uint32_t left_as_they_are_ = 0;
};

}  // namespace weir::state
