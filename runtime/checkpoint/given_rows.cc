#include "runtime/checkpoint/given_rows.h"

#include "runtime/base/bytes.h"

namespace weir::checkpoint {
namespace {

constexpr uint64_t kVersion = 1;

}  // namespace

std::string EncodeGiven(uint64_t rows) {
  std::string bytes;
  AppendVarint(bytes, kVersion);
  AppendVarint(bytes, rows);
  return bytes;
}

std::optional<uint64_t> GivenBefore(const OperatorCheckpoint& op) {
  std::optional<uint64_t> given;
  for (const SubtaskState& entry : op.operator_state) {
    if (entry.name != kGivenEntry) continue;
    ByteReader in(entry.bytes);
    const uint64_t version = in.Varint();
    const uint64_t rows = in.Varint();
    if (in.failed() || !in.at_end() || version != kVersion) return std::nullopt;
    given = given.value_or(0) + rows;
  }
  return given;
}

}  // namespace weir::checkpoint
