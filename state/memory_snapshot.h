// State as one file: what the memory backend writes into chk-N/state-0.bin (FORMAT.md).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "state/records.h"

namespace weir::state {

struct MemorySnapshot {
  std::map<std::string, std::string> bookkeeping;
  std::map<std::string, RecordSet> rows;  // by family
};

// Rows of each family in the order of their keys.
std::string EncodeMemorySnapshot(const MemorySnapshot& snapshot);
// kCorruption when any byte is not as it was written.
Result<MemorySnapshot> DecodeMemorySnapshot(std::string_view bytes);

}  // namespace weir::state
