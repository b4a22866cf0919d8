// The whole state of a job as sorted records: what the memory backend writes at every checkpoint,
// kept up to date off the tasks' threads by what changed in each epoch, so that a barrier costs the
// tasks no more than with RocksDB. Takes about the bytes that the checkpoint's file has.
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

// Not thread-safe.
// Merging an epoch costs a pass over the key groups that it changed.
class MemoryImage {
 public:
  // Adds restored records, which nothing has added before. kCorruption when a key is too short.
  Status Load(const MemorySnapshot& snapshot);
  // Brings one task's changes of one epoch in: drops, then records. REQUIRES: parts of a task come
  // in the order of their epochs.
  void Apply(const TaskPart& part);
  // Forgets everything.
  void Clear();

  // Visits a table's rows in these key groups, ascending.
  // Stops at the first failure of `visit`, and returns it.
  Status Visit(
      const std::string& family, KeyGroupRange groups,
      const std::function<Status(std::string_view key, std::string_view value)>& visit) const;
  // As EncodeMemorySnapshot does.
  std::string Encode() const;

 private:
  using Groups = std::map<uint16_t, RecordSet>;  // by key group; each set ascends
  static void Drop(const KeyRange& range, Groups& groups);
  static void Merge(const RecordSet& records, Groups& groups);

  std::map<std::string, std::string> bookkeeping_;
  std::map<std::string, Groups> rows_;  // by family
};

}  // namespace weir::state
