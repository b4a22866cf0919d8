#include "state/files/database_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "state/files/checkpoint_files.h"

namespace weir::state {
namespace {

constexpr std::string_view kShared = "shared/";
constexpr std::string_view kTable = ".sst";

bool IsNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Takes the directory of a checkpoint, "chk-7/", off a path. Whether there was one.
bool TakeCheckpoint(std::string_view& path) {
  constexpr std::string_view kChk = "chk-";
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view chk = path.substr(0, slash);
  if (!chk.starts_with(kChk) || !IsNumber(chk.substr(kChk.size()))) return false;
  path.remove_prefix(slash + 1);
  return true;
}

// "a3-000012.sst"
bool IsTableName(std::string_view name) {
  if (!name.starts_with('a') || !name.ends_with(kTable)) return false;
  name.remove_suffix(kTable.size());
  const size_t dash = name.find('-');
  return dash != std::string_view::npos && IsNumber(name.substr(1, dash - 1)) &&
         IsNumber(name.substr(dash + 1));
}

// What RocksDB keeps beside its tables, by a checkpoint or savepoint: "chk-7/CURRENT", "CURRENT".
bool IsDatabasesOwn(std::string_view path) {
  constexpr std::string_view kManifest = "MANIFEST-";
  TakeCheckpoint(path);
  return path == "CURRENT" ||
         (path.starts_with(kManifest) && IsNumber(path.substr(kManifest.size())));
}

}  // namespace

bool IsSharedTable(std::string_view path) {
  return path.starts_with(kShared) && IsTableName(path.substr(kShared.size()));
}

bool IsOwnTable(std::string_view path) {
  return TakeCheckpoint(path) && IsTableName(path);
}

std::string LocalTableName(std::string_view path) {
  return std::string(path.substr(path.rfind('-') + 1));
}

uint64_t AttemptOf(std::string_view name) {
  uint64_t attempt = 0;
  if (!name.starts_with('a')) return 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), attempt);
  return attempt;
}

Result<std::string> PlaceDatabaseFile(HeldDirectory& from, const StateFile& file, FileSystem& files,
                                      const std::string& directory) {
  if (IsSharedTable(file.path) || IsOwnTable(file.path)) {
    std::string name = LocalTableName(file.path);
    RETURN_IF_ERROR(LinkOrCopy(from, file, files, JoinPath(directory, name)));
    return name;
  }
  if (!IsDatabasesOwn(file.path)) {
    return Status::Corruption(
               fmt::format("a checkpoint of the rocksdb backend has no such file: {}", file.path))
        .WithId("E7001");
  }
  std::string name = file.path.substr(file.path.rfind('/') + 1);
  RETURN_IF_ERROR(WriteSyncedFile(files, JoinPath(directory, name), TRY(ReadVerified(from, file))));
  return name;
}

}  // namespace weir::state
