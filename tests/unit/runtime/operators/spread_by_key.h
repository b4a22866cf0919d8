// Routes rows to subtasks as a hash exchange does.
#pragma once

#include <vector>

#include "runtime/types/batch.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {

// The rows of `batch` for each subtask, by the key groups of these columns; a part may be empty.
// The parts carry the hashes of their keys.
inline std::vector<Batch> SpreadByKey(Batch batch, const std::vector<int>& keys,
                                      uint32_t parallelism) {
  const BufferPtr hashes = MakeBuffer<uint64_t>(batch.row_count);
  HashKeys(batch, keys, hashes->as<uint64_t>());
  batch.key_hashes = hashes;
  std::vector<std::vector<uint32_t>> ids(parallelism);
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    const uint32_t group = KeyGroupOf(hashes->as<uint64_t>()[row], kDefaultMaxParallelism);
    ids[SubtaskOfKeyGroup(group, parallelism, kDefaultMaxParallelism)].push_back(row);
  }
  std::vector<Batch> parts;
  for (const std::vector<uint32_t>& rows : ids) {
    parts.push_back(GatherBatch(batch, rows.data(), static_cast<uint32_t>(rows.size())));
  }
  return parts;
}

}  // namespace weir::operators
