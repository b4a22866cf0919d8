// Compression of the files of state.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::state {

// For files that are written from now on; existing ones keep theirs. If RocksDB was built without
// it, kLz4 means no compression; with the others the database then does not open.
enum class Compression : uint8_t { kLz4, kNone, kSnappy, kZstd };
// Parses the option "state.rocksdb.compression". REQUIRES: `name` is one of its values.
Compression CompressionNamed(std::string_view name);

}  // namespace weir::state
