#include "state/files/checkpoint_files.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/files/signature.h"

namespace weir::state {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

// Calls `use` with the pieces of a file.
template <typename F>
Status ReadPieces(const ReadableFile& file, F&& use) {
  std::vector<char> buffer(kBufferBytes);
  uint64_t at = 0;
  while (true) {
    const size_t bytes = TRY(file.Read(at, buffer.size(), buffer.data()));
    if (bytes > 0) RETURN_IF_ERROR(use(std::string_view(buffer.data(), bytes)));
    at += bytes;
    if (bytes < buffer.size()) return {};
  }
}

Result<FileDigest> DigestOf(const ReadableFile& file) {
  FileDigest digest;
  RETURN_IF_ERROR(ReadPieces(file, [&](std::string_view piece) -> Status {
    digest.bytes += piece.size();
    digest.crc32c = Crc32c(digest.crc32c, piece.data(), piece.size());
    return {};
  }));
  return digest;
}

// Holds the bytes of a file against what a checkpoint says of it.
class Verifier {
 public:
  explicit Verifier(const StateFile& expected) : expected_(expected) {
    if (!expected.sha256.empty()) sha256_.emplace();
  }
  void Add(std::string_view piece) {
    digest_.bytes += piece.size();
    digest_.crc32c = Crc32c(digest_.crc32c, piece.data(), piece.size());
    if (sha256_) sha256_->Add(piece);
  }
  Status Finish() {
    if (DefectPlanted("checksum-ignored")) return {};
    const bool same = digest_.bytes == expected_.bytes && digest_.crc32c == expected_.crc32c;
    if (!same) return BadCheckpointFile("has a wrong checksum", expected_.path);
    const bool as_signed = !sha256_ || sha256_->Finish() == expected_.sha256;
    return as_signed ? Status()
                     : BadCheckpointFile("is not the one that was signed", expected_.path);
  }

 private:
  const StateFile& expected_;
  FileDigest digest_;
  std::optional<Sha256> sha256_;
};

// Opens a file of a checkpoint; kCorruption E7001 if it is absent or of another size.
Result<std::unique_ptr<ReadableFile>> OpenExpected(HeldDirectory& directory,
                                                   const StateFile& expected) {
  Result<HeldDirectory::OpenedFile> opened = directory.Open(expected.path);
  if (!opened.ok() && opened.status().code() == StatusCode::kNotFound) {
    return BadCheckpointFile("is missing", expected.path);
  }
  if (!opened.ok() && opened.status().code() == StatusCode::kCorruption) {
    return BadCheckpointFile("cannot be one: " + opened.status().message(), expected.path);
  }
  if (!opened.ok()) return std::move(opened).status();
  if (opened->bytes == expected.bytes) return std::move(opened->file);
  return BadCheckpointFile(fmt::format("has {} bytes instead of {}", opened->bytes, expected.bytes),
                           expected.path);
}

}  // namespace

Status BadCheckpointFile(std::string_view why, const std::string& path) {
  return Status::Corruption(fmt::format("a file of the checkpoint {}: {}", why, path))
      .WithId("E7001")
      .WithHint("the checkpoint cannot be used; restore an older one, or put the file back");
}

Result<FileDigest> DigestFile(FileSystem& files, const std::string& path) {
  return DigestOf(*TRY(files.Open(path)));
}

std::string Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Finish();
}

Result<std::string> Sha256OfFile(FileSystem& files, const std::string& path) {
  Sha256 hash;
  RETURN_IF_ERROR(ReadPieces(*TRY(files.Open(path)), [&](std::string_view piece) -> Status {
    hash.Add(piece);
    return {};
  }));
  return hash.Finish();
}

Status VerifyFile(HeldDirectory& directory, const StateFile& expected) {
  Verifier verifier(expected);
  RETURN_IF_ERROR(
      ReadPieces(*TRY(OpenExpected(directory, expected)), [&](std::string_view piece) -> Status {
        verifier.Add(piece);
        return {};
      }));
  return verifier.Finish();
}

Result<std::string> ReadVerified(HeldDirectory& directory, const StateFile& expected) {
  const std::unique_ptr<ReadableFile> file = TRY(OpenExpected(directory, expected));
  std::string bytes(expected.bytes, '\0');
  bytes.resize(TRY(file->Read(0, bytes.size(), bytes.data())));
  Verifier verifier(expected);
  verifier.Add(bytes);
  RETURN_IF_ERROR(verifier.Finish());
  return bytes;
}

Status WriteSyncedFile(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::unique_ptr<WritableFile> file = TRY(files.Create(path));
  RETURN_IF_ERROR(file->Append(bytes));
  if (!DefectPlanted("state-not-synced")) RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

Status SyncFile(FileSystem& files, const std::string& path) {
  const FileInfo info = TRY(files.Stat(path));
  Result<std::unique_ptr<WritableFile>> reopened = files.Reopen(path, info.bytes);
  // Where nothing can be appended, in an object store, what is there is durable.
  if (reopened.status().code() == StatusCode::kUnsupported) return {};
  const std::unique_ptr<WritableFile> file = TRY(std::move(reopened));
  if (!DefectPlanted("state-not-synced")) RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

namespace {

// Copies a file durably. `look` is given each piece that is copied, for checksums.
template <typename F>
Status Copy(const ReadableFile& from, FileSystem& files, const std::string& to, F&& look) {
  const std::unique_ptr<WritableFile> copy = TRY(files.Create(to));
  RETURN_IF_ERROR(ReadPieces(from, [&](std::string_view piece) {
    look(piece);
    return copy->Append(piece);
  }));
  RETURN_IF_ERROR(copy->Sync());
  return copy->Close();
}

}  // namespace

Result<FileDigest> CopyFile(FileSystem& files, const std::string& from, const std::string& to) {
  FileDigest digest;
  RETURN_IF_ERROR(Copy(*TRY(files.Open(from)), files, to, [&](std::string_view piece) {
    digest.bytes += piece.size();
    digest.crc32c = Crc32c(digest.crc32c, piece.data(), piece.size());
  }));
  return digest;
}

Status LinkOrCopy(FileSystem& files, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(files.Remove(to));
  if (files.Link(from, to).ok()) return {};
  return CopyFile(files, from, to).status();
}

Status LinkOrCopy(HeldDirectory& directory, const StateFile& from, FileSystem& files,
                  const std::string& to) {
  RETURN_IF_ERROR(files.Remove(to));
  if (from.sha256.empty() && directory.Link(from.path, to).ok()) return {};
  Verifier verifier(from);
  RETURN_IF_ERROR(Copy(*TRY(OpenExpected(directory, from)), files, to,
                       [&](std::string_view piece) { verifier.Add(piece); }));
  return verifier.Finish();
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

std::optional<uint64_t> NumberIn(std::string_view text, std::string_view magic) {
  const size_t first = text.find('\n');
  const size_t second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto number = ParseNumber(text.substr(first + 1, second - first - 1));
  return number && text == NumberFile(magic, *number) ? number : std::nullopt;
}

}  // namespace weir::state
