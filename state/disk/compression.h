// How the files of state are compressed.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::state {

// Of the files of state that are written from now on; those that are there may have another one.
// kLz4 is none where RocksDB was built without; with the others it then does not open.
enum class Compression : uint8_t { kLz4, kNone, kSnappy, kZstd };
// As the option "state.rocksdb.compression" names them. REQUIRES: `name` is one of its values.
Compression CompressionNamed(std::string_view name);

}  // namespace weir::state
