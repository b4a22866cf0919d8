// Copies, measures and verifies files of checkpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// kCorruption E7001: "a file of the checkpoint <why>: <path>", and what to do.
Status BadCheckpointFile(std::string_view why, const std::string& path);

// Size and CRC-32C of a whole file.
struct FileDigest {
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
};
Result<FileDigest> DigestFile(FileSystem& files, const std::string& path);
// The SHA-256 of bytes, and of a whole file.
std::string Sha256Of(std::string_view bytes);
Result<std::string> Sha256OfFile(FileSystem& files, const std::string& path);

// kCorruption E7001, naming the file, when it is absent, not a regular file below `directory`, or
// differs from what `expected` says. Reads the whole file if its size is right, else nothing.
Status VerifyFile(HeldDirectory& directory, const StateFile& expected);
// As VerifyFile, and returns the contents, all of which are in memory at once.
Result<std::string> ReadVerified(HeldDirectory& directory, const StateFile& expected);

// Writes a new file and syncs it (not its directory).
Status WriteSyncedFile(FileSystem& files, const std::string& path, std::string_view bytes);

// Parses the whole of `text` as a decimal number.
std::optional<uint64_t> ParseNumber(std::string_view text);

// The contents of a small text file with one number and its checksum, as FORMAT.md describes
// LATEST; and the number in such a file, or nothing when it is malformed.
std::string NumberFile(std::string_view magic, uint64_t number);
std::optional<uint64_t> NumberIn(std::string_view text, std::string_view magic);

// Makes a file durable that somebody else wrote (not its directory).
Status SyncFile(FileSystem& files, const std::string& path);

// Copies a file and syncs it (not the directory); returns the digest of what was written.
Result<FileDigest> CopyFile(FileSystem& files, const std::string& from, const std::string& to);

// Makes a hard link, or a synced copy between file systems. Replaces `to`.
Status LinkOrCopy(FileSystem& files, const std::string& from, const std::string& to);
// The same for a file of a checkpoint that may be somebody else's. A signed file is copied and
// verified, since the owner could still write to a linked one.
Status LinkOrCopy(HeldDirectory& directory, const StateFile& from, FileSystem& files,
                  const std::string& to);

}  // namespace weir::state
