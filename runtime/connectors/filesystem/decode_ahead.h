// Decodes blocks of one file on several threads and hands the batches out in the order of the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/connectors/filesystem/block_reader.h"

namespace weir::connectors {

// A decoded piece of the file.
// `end_offset` is where a split goes on that was stopped behind this batch.
struct DecodedBatch {
  Batch batch;              // may be empty: every record was bad and skipped
  uint64_t end_offset = 0;  // file offset behind its last record
  uint64_t skipped = 0;
};

// What a block became; on failure `batches` holds what came before the bad record.
struct DecodedBlock {
  std::vector<DecodedBatch> batches;
  Status status;
  BadRecord bad;
  uint64_t bad_offset = 0;  // file offset of the bad record
};

// Decodes one block into batches of at most `max_rows` rows.
DecodedBlock DecodeBlock(Decoder& decoder, const PlacedBlock& block, uint32_t max_rows);

// Called by one thread, the source task's; owns its worker threads. Each worker has a decoder of
// its own, so that blocks are independent; memory is bounded by two blocks a worker.
// A failure of the reader is returned at once, ahead of blocks that are still being decoded; a bad
// record is in its block's place.
class DecodeAhead {
 public:
  virtual ~DecodeAhead() = default;
  // The next block in order; nullopt at the end of the file.
  virtual Result<std::optional<DecodedBlock>> Next() = 0;
};

// One decoder: decodes on the caller's thread. Several: one worker thread each. REQUIRES:
// `decoders` is not empty, every decoder has seen the file's prologue; `reader` outlives the
// result.
std::unique_ptr<DecodeAhead> MakeDecodeAhead(BlockReader& reader,
                                             std::vector<std::unique_ptr<Decoder>> decoders,
                                             uint32_t max_rows);

}  // namespace weir::connectors
