#include "runtime/connectors/filesystem/taken_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/base/hash.h"
#include "runtime/base/plain_path.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

uint64_t HashOfText(std::string_view text) {
  return Hash64(text.data(), text.size());
}

std::string_view LastNameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// "app" for app.log: the part of the name that logrotate and similar tools keep, as in app.log.1 or
// app-20261122.log.
uint64_t FamilyOf(std::string_view path) {
  const std::string_view name = LastNameOf(path);
  return HashOfText(name.substr(0, name.find('.', 1)));
}

// Whether the path's name begins with the family's word and the word ends there.
bool IsOfFamily(std::string_view path, uint64_t family) {
  const std::string_view name = LastNameOf(path);
  for (size_t end = 1; end <= name.size(); ++end) {
    const bool word = end < name.size() && std::isalnum(static_cast<unsigned char>(name[end])) != 0;
    if (!word && HashOfText(name.substr(0, end)) == family) return true;
  }
  return false;
}

}  // namespace

TakenFiles::TakenFiles(FileSystem& files, const Clock& clock, bool follow)
    : files_(files), clock_(clock), follow_(follow), directory_(WorkingDirectory()) {}

TakenFiles::PathHash TakenFiles::HashOf(const std::string& path) const {
  std::string salted = DefectPlanted("paths-as-written") ? path : PlainPath(path, directory_);
  const uint64_t first = Hash64(salted.data(), salted.size());
  salted += '\0';
  return {first, Hash64(salted.data(), salted.size())};
}

uint64_t TakenFiles::SignatureOf(uint64_t inode, uint64_t bytes, int64_t modified_nanos) {
  const std::array<uint64_t, 3> facts = {inode, bytes, static_cast<uint64_t>(modified_nanos)};
  return Hash64(facts.data(), sizeof(facts));
}

uint64_t TakenFiles::ContentOf(const FileIdentity& identity) {
  const std::array<uint64_t, 2> hashes = {identity.head, identity.tail};
  return Hash64(hashes.data(), sizeof(hashes));
}

Status TakenFiles::Remember(const Split& split) {
  const FilePosition position = TRY(FilePosition::Parse(split.position));
  const std::string& path = position.file.empty() ? split.id : position.file;
  const MutexLock lock(mutex_);
  Known& known = *marks_.try_emplace(HashOf(split.id)).first;
  Mark& mark = known.second;
  mark = {.inode = mark.inode,
          .path = HashOf(path).first,
          .family = FamilyOf(path),
          .finished = split.finished};
  // A plain file that was read to its end had this many bytes.
  if (!position.known && split.finished && !split.id.ends_with(".gz")) mark.bytes = position.offset;
  if (position.known) {
    const FileIdentity& was = position.identity;
    SetInode(known, was.inode);
    mark.born_nanos = was.born_nanos;
    mark.content = ContentOf(was);
    mark.bytes = was.prefix;
    mark.signature = SignatureOf(was.inode, was.bytes, was.modified_nanos);
  }
  if (split.finished) {
    StopWaiting(split.id);
    seen_.erase(known.first);
  }
  return {};
}

void TakenFiles::SetInode(Known& known, uint64_t inode) {
  const uint64_t before = std::exchange(known.second.inode, inode);
  if (!follow_ || before == inode) return;
  const auto [first, last] = by_inode_.equal_range(before);
  const auto old =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == known.first; });
  if (old != last) by_inode_.erase(old);
  if (inode != 0) by_inode_.emplace(inode, known.first);
}

Status TakenFiles::Check(const FileInfo& file, Mark& mark) {
  const uint64_t signature = SignatureOf(file.inode, file.bytes, file.modified_nanos);
  if (!mark.finished || mark.signature == signature) return {};
  const bool known = mark.signature != 0;
  if (file.bytes < mark.bytes) return FileWasTruncated(file, mark.bytes);
  const Result<FileIdentity> now = Identify(files_, file, known ? mark.bytes : file.bytes);
  if (!now.ok()) return {};  // it was removed or may not be read, so nothing shows a change
  if (known && ContentOf(*now) != mark.content) return FileWasReplaced(file, mark.bytes);
  if (known && file.bytes > mark.bytes) {
    Status grown = FileHasGrown(file, mark.bytes);
    return follow_ ? std::move(grown).WithHint(
                         "one that was moved away and was silent for 'source.settle-interval' is "
                         "complete: let that be longer than its writer's pauses")
                   : grown;
  }
  // The file is a copy, or was touched without a change, or a checkpoint of an old version says
  // nothing more about it.
  mark.signature = signature;
  mark.content = ContentOf(*now);
  mark.bytes = file.bytes;
  return {};
}

