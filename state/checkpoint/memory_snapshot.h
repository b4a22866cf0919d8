// State as one file: what the memory backend writes into chk-N/state-0.bin (FORMAT.md).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "state/table/records.h"

namespace weir::state {

// What blocks of the file hold.
enum class MemoryBlockKind : uint8_t { kBookkeeping = 1, kRows = 2, kEnd = 3 };
// The bytes before the first block; kCorruption E7001 unless they are those of this format.
inline constexpr size_t kMemoryFileHead = 12;
Status CheckMemoryFileHead(std::string_view head);

// Keys have the form that RocksDB would have: key group, slice, canonical key, suffix (FORMAT.md).
struct MemorySnapshot {
  std::map<std::string, std::string> bookkeeping;
  std::map<std::string, RecordSet> rows;  // by family
};

// The bytes of the file. The rows of each family are written in the order of their keys.
std::string EncodeMemorySnapshot(const MemorySnapshot& snapshot);

// The same for rows that are sorted already.
struct SortedRows {
  std::string_view family;
  std::vector<const RecordSet*> sets;  // each ascends, and starts behind the one before
};
std::string EncodeSortedRows(const std::map<std::string, std::string>& bookkeeping,
                             std::span<const SortedRows> families);
// kCorruption when any byte has changed since it was written.
Result<MemorySnapshot> DecodeMemorySnapshot(std::string_view bytes);

// kCorruption E7001 for rows of a key group that no task has, which would be lost silently, for
// rows that do not ascend, and for bookkeeping without its table, which would be taken for
// another's.
Status CheckSnapshot(const MemorySnapshot& snapshot, uint32_t max_parallelism);

}  // namespace weir::state
