// CheckpointMetadata as the bytes of _metadata (FORMAT.md): an envelope with magic, version, length
// and CRC-32C around Thrift's compact protocol.
#pragma once

#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"

namespace weir::state {

// The longest metadata that is read.
inline constexpr uint64_t kGreatestMetadata = 256 << 20;

// Encodes deterministically: equal metadata gives equal bytes (Apache Thrift, "Compact Protocol").
// kExternal E7003 for what DecodeMetadata would refuse, so that nothing is written that cannot be
// read.
Result<std::string> EncodeMetadata(const CheckpointMetadata& metadata);
// kCorruption when any byte has changed since it was written. A hostile length does not cause an
// allocation.
Result<CheckpointMetadata> DecodeMetadata(std::string_view bytes);

}  // namespace weir::state
