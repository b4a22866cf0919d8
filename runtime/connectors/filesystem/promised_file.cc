#include "runtime/connectors/filesystem/promised_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kFileOfVersion1 = "v1 file ";
constexpr std::string_view kOverwriteOfVersion1 = "v1 overwrite ";
constexpr std::string_view kHeldRows = "v1 rows ";
constexpr size_t kJobDigits = 8;

Status NotOurs(std::string_view committable, std::string_view why) {
  return Status::Corruption(
             fmt::format("a file sink cannot commit '{}': {}", committable.substr(0, 200), why))
      .WithId("E7001")
      .WithHint("nothing was changed; the checkpoint or savepoint is damaged or was forged");
}

std::optional<uint64_t> PromisedNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status InTheWay(const std::string& path) {
  return Status::Corruption("a file cannot become visible, as there is another one of its name: " +
                            path)
      .WithId("E7001")
      .WithHint("move the other one away");
}

// Splits a text into three fields; nothing if there are more or fewer.
std::optional<std::array<std::string_view, 3>> Fields(std::string_view text) {
  const size_t first = text.find('\t');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = text.find('\t', first + 1);
  if (second == std::string_view::npos || text.find('\t', second + 1) != std::string_view::npos)
    return std::nullopt;
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                    text.substr(second + 1)};
}

// "part-<job>…-<attempt>-<subtask>-<n>.<format>", all one name.
bool IsNameOf(std::string_view name, std::string_view job_id) {
  constexpr std::string_view kFirst = "part-";
  if (!name.starts_with(kFirst) || name.size() > 255) return false;
  if (!name.substr(kFirst.size()).starts_with(ShortJobId(job_id))) return false;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
  });
  return plain && std::count(name.begin(), name.end(), '.') == 1 && !name.ends_with('.');
}

// Whether it is the directory of a partition as the sink names them, or the table's own.
bool IsBelow(std::string_view directory) {
  for (size_t at = 0; at < directory.size();) {
    const size_t end = std::min(directory.find('/', at), directory.size());
    const std::string_view part = directory.substr(at, end - at);
    // Requiring "=" excludes "..", empty names and absolute paths, so a forged committable cannot
    // rename files outside of the table.
    if (part.find('=') == std::string_view::npos || part.find('\0') != std::string_view::npos)
      return false;
    at = end + 1;
  }
  return true;
}

Status CheckPromised(const PromisedFile& file, std::string_view text, std::string_view job_id) {
  if (DefectPlanted("any-name-believed")) return {};
  if (!IsNameOf(file.name, job_id)) return NotOurs(text, "its job does not name files like that");
  return IsBelow(file.directory) ? Status() : NotOurs(text, "that is no partition's directory");
}

std::string Absolute(std::string_view path) {
  return std::filesystem::absolute(std::filesystem::path(path)).lexically_normal().string();
}

// Reads committables of version 1, which contain free paths.
Result<PromisedFile> FromVersion1(std::string_view committable, const PromiseBounds& bounds) {
  const std::string_view paths = committable.substr(kFileOfVersion1.size());
  const size_t tab = paths.find('\t');
  if (tab == std::string_view::npos) return NotOurs(committable, "it is malformed");
  const std::string from = Absolute(paths.substr(0, tab));
  const std::string to = Absolute(paths.substr(tab + 1));
  for (const std::string& place : bounds.places) {
    if (!to.starts_with(place + "/")) continue;
    const std::string below = to.substr(place.size() + 1);
    const size_t slash = below.rfind('/');
    PromisedFile file;
    if (slash != std::string::npos) file.directory = below.substr(0, slash);
    file.name = slash == std::string::npos ? below : below.substr(slash + 1);
    if (file.InProgress(place) == from) return file;
  }
  return NotOurs(committable, "it is not below the table's directory");
}

Result<PromisedFile> FromVersion2(std::string_view committable) {
  const auto fields = Fields(committable.substr(kCommitFile.size()));
  const auto rows = fields ? PromisedNumber((*fields)[0]) : std::nullopt;
  if (!rows) return NotOurs(committable, "it is malformed");
  return PromisedFile{*rows, std::string((*fields)[1]), std::string((*fields)[2])};
}

}  // namespace

