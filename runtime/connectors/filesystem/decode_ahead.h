// Decodes blocks of one file on several threads and hands the batches out in the order of the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/connectors/filesystem/block_reader.h"

namespace weir::connectors {

// A bad record that is taken for itself.
struct TakenRecord {
  uint64_t offset = 0;  // in the file
  std::string raw;      // its bytes, without the line end
  std::string column;   // "": the record as a whole
  std::string message;
};

// A decoded piece of the file. A split that is stopped behind this batch continues at `end_offset`.
struct DecodedBatch {
  Batch batch;              // may be empty: every record was bad and skipped
  uint64_t end_offset = 0;  // file offset behind its last record
  uint64_t skipped = 0;
  std::optional<TakenRecord> taken = {};  // set: the piece is that record, and has no rows
};

// The result of decoding a block; on failure `batches` holds what precedes the bad record.
struct DecodedBlock {
  std::vector<DecodedBatch> batches;
  Status status;
  BadRecord bad;
  uint64_t bad_offset = 0;  // file offset of the bad record
};

// How much is decoded at once, and what becomes of bad records.
struct DecodeSettings {
  uint32_t max_rows = 0;   // of a batch
  bool takes_bad = false;  // ReportsBadRecords(): bad records are pieces of their own
};

// Decodes one block into batches.
DecodedBlock DecodeBlock(Decoder& decoder, const PlacedBlock& block, DecodeSettings settings);

// Called by the source task's thread; owns its worker threads. Each worker has its own decoder, so
// that blocks are independent, and memory is bounded by two blocks for each worker. A failure to
// read is returned at once, ahead of blocks that are still being decoded; a bad record is reported
// in the place of its block.
class DecodeAhead {
 public:
  virtual ~DecodeAhead() = default;
  // The next block in order; nullopt at the end of the file.
  virtual Result<std::optional<DecodedBlock>> Next() = 0;
};

// With one decoder, decodes on the caller's thread; with several, on one worker thread for each.
// REQUIRES: `decoders` is not empty, every decoder has seen the file's prologue, and `reader`
// outlives the result.
std::unique_ptr<DecodeAhead> MakeDecodeAhead(BlockReader& reader,
                                             std::vector<std::unique_ptr<Decoder>> decoders,
                                             DecodeSettings settings);

}  // namespace weir::connectors