// Whether the inode's file was found and is not read to its end. As long as it is open, no other
// file gets its inode.
bool TakenFiles::IsBeingRead(uint64_t inode) const {
  const auto [first, last] = by_inode_.equal_range(inode);
  return std::any_of(first, last, [&](const auto& entry) WEIR_REQUIRES(mutex_) {
    return !marks_.at(entry.second).finished;
  });
}

// Files can have had the inode one after the other. At most the last of them still exists.
Result<bool> TakenFiles::IsKnownInode(const FileInfo& file) {
  if (IsBeingRead(file.inode)) return true;
  const auto [first, last] = by_inode_.equal_range(file.inode);
  for (auto known = first; known != last; ++known) {
    if (TRY(IsWhatEnded(file, marks_[known->second]))) return true;
    if (DefectPlanted("one-file-an-inode")) break;
  }
  return false;
}

// Whether it is the file with this inode that was moved away and read to its end, rather than a new
// one that got the inode afterwards. kDataError E3006 if it is that file but was changed.
Result<bool> TakenFiles::IsWhatEnded(const FileInfo& file, Mark& mark) {
  if (mark.signature == SignatureOf(file.inode, file.bytes, file.modified_nanos)) return true;
  const bool dated = mark.born_nanos != 0 && file.born_nanos != 0;
  const bool same = dated && mark.born_nanos == file.born_nanos && !DefectPlanted("rotated-is-new");
  // A file of which nothing was read cannot be recognised by its contents. Taking it for a new one
  // reads no row twice.
  const bool unread = mark.bytes == 0 && !DefectPlanted("empty-files-are-alike");
  if (!same && (unread || !Holds(file, mark) || (dated && file.bytes != mark.bytes))) return false;
  RETURN_IF_ERROR(Check(file, mark));
  mark.born_nanos = file.born_nanos;
  return true;
}

// Whether the file begins with what was read of the mark's file.
bool TakenFiles::Holds(const FileInfo& file, const Mark& mark) const {
  if (file.bytes < mark.bytes) return false;
  const Result<FileIdentity> now = Identify(files_, file, mark.bytes);
  return now.ok() && ContentOf(*now) == mark.content;
}

// Whether the file matches a mark with its inode; if so, adds that file's mark to `claimed`.
bool TakenFiles::IsClaimed(const FileInfo& file, std::unordered_set<uint64_t>& claimed) const {
  const uint64_t signature = SignatureOf(file.inode, file.bytes, file.modified_nanos);
  const auto [first, last] = by_inode_.equal_range(file.inode);
  return std::any_of(first, last, [&](const auto& entry) WEIR_REQUIRES(mutex_) {
    const Mark& mark = marks_.at(entry.second);
    const bool dated = mark.born_nanos != 0 && file.born_nanos != 0;
    if (dated && mark.born_nanos != file.born_nanos) return false;
    const bool holds = mark.signature == signature || Holds(file, mark);
    if (holds) claimed.insert(entry.second.first);
    return holds;
  });
}

// Whether the file may be a copy of the mark's file, which no longer exists.
bool TakenFiles::IsCopy(const FileInfo& file, const Known& known, bool elsewhere) const {
  const Mark& mark = known.second;
  if (DefectPlanted("rotated-is-new") && known.first != HashOf(file.path)) return false;
  const bool same_path = mark.path == HashOf(file.path).first;
  return (same_path || (elsewhere && IsOfFamily(file.path, mark.family))) && Holds(file, mark);
}

void TakenFiles::Adopt(const FileInfo& file, Known& known) {
  SetInode(known, file.inode);
  known.second.born_nanos = file.born_nanos;
  known.second.signature = SignatureOf(file.inode, file.bytes, file.modified_nanos);
}

void TakenFiles::AdoptCopies(const std::vector<FileInfo>& found) {
  const MutexLock lock(mutex_);
  if (!follow_ || std::exchange(adopted_, true)) return;
  // Only marks whose file no longer exists can have a copy among the strangers. Their inode may
  // have been given to another file.
  std::unordered_set<uint64_t> claimed;
  std::vector<const FileInfo*> strangers;
  for (const FileInfo& file : found) {
    if (!IsClaimed(file, claimed)) strangers.push_back(&file);
  }
  if (strangers.empty()) return;
  std::unordered_multimap<uint64_t, Known*> ended;  // by size
  std::unordered_multimap<uint64_t, Known*> open;   // all under one key
  for (Known& known : marks_) {
    const Mark& mark = known.second;
    if (mark.bytes == 0 || claimed.contains(known.first.first)) continue;
    (mark.finished ? ended : open).emplace(mark.finished ? mark.bytes : 0, &known);
  }
  // Finished files come first, since their whole content was compared. Only the beginning of open
  // ones is known, which other files may share.
  const auto adopt = [&](auto& lost, bool elsewhere) WEIR_REQUIRES(mutex_) {
    std::erase_if(strangers, [&](const FileInfo* file) WEIR_REQUIRES(mutex_) {
      const auto [first, last] = lost.equal_range(&lost == &ended ? file->bytes : 0);
      const auto copied = std::find_if(
          first, last, [&](const auto& entry) { return IsCopy(*file, *entry.second, elsewhere); });
      if (copied == last) return false;
      Adopt(*file, *copied->second);
      lost.erase(copied);
      return true;
    });
  };
  adopt(ended, true);
  adopt(open, false);
  adopt(open, true);
}