std::string PromisedFile::Text() const {
  return fmt::format("{}{}\t{}\t{}", kCommitFile, rows, directory, name);
}

std::string PromisedFile::Final(const std::string& table_directory) const {
  return JoinPath(directory.empty() ? table_directory : JoinPath(table_directory, directory), name);
}

std::string PromisedFile::InProgress(const std::string& table_directory) const {
  const std::string stem = name.substr(0, name.rfind('.'));
  return JoinPath(directory.empty() ? table_directory : JoinPath(table_directory, directory),
                  fmt::format(".{}.inprogress", stem));
}

Result<std::vector<PromisedFile>> PromisedFiles(std::span<const std::string> committables,
                                                const PromiseBounds& bounds) {
  std::vector<PromisedFile> files;
  for (const std::string& committable : committables) {
    if (committable.starts_with(kCommitWatermark) || IsOverwrite(committable)) continue;
    const bool old = committable.starts_with(kFileOfVersion1);
    if (!old && !committable.starts_with(kCommitFile))
      return NotOurs(committable, "nothing is known of this");
    PromisedFile file = TRY(old ? FromVersion1(committable, bounds) : FromVersion2(committable));
    RETURN_IF_ERROR(CheckPromised(file, committable, bounds.job_id));
    files.push_back(std::move(file));
  }
  return files;
}

bool IsOverwrite(std::string_view committable) {
  return committable == kCommitOverwrite || committable.starts_with(kOverwriteOfVersion1);
}

std::string HeldRowsText(const PromisedFile& file) {
  return fmt::format("{}{}\t{}", kHeldRows, file.directory, file.name);
}

Result<PromisedFile> ParseHeldRows(const OutputRows& rows, std::string_view job_id) {
  const size_t tab = rows.what.find('\t');
  if (!rows.what.starts_with(kHeldRows) || tab == std::string::npos)
    return NotOurs(rows.what, "it is malformed");
  PromisedFile file{rows.rows, rows.what.substr(kHeldRows.size(), tab - kHeldRows.size()),
                    rows.what.substr(tab + 1)};
  RETURN_IF_ERROR(CheckPromised(file, rows.what, job_id));
  return file;
}

std::string_view ShortJobId(std::string_view job_id) {
  return job_id.substr(0, kJobDigits);
}

std::string InProgressPrefixOf(std::string_view job_id) {
  return fmt::format(".part-{}", ShortJobId(job_id));
}

bool IsFileOf(std::string_view name, std::string_view job_id) {
  if (name.starts_with('.')) name.remove_prefix(1);
  return name.starts_with(fmt::format("part-{}", ShortJobId(job_id)));
}

Status RemoveInProgress(FileSystem& files, const std::string& directory,
                        const InProgressFilter& filter, size_t partition_keys) {
  for (const FileInfo& entry : TRY(files.List(directory))) {
    const std::string name = FileName(entry.path);
    if (entry.is_directory) {
      const bool partition = partition_keys > 0 && !name.starts_with('.');
      if (partition)
        RETURN_IF_ERROR(RemoveInProgress(files, entry.path, filter, partition_keys - 1));
      continue;
    }
    if (!name.starts_with(filter.prefix) || filter.keep.contains(name)) continue;
    WEIR_FAULT_POINT("recovery.before_remove_in_progress");
    RETURN_IF_ERROR(files.Remove(entry.path));
  }
  return {};
}

Status LocatePromises(FileSystem& files, std::vector<PromisedFile> promised,
                      std::span<const std::string> places, FilePromises& promises) {
  for (PromisedFile& file : promised) {
    bool found = false;
    for (size_t i = 0; i < places.size() && !found; ++i) {
      // An error of Exists is a failure and not "missing": a directory that cannot be read does not
      // show that a reader has taken the file.
      const bool waits = TRY(Exists(files, file.InProgress(places[i])));
      const bool visible = TRY(Exists(files, file.Final(places[i])));
      if (waits && visible) return InTheWay(file.Final(places[i]));
      found = waits || visible;
      if (found) promises.found.push_back({file, places[i], waits});
    }
    if (!found) promises.missing.push_back(std::move(file));
  }
  return {};
}

}  // namespace weir::connectors
