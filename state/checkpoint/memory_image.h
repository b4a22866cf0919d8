// The whole state of a job as sorted records, which the memory backend writes at every checkpoint.
// It is kept up to date by the changes of each epoch, away from the tasks' threads, so that a
// barrier costs the tasks no more than with RocksDB. Takes about as much memory as the checkpoint's
// file has bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/types/key_encoding.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/table/epoch.h"

namespace weir::state {

// Merging an epoch costs a pass over the key groups that it changed. Not thread-safe.
class MemoryImage {
 public:
  // Adds restored records to an empty image. kCorruption when a key is too short.
  Status Load(const MemorySnapshot& snapshot);
  // Applies one task's changes of one epoch: first drops, then records. REQUIRES: the parts of a
  // task come in the order of their epochs.
  void Apply(const TaskPart& part);
  // Removes everything.
  void Clear();

  // Visits the rows of a table in these key groups in ascending order, until `visit` fails.
  Status Visit(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) const;
  // The bytes of EncodeMemorySnapshot.
  std::string Encode() const;

 private:
  using Groups = std::map<uint16_t, RecordSet>;  // by key group; each set ascends
  static void Drop(const KeyRange& range, Groups& groups);
  static void Merge(const RecordSet& records, Groups& groups);

  std::map<std::string, std::string> bookkeeping_;
  std::map<std::string, Groups> rows_;  // by family
};

}  // namespace weir::state