uint64_t TakenFiles::InodeOf(const std::string& id, uint64_t at_its_path) {
  const MutexLock lock(mutex_);
  const auto known = marks_.find(HashOf(id));
  if (known == marks_.end()) return 0;
  const bool taken = IsBeingRead(at_its_path) && !DefectPlanted("unread-files-are-one");
  if (known->second.inode == 0 && !taken) SetInode(*known, at_its_path);
  return known->second.inode;
}

std::string TakenFiles::FreeName(const FileInfo& file) const {
  if (!marks_.contains(HashOf(file.path))) return file.path;
  const std::string second = fmt::format("{}#{}", file.path, file.inode);
  std::string name = second;
  for (int i = 2; marks_.contains(HashOf(name)); ++i) name = fmt::format("{}.{}", second, i);
  return name;
}

Result<std::optional<Split>> TakenFiles::Take(const FileInfo& file) {
  const MutexLock lock(mutex_);
  Split split{file.path, "", false};
  const auto known = marks_.find(HashOf(file.path));
  if (follow_) {
    if (TRY(IsKnownInode(file))) return std::optional<Split>();
    // A checkpoint of an old version does not say which file had this path, so the file that has it
    // now is taken to be that one.
    if (known != marks_.end() && known->second.inode == 0) {
      SetInode(*known, file.inode);
      return std::optional<Split>();
    }
    split.id = FreeName(file);
    if (split.id != file.path) split.position = FilePosition{.file = file.path}.ToString();
  } else if (known != marks_.end()) {
    RETURN_IF_ERROR(Check(file, known->second));
    return std::optional<Split>();
  }
  const PathHash hash = HashOf(split.id);
  SetInode(*marks_.try_emplace(hash).first, file.inode);
  const int64_t now = clock_.Now().millis;
  waiting_[hash] = now;
  ++found_at_[now];
  return std::optional<Split>(std::move(split));
}

bool TakenFiles::Knows(const std::string& path) const {
  const MutexLock lock(mutex_);
  return marks_.contains(HashOf(path));
}

void TakenFiles::Begun(const std::string& id) {
  const MutexLock lock(mutex_);
  StopWaiting(id);
}

int64_t TakenFiles::SameSince(const std::string& id, uint64_t state, int64_t now) {
  const MutexLock lock(mutex_);
  const auto [seen, first] = seen_.try_emplace(HashOf(id), Seen{state, now});
  if (!first && seen->second.state != state) seen->second = {state, now};
  return seen->second.since;
}

void TakenFiles::StopWaiting(const std::string& id) {
  const auto waited = waiting_.find(HashOf(id));
  if (waited == waiting_.end()) return;
  const auto found = found_at_.find(waited->second);
  if (--found->second == 0) found_at_.erase(found);
  waiting_.erase(waited);
}

void TakenFiles::Forget(const Split& split) {
  const MutexLock lock(mutex_);
  StopWaiting(split.id);
  seen_.erase(HashOf(split.id));
  const auto known = marks_.find(HashOf(split.id));
  if (known == marks_.end()) return;
  SetInode(*known, 0);
  marks_.erase(known);
}

void TakenFiles::SetSkipped(std::map<std::string, std::string> skipped) {
  const MutexLock lock(mutex_);
  skipped_ = std::move(skipped);
}

SourceFigures TakenFiles::figures() const {
  const MutexLock lock(mutex_);
  SourceFigures figures{
      .seen = marks_.size(), .waiting = waiting_.size(), .skipped = skipped_.size()};
  if (!found_at_.empty()) {
    figures.oldest_waiting_millis = clock_.Now().millis - found_at_.begin()->first;
  }
  if (!skipped_.empty()) {
    figures.first_skipped = skipped_.begin()->first + ": " + skipped_.begin()->second;
  }
  return figures;
}

}  // namespace weir::connectors
