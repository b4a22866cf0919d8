#include "state/checkpoint_files.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"

namespace weir::state {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

// Calls `use` with the pieces of a file.
template <typename F>
Status ReadPieces(FileSystem& files, const std::string& path, F&& use) {
  const std::unique_ptr<ReadableFile> file = TRY(files.Open(path));
  std::vector<char> buffer(kBufferBytes);
  uint64_t at = 0;
  while (true) {
    const size_t bytes = TRY(file->Read(at, buffer.size(), buffer.data()));
    if (bytes > 0) RETURN_IF_ERROR(use(std::string_view(buffer.data(), bytes)));
    at += bytes;
    if (bytes < buffer.size()) return {};
  }
}

}  // namespace

Result<FileDigest> DigestFile(FileSystem& files, const std::string& path) {
  FileDigest digest;
  RETURN_IF_ERROR(ReadPieces(files, path, [&](std::string_view piece) -> Status {
    digest.bytes += piece.size();
    digest.crc32c = Crc32c(digest.crc32c, piece.data(), piece.size());
    return {};
  }));
  return digest;
}

Status VerifyFile(FileSystem& files, const std::string& directory, const StateFile& expected) {
  const std::string path = JoinPath(directory, expected.path);
  const auto bad = [&](std::string_view why) {
    return Status::Corruption(fmt::format("a file of the checkpoint {}: {}", why, path))
        .WithId("E7001")
        .WithHint("the checkpoint cannot be used; restore an older one, or put the file back");
  };
  const Result<FileInfo> info = files.Stat(path);
  if (!info.ok() && info.status().code() == StatusCode::kNotFound) return bad("is missing");
  if (!info.ok()) return info.status();
  if (info->bytes != expected.bytes) {
    return bad(fmt::format("has {} bytes instead of {}", info->bytes, expected.bytes));
  }
  if (DefectPlanted("checksum-ignored")) return {};
  const FileDigest digest = TRY(DigestFile(files, path));
  if (digest.bytes != expected.bytes || digest.crc32c != expected.crc32c) {
    return bad("has a wrong checksum");
  }
  return {};
}

Status WriteSyncedFile(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::unique_ptr<WritableFile> file = TRY(files.Create(path));
  RETURN_IF_ERROR(file->Append(bytes));
  if (!DefectPlanted("state-not-synced")) RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

Status SyncFile(FileSystem& files, const std::string& path) {
  const FileInfo info = TRY(files.Stat(path));
  const std::unique_ptr<WritableFile> file = TRY(files.Reopen(path, info.bytes));
  if (!DefectPlanted("state-not-synced")) RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

Result<FileDigest> CopyFile(FileSystem& files, const std::string& from, const std::string& to) {
  const std::unique_ptr<WritableFile> copy = TRY(files.Create(to));
  FileDigest digest;
  RETURN_IF_ERROR(ReadPieces(files, from, [&](std::string_view piece) {
    digest.bytes += piece.size();
    digest.crc32c = Crc32c(digest.crc32c, piece.data(), piece.size());
    return copy->Append(piece);
  }));
  RETURN_IF_ERROR(copy->Sync());
  RETURN_IF_ERROR(copy->Close());
  return digest;
}

Status LinkOrCopy(FileSystem& files, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(files.Remove(to));
  return files.Link(from, to).ok() ? Status() : CopyFile(files, from, to).status();
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string NumberFile(std::string_view magic, uint64_t number) {
  std::string text = fmt::format("{}\n{}\n", magic, number);
  return text + fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
}

Result<uint64_t> ReadNumberFile(FileSystem& files, const std::string& path,
                                std::string_view magic) {
  const std::string text = TRY(ReadFile(files, path));
  const size_t first = text.find('\n');
  const size_t second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second != std::string::npos) {
    const auto number = ParseNumber(std::string_view(text).substr(first + 1, second - first - 1));
    if (number && text == NumberFile(magic, *number)) return *number;
  }
  return Status::Corruption("a file of the checkpoint directory is malformed: " + path)
      .WithId("E7001");
}

}  // namespace weir::state
