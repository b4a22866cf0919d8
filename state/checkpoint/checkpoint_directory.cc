#include "state/checkpoint/checkpoint_directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/files/checkpoint_files.h"
#include "state/files/parallel.h"

namespace weir::state {
namespace {

using checkpoint::NumberFileFacts;
using checkpoint::NumberFileState;

constexpr std::string_view kChkPrefix = "chk-";
constexpr uint64_t kLongestNumberFile = 4096;
constexpr std::string_view kPassedOver = "passed-over";
constexpr std::string_view kPassedOverMagic = "weir-passed-over 1\n";

// Compares sizes only. Checksums would take as long as reading everything, and are verified before
// anything is used.
Result<std::string> MissingFile(FileSystem& files, const std::string& directory,
                                const CheckpointMetadata& metadata) {
  std::vector<std::string> wrong(metadata.files.size());
  const size_t at_once = files.Renames(directory) ? 1 : kRequestsAtOnce;
  RETURN_IF_ERROR(ForEachOn(at_once, wrong.size(), [&](size_t i) -> Status {
    const StateFile& file = metadata.files[i];
    if (metadata.inlined.contains(file.path)) return {};
    const std::string path = JoinPath(directory, file.path);
    const Result<FileInfo> info = files.Stat(path);
    if (info.status().code() == StatusCode::kNotFound) {
      wrong[i] = "a file is missing: " + path;
      return {};
    }
    RETURN_IF_ERROR(info.status());
    if (info->bytes != file.bytes)
      wrong[i] =
          fmt::format("a file has {} bytes instead of {}: {}", info->bytes, file.bytes, path);
    return {};
  }));
  const auto first =
      std::ranges::find_if(wrong, [](const std::string& one) { return !one.empty(); });
  return first == wrong.end() ? std::string() : *first;
}

Status ListCheckpoints(FileSystem& files, const std::string& directory, const KnownNumbers& known,
                       CheckpointsFound& found) {
  checkpoint::CheckpointPlace& place = found.place;
  const Result<FileInfo> info = files.Stat(directory);
  if (!info.ok() && info.status().code() == StatusCode::kNotFound) return {};
  RETURN_IF_ERROR(info.status());
  place.exists = true;
  place.latest = TRY(ReadPointer(files, directory, known.voided));
  if (TRY(IsOutdated(files, directory, place.latest, known.published))) {
    place.outdated = place.latest.number;
    place.latest.number = known.published;
  }
  place.next_id = TRY(ReadNumber(files, JoinPath(directory, "NEXT-ID"), kNextIdMagic));
  const std::vector<uint64_t> numbers = TRY(CheckpointNumbers(files, directory));
  if (!numbers.empty()) place.greatest_directory = numbers.back();
  for (const uint64_t id : TRY(CompletedNumbers(files, directory, place.latest, numbers))) {
    if (checkpoint::IsVoided(known.voided, id)) {
      place.voided.push_back(id);
      continue;
    }
    Result<CheckpointInfo> one = InfoOf(files, directory, id);
    // The running job has dropped it meanwhile.
    if (!one.ok() && one.status().code() == StatusCode::kNotFound) continue;
    RETURN_IF_ERROR(one.status());
    place.completed.push_back({id, one->path, one->damage, one->passed_over});
    found.checkpoints.push_back(*std::move(one));
  }
  return {};
}

}  // namespace

std::string CheckpointPath(std::string_view directory, uint64_t id) {
  return JoinPath(directory, fmt::format("{}{}", kChkPrefix, id));
}

std::string MetadataPath(std::string_view directory, uint64_t id) {
  return JoinPath(CheckpointPath(directory, id), "_metadata");
}

namespace {

// Adds the numbers after the last one that is listed, up to `newest`, since a listing may be too
// old to have them. The caller finds out which of them exist.
void AddUnlisted(uint64_t newest, std::vector<uint64_t>& listed) {
  constexpr uint64_t kMost = 64;  // no more are completed while a listing is late
  const uint64_t last = listed.empty() ? 0 : listed.back();
  const uint64_t first = std::max(last + 1, newest > kMost ? newest - kMost + 1 : 1);
  for (uint64_t id = first; id <= newest; ++id) listed.push_back(id);
}

}  // namespace

Result<std::vector<uint64_t>> CheckpointNumbers(FileSystem& files, const std::string& directory) {
  std::vector<uint64_t> ids;
  for (const FileInfo& entry : TRY(files.List(directory))) {
    const std::string name = FileName(entry.path);
    if (!entry.is_directory || !name.starts_with(kChkPrefix)) continue;
    const auto id = ParseNumber(std::string_view(name).substr(kChkPrefix.size()));
    if (id) ids.push_back(*id);
  }
  std::ranges::sort(ids);
  return ids;
}

namespace {

// Whether reading failed because the name belongs to a directory, a pipe or the like. Such a file
// is as bad as one with invalid contents, but the disk has not failed.
bool IsNoFile(FileSystem& files, const std::string& path, const Status& read) {
  if (read.ok() || read.code() == StatusCode::kNotFound) return false;
  const Result<FileInfo> there = files.Stat(path);
  return there.ok() && !there->is_regular;
}

Result<NumberFileFacts> FactsOf(const Result<std::string>& text, std::string_view magic) {
  if (text.status().code() == StatusCode::kNotFound) return NumberFileFacts();
  if (!text.ok() && text.status().code() != StatusCode::kCorruption) return text.status();
  const std::optional<uint64_t> number = text.ok() ? NumberIn(*text, magic) : std::nullopt;
  if (!number) return NumberFileFacts{NumberFileState::kBroken, 0};
  return NumberFileFacts{NumberFileState::kWhole, *number};
}

}  // namespace

Result<NumberFileFacts> ReadNumber(FileSystem& files, const std::string& path,
                                   std::string_view magic) {
  const Result<std::string> text = ReadFile(files, path);
  if (IsNoFile(files, path, text.status())) return NumberFileFacts{NumberFileState::kBroken, 0};
  return FactsOf(text, magic);
}

Result<NumberFileFacts> ReadNumber(HeldDirectory& directory, const std::string& name,
                                   std::string_view magic) {
  return FactsOf(ReadFile(directory, name, kLongestNumberFile), magic);
}

Result<NumberFileFacts> ReadPointer(FileSystem& files, const std::string& directory,
                                    const checkpoint::VoidedNumbers& voided) {
  NumberFileFacts latest = TRY(ReadNumber(files, JoinPath(directory, "LATEST"), kPointerMagic));
  const bool whole = latest.state == NumberFileState::kWhole;
  if (whole && checkpoint::IsVoided(voided, latest.number)) latest.state = NumberFileState::kVoided;
  return latest;
}

namespace {

// The last number that was given to a checkpoint, as far as NEXT-ID knows; 0: none.
Result<uint64_t> LastGiven(FileSystem& files, const std::string& directory) {
  const NumberFileFacts next = TRY(ReadNumber(files, JoinPath(directory, "NEXT-ID"), kNextIdMagic));
  return next.state == NumberFileState::kWhole && next.number > 0 ? next.number - 1 : 0;
}

}  // namespace

Result<std::vector<uint64_t>> CompletedNumbers(FileSystem& files, const std::string& directory,
                                               const NumberFileFacts& latest,
                                               std::vector<uint64_t> listed) {
  const bool known = latest.state == NumberFileState::kWhole;
  if (!known && DefectPlanted("lost-pointer-means-none")) return std::vector<uint64_t>();
  // Beyond the pointer nothing was ever published.
  if (known) std::erase_if(listed, [&](uint64_t id) { return id > latest.number; });
  const uint64_t newest = known ? latest.number : TRY(LastGiven(files, directory));
  if (!DefectPlanted("lists-are-never-late")) AddUnlisted(newest, listed);
  std::erase_if(listed, [&](uint64_t id) { return !files.Stat(MetadataPath(directory, id)).ok(); });
  return listed;
}

Status NotePassedOver(FileSystem& files, const std::string& checkpoint, std::string_view damage) {
  return WriteFileAtomically(files, JoinPath(checkpoint, kPassedOver),
                             fmt::format("{}{}\n", kPassedOverMagic, damage));
}

Result<std::optional<std::string>> ReadPassedOver(FileSystem& files,
                                                  const std::string& checkpoint) {
  const Result<std::string> text = ReadFile(files, JoinPath(checkpoint, kPassedOver));
  if (text.status().code() == StatusCode::kNotFound) return std::optional<std::string>();
  RETURN_IF_ERROR(text.status());
  // Even a file whose text is damaged says that the checkpoint was passed over: nothing else writes
  // it.
  std::string damage = text->starts_with(kPassedOverMagic) ? text->substr(kPassedOverMagic.size())
                                                           : "it was passed over";
  while (damage.ends_with('\n')) damage.pop_back();
  return std::optional(std::move(damage));
}

Result<CheckpointInfo> InfoOf(FileSystem& files, const std::string& directory, uint64_t id) {
  CheckpointInfo info;
  info.checkpoint_id = id;
  info.path = CheckpointPath(directory, id);
  const std::optional<std::string> passed_over = TRY(ReadPassedOver(files, info.path));
  info.passed_over = passed_over.has_value();
  const Result<std::string> bytes = ReadFile(files, MetadataPath(directory, id));
  if (IsNoFile(files, MetadataPath(directory, id), bytes.status())) {
    info.damage = "there is no file, but something else: " + MetadataPath(directory, id);
    return info;
  }
  RETURN_IF_ERROR(bytes.status());
  const Result<CheckpointMetadata> metadata = DecodeMetadata(*bytes);
  if (!metadata.ok()) {
    info.damage = metadata.status().message();
    return info;
  }
  info.kind = metadata->kind;
  info.trigger_millis = metadata->trigger_millis;
  info.complete_millis = metadata->complete_millis;
  for (const StateFile& file : metadata->files) {
    info.bytes += file.bytes;
    info.new_bytes += file.dirty_bytes;
    if (IsChannelState(file)) info.in_flight_bytes += file.bytes;
  }
  info.damage = TRY(MissingFile(files, directory, *metadata));
  // Dropped while its files were being checked, so it is not damaged but gone.
  if (!info.damage.empty()) RETURN_IF_ERROR(files.Stat(MetadataPath(directory, id)).status());
  // Such damage may only show when every byte is read.
  if (info.damage.empty() && passed_over) info.damage = *passed_over;
  return info;
}

Result<bool> IsOutdated(FileSystem& files, const std::string& directory,
                        const NumberFileFacts& latest, uint64_t published) {
  const bool older = latest.state == NumberFileState::kWhole && latest.number < published;
  if (!older || DefectPlanted("older-pointer-believed")) return false;
  // This mends a pointer that was not synced: that defect shows only without it.
  if (DefectPlanted("pointer-not-synced")) return false;
  return Exists(files, MetadataPath(directory, published));
}

namespace {

bool IsNewerNow(FileSystem& files, const checkpoint::CheckpointPlace& seen,
                const checkpoint::VoidedNumbers& voided) {
  const Result<NumberFileFacts> latest = ReadPointer(files, seen.path, voided);
  return latest.ok() && latest->state == NumberFileState::kWhole &&
         latest->number > seen.latest.number;
}

}  // namespace

CheckpointsFound FindCheckpoints(FileSystem& files, const std::string& directory,
                                 const KnownNumbers& known) {
  while (true) {
    CheckpointsFound found;
    found.place.path = directory;
    const Status looked = ListCheckpoints(files, directory, known, found);
    if (!looked.ok()) found.place.unreadable = looked.message();
    // A running job may have dropped all that were listed, for newer ones.
    if (!looked.ok() || !found.checkpoints.empty() || !IsNewerNow(files, found.place, known.voided))
      return found;
  }
}

}  // namespace weir::state
