#include "runtime/operators/time/row_sequence.h"

#include <algorithm>

#include "runtime/base/bytes.h"

namespace weir::operators {
namespace {

constexpr uint8_t kSequenceVersion = 1;
constexpr const char* kSequenceName = "sequence";

}  // namespace

// Bytes: version, the number as eight bytes.
Result<int64_t> RestoreSequence(std::span<const OperatorStateEntry> entries) {
  int64_t next = 0;
  for (const OperatorStateEntry& entry : entries) {
    if (entry.name != kSequenceName) continue;
    ByteReader reader(entry.bytes);
    const auto version = reader.Little<uint8_t>();
    const auto value = reader.Little<int64_t>();
    if (reader.failed() || version != kSequenceVersion) {
      return Status::Corruption("the saved order of arrival cannot be read");
    }
    next = std::max(next, value);
  }
  return next;
}

OperatorStateEntry SaveSequence(int64_t next) {
  OperatorStateEntry entry{kSequenceName, ""};
  AppendLittle(entry.bytes, kSequenceVersion);
  AppendLittle(entry.bytes, next);
  return entry;
}

}  // namespace weir::operators
