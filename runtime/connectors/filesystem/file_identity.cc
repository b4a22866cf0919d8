#include "runtime/connectors/filesystem/file_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

// The first and last bytes that are hashed. Hashing whole files would read large ones twice.
constexpr uint64_t kHeadBytes = 64 << 10;
constexpr uint64_t kTailBytes = 4 << 10;
constexpr std::string_view kVersion1 = "v1 offset=";
constexpr std::string_view kVersion2 = "v2 offset=";
constexpr std::string_view kVersion3 = "v3 offset=";

Result<uint64_t> HashOf(const ReadableFile& file, uint64_t offset, uint64_t bytes) {
  std::string buffer(bytes, '\0');
  const size_t read = TRY(file.Read(offset, buffer.size(), buffer.data()));
  return Hash64(buffer.data(), read);
}

Status NotUnderstood(std::string_view text) {
  return Status::Corruption(fmt::format("position '{}' of a file is not understood", text));
}

// Takes " name=123" from the front of `text`, if it begins with that.
template <typename T>
bool TakeNamed(std::string_view& text, std::string_view name, int base, T& value) {
  if (!text.starts_with(name)) return false;
  const char* first = text.data() + name.size();
  const auto read = std::from_chars(first, text.data() + text.size(), value, base);
  if (read.ec != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  return true;
}

bool TakeIdentity(std::string_view& text, bool with_birth, FileIdentity& identity) {
  return TakeNamed(text, " inode=", 10, identity.inode) &&
         (!with_birth || TakeNamed(text, " born=", 10, identity.born_nanos)) &&
         TakeNamed(text, " bytes=", 10, identity.bytes) &&
         TakeNamed(text, " modified=", 10, identity.modified_nanos) &&
         TakeNamed(text, " prefix=", 10, identity.prefix) &&
         TakeNamed(text, " head=", 16, identity.head) &&
         TakeNamed(text, " tail=", 16, identity.tail);
}

}  // namespace

Result<FileIdentity> Identify(const ReadableFile& file, const FileInfo& info, uint64_t prefix) {
  FileIdentity identity{.inode = info.inode,
                        .born_nanos = info.born_nanos,
                        .bytes = info.bytes,
                        .modified_nanos = info.modified_nanos,
                        .prefix = prefix};
  const uint64_t tail = std::min(prefix, kTailBytes);
  identity.head = TRY(HashOf(file, 0, std::min(prefix, kHeadBytes)));
  if (DefectPlanted("changed-tail-unnoticed")) return identity;
  identity.tail = TRY(HashOf(file, prefix - tail, tail));
  return identity;
}

Result<FileIdentity> Identify(FileSystem& files, const FileInfo& info, uint64_t prefix) {
  const std::unique_ptr<ReadableFile> file = TRY(files.OpenFound(info));
  return Identify(*file, info, prefix);
}

Status FileWasTruncated(const FileInfo& now, uint64_t read) {
  return Status::DataError(fmt::format("a file was truncated after it had been read: {} has {} "
                                       "bytes, {} of it were read",
                                       now.path, now.bytes, read))
      .WithId("E3006")
      .WithHint(
          "put it back as it was, or move it away if it was read to its end; to read the table "
          "from its beginning, DROP JOB and run it again");
}

Status FileWasCut(const std::string& path, uint64_t now, uint64_t before) {
  return Status::DataError(fmt::format("a file was truncated while it was read: {} had {} bytes, "
                                       "and ends behind {}",
                                       path, before, now))
      .WithId("E3006")
      .WithHint(
          "give new contents a new name, or write them under another one and rename; then run it "
          "again");
}

Status FileWasReplaced(const FileInfo& now, uint64_t read) {
  return Status::DataError(fmt::format("a file was replaced after it had been read: {} does not "
                                       "have the {} bytes that were read",
                                       now.path, read))
      .WithId("E3006")
      .WithHint(
          "give new contents a new name; put this file back, or move it away if it was read to its "
          "end");
}

Status FileHasGrown(const FileInfo& now, uint64_t before) {
  return Status::DataError(fmt::format("a file has grown after it had been read: {} had {} bytes, "
                                       "has {}",
                                       now.path, before, now.bytes))
      .WithId("E3006")
      .WithHint(
          "'source.follow' = 'true' reads lines as they are appended; else write under a name that "
          "begins with '.' and rename, or let 'source.settle-interval' be longer than the writer's "
          "pauses. To go on without what was added, move the file away");
}

Status LineIsBeingWritten(const FileInfo& now, uint64_t before) {
  return Status::DataError(fmt::format("the last line of a file is being written: {} had {} bytes "
                                       "and no line end, has {}",
                                       now.path, before, now.bytes))
      .WithId("E3006")
      .WithHint(
          "run it again once it is written; 'source.monitor-interval' with 'source.follow' = "
          "'true' "
          "reads files as they grow");
}

Result<bool> EndsWithinLine(FileSystem& files, const FileInfo& file, uint64_t bytes,
                            std::string_view end) {
  if (bytes == 0 || file.path.ends_with(".gz") || DefectPlanted("half-a-line-is-a-row"))
    return false;
  std::string last(std::min<uint64_t>(end.size(), bytes), '\0');
  const std::unique_ptr<ReadableFile> opened = TRY(files.OpenFound(file));
  const size_t read = TRY(opened->Read(bytes - last.size(), last.size(), last.data()));
  return read == last.size() && last != end;
}

Status CheckIdentity(FileSystem& files, const FileInfo& now, const FileIdentity& was,
                     bool may_grow) {
  if (was.Matches(now) || DefectPlanted("changed-files-unnoticed")) return {};
  const bool shorter = now.bytes < was.prefix || (!may_grow && now.bytes < was.bytes);
  if (shorter) return FileWasTruncated(now, was.prefix);
  const FileIdentity is = TRY(Identify(files, now, was.prefix));
  if (is.head != was.head || is.tail != was.tail) return FileWasReplaced(now, was.prefix);
  if (may_grow || now.bytes == was.bytes) return {};
  return FileHasGrown(now, was.bytes);
}

std::string FilePosition::ToString() const {
  std::string text = fmt::format("{}{}", known ? kVersion3 : kVersion1, offset);
  if (known) {
    text +=
        fmt::format(" inode={} born={} bytes={} modified={} prefix={} head={:016x} tail={:016x}",
                    identity.inode, identity.born_nanos, identity.bytes, identity.modified_nanos,
                    identity.prefix, identity.head, identity.tail);
  }
  return file.empty() ? text : text + " file=" + file;
}

Result<FilePosition> FilePosition::Parse(std::string_view text) {
  FilePosition position;
  if (text.empty()) return position;
  std::string_view rest = text;
  const bool with_birth = text.starts_with(kVersion3);
  position.known = with_birth || text.starts_with(kVersion2);
  const std::string_view version =
      with_birth ? kVersion3 : (position.known ? kVersion2 : kVersion1);
  if (!TakeNamed(rest, version, 10, position.offset)) return NotUnderstood(text);
  if (position.known && !TakeIdentity(rest, with_birth, position.identity)) {
    return NotUnderstood(text);
  }
  constexpr std::string_view kFile = " file=";
  if (rest.starts_with(kFile)) {
    position.file = rest.substr(kFile.size());
  } else if (!rest.empty()) {
    return NotUnderstood(text);
  }
  return position;
}

}  // namespace weir::connectors
