// Files of checkpoints: copying, measuring, checking.
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
// SHA-256 of bytes, and of a whole file.
std::string Sha256Of(std::string_view bytes);
Result<std::string> Sha256OfFile(FileSystem& files, const std::string& path);

// kCorruption E7001, naming the file, when it is absent, no regular file below `directory`, or
// differs from what `expected` says. Reads the whole file if its size is right, else nothing.
Status VerifyFile(HeldDirectory& directory, const StateFile& expected);
// Its bytes, verified.
Result<std::string> ReadVerified(HeldDirectory& directory, const StateFile& expected);

// Writes a new file and syncs it (not its directory).
Status WriteSyncedFile(FileSystem& files, const std::string& path, std::string_view bytes);

// The whole of `text` as a decimal number.
std::optional<uint64_t> ParseNumber(std::string_view text);

// A small text file of one number with its checksum, as FORMAT.md describes LATEST, and the number
// in one; nothing when it is malformed.
std::string NumberFile(std::string_view magic, uint64_t number);
std::optional<uint64_t> NumberIn(std::string_view text, std::string_view magic);

// Makes the bytes of a file durable that somebody else wrote (not its directory).
Status SyncFile(FileSystem& files, const std::string& path);

// Copies and syncs (not the directory); what was written.
Result<FileDigest> CopyFile(FileSystem& files, const std::string& from, const std::string& to);

// Links, or copies and syncs where the file systems differ.
// What `to` was before is replaced.
Status LinkOrCopy(FileSystem& files, const std::string& from, const std::string& to);
// The same of a file of a checkpoint that may be somebody else's. One that is signed is copied and
// verified: a link would still be theirs to write to.
Status LinkOrCopy(HeldDirectory& directory, const StateFile& from, FileSystem& files,
                  const std::string& to);

}  // namespace weir::state
