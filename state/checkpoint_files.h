// Files of checkpoints: copying, measuring, checking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Size and CRC-32C of a whole file.
struct FileDigest {
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
};
Result<FileDigest> DigestFile(FileSystem& files, const std::string& path);

// kCorruption, naming the file, when it is absent or differs from what `expected` says. `directory`
// is what expected.path is relative to.
// E7001. Reads the whole file.
Status VerifyFile(FileSystem& files, const std::string& directory, const StateFile& expected);

// Writes a new file and syncs it (not its directory).
Status WriteSyncedFile(FileSystem& files, const std::string& path, std::string_view bytes);

// The whole of `text` as a decimal number.
std::optional<uint64_t> ParseNumber(std::string_view text);

// A small text file of one number with its checksum, as FORMAT.md describes LATEST. Reading fails
// kNotFound when absent, kCorruption when malformed.
std::string NumberFile(std::string_view magic, uint64_t number);
Result<uint64_t> ReadNumberFile(FileSystem& files, const std::string& path, std::string_view magic);

// Makes the bytes of a file durable that somebody else wrote (not its directory).
Status SyncFile(FileSystem& files, const std::string& path);

// Copies and syncs (not the directory); what was written.
Result<FileDigest> CopyFile(FileSystem& files, const std::string& from, const std::string& to);

// Links, or copies and syncs where the file systems differ.
// What `to` was before is replaced.
Status LinkOrCopy(FileSystem& files, const std::string& from, const std::string& to);

}  // namespace weir::state
