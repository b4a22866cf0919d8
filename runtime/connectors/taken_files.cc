#include "runtime/connectors/taken_files.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/plain_path.h"
#include "runtime/fault_point.h"

namespace weir::connectors {

TakenFiles::TakenFiles(FileSystem& files, const Clock& clock, bool follow)
    : files_(files), clock_(clock), follow_(follow), directory_(WorkingDirectory()) {}

TakenFiles::PathHash TakenFiles::HashOf(const std::string& path) const {
  std::string salted = DefectPlanted("paths-as-written") ? path : PlainPath(path, directory_);
  const uint64_t first = Hash64(salted.data(), salted.size());
  salted += '\0';
  return {first, Hash64(salted.data(), salted.size())};
}

uint64_t TakenFiles::LookOf(uint64_t inode, uint64_t bytes, int64_t modified_nanos) {
  const std::array<uint64_t, 3> facts = {inode, bytes, static_cast<uint64_t>(modified_nanos)};
  return Hash64(facts.data(), sizeof(facts));
}

uint64_t TakenFiles::ContentOf(const FileIdentity& identity) {
  const std::array<uint64_t, 2> hashes = {identity.head, identity.tail};
  return Hash64(hashes.data(), sizeof(hashes));
}

Status TakenFiles::Remember(const Split& split) {
  const FilePosition position = TRY(FilePosition::Parse(split.position));
  const std::lock_guard lock(mutex_);
  const PathHash hash = HashOf(split.id);
  Mark& mark = marks_[hash];
  mark = {.finished = split.finished};
  // A plain file that was read to its end had as many bytes.
  if (!position.known && split.finished && !split.id.ends_with(".gz")) mark.bytes = position.offset;
  if (position.known) {
    const FileIdentity& was = position.identity;
    mark.inode = was.inode;
    mark.content = ContentOf(was);
    mark.bytes = was.prefix;
    if (split.finished) mark.look = LookOf(was.inode, was.bytes, was.modified_nanos);
    if (follow_) by_inode_[was.inode] = hash;
  }
  if (split.finished) StopWaiting(split.id);
  return {};
}

Status TakenFiles::Check(const FileInfo& file, Mark& mark) {
  const uint64_t look = LookOf(file.inode, file.bytes, file.modified_nanos);
  if (!mark.finished || mark.look == look) return {};
  const bool known = mark.look != 0;
  if (file.bytes < mark.bytes) return FileWasTruncated(file, mark.bytes);
  const Result<FileIdentity> now = Identify(files_, file, known ? mark.bytes : file.bytes);
  if (!now.ok()) return {};  // it went, or may not be read: nothing speaks against it
  if (known && ContentOf(*now) != mark.content) return FileWasReplaced(file, mark.bytes);
  if (known && file.bytes > mark.bytes) return FileHasGrown(file, mark.bytes);
  // A copy of it, or one that was touched; or what an old checkpoint says nothing more about.
  mark.look = look;
  mark.content = ContentOf(*now);
  mark.bytes = file.bytes;
  return {};
}

Result<bool> TakenFiles::IsKnownInode(const FileInfo& file) {
  const auto known = by_inode_.find(file.inode);
  if (known == by_inode_.end()) return false;
  Mark& mark = marks_[known->second];
  if (!mark.finished) return true;  // it is read on through its descriptor
  if (mark.look == LookOf(file.inode, file.bytes, file.modified_nanos)) return true;
  // It had ended. An inode is used again when its file is gone: then the contents are others.
  if (!Holds(file, mark)) return false;
  RETURN_IF_ERROR(Check(file, mark));
  return true;
}

// Whether the file begins with what was read of the one that the mark is of.
bool TakenFiles::Holds(const FileInfo& file, const Mark& mark) const {
  if (file.bytes < mark.bytes) return false;
  const Result<FileIdentity> now = Identify(files_, file, mark.bytes);
  return now.ok() && ContentOf(*now) == mark.content;
}

void TakenFiles::AdoptCopies(const std::vector<FileInfo>& found) {
  const std::lock_guard lock(mutex_);
  if (!follow_ || std::exchange(adopted_, true)) return;
  std::unordered_map<uint64_t, const FileInfo*> by_inode;
  for (const FileInfo& file : found) by_inode.emplace(file.inode, &file);
  for (const FileInfo& file : found) {
    const auto known = marks_.find(HashOf(file.path));
    if (known == marks_.end() || known->second.inode == file.inode) continue;
    Mark& mark = known->second;
    // The file itself may be elsewhere; or its inode was given to another one since.
    const auto holder = by_inode.find(mark.inode);
    if (mark.bytes == 0 || (holder != by_inode.end() && Holds(*holder->second, mark))) continue;
    if (mark.finished && file.bytes != mark.bytes) continue;
    if (!Holds(file, mark)) continue;
    by_inode_.erase(mark.inode);
    mark.inode = file.inode;
    by_inode_[file.inode] = known->first;
  }
}

std::string TakenFiles::FreeName(const FileInfo& file) const {
  if (!marks_.contains(HashOf(file.path))) return file.path;
  const std::string second = fmt::format("{}#{}", file.path, file.inode);
  std::string name = second;
  for (int i = 2; marks_.contains(HashOf(name)); ++i) name = fmt::format("{}.{}", second, i);
  return name;
}

Result<std::optional<Split>> TakenFiles::Take(const FileInfo& file) {
  const std::lock_guard lock(mutex_);
  Split split{file.path, "", false};
  const auto known = marks_.find(HashOf(file.path));
  if (follow_) {
    if (TRY(IsKnownInode(file))) return std::optional<Split>();
    // A checkpoint of an old version does not say which file it was: the one that is there.
    if (known != marks_.end() && known->second.inode == 0) {
      known->second.inode = file.inode;
      by_inode_[file.inode] = known->first;
      return std::optional<Split>();
    }
    split.id = FreeName(file);
    if (split.id != file.path) split.position = FilePosition{.file = file.path}.ToString();
  } else if (known != marks_.end()) {
    RETURN_IF_ERROR(Check(file, known->second));
    return std::optional<Split>();
  }
  const PathHash hash = HashOf(split.id);
  marks_[hash].inode = file.inode;
  if (follow_) by_inode_[file.inode] = hash;
  const int64_t now = clock_.Now().millis;
  waiting_[hash] = now;
  ++found_at_[now];
  return std::optional<Split>(std::move(split));
}

bool TakenFiles::Knows(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return marks_.contains(HashOf(path));
}

void TakenFiles::Begun(const std::string& id) {
  const std::lock_guard lock(mutex_);
  StopWaiting(id);
}

void TakenFiles::StopWaiting(const std::string& id) {
  const auto waited = waiting_.find(HashOf(id));
  if (waited == waiting_.end()) return;
  const auto found = found_at_.find(waited->second);
  if (--found->second == 0) found_at_.erase(found);
  waiting_.erase(waited);
}

void TakenFiles::Forget(const Split& split) {
  const std::lock_guard lock(mutex_);
  StopWaiting(split.id);
  const auto known = marks_.find(HashOf(split.id));
  if (known == marks_.end()) return;
  by_inode_.erase(known->second.inode);
  marks_.erase(known);
}

void TakenFiles::SetSkipped(std::map<std::string, std::string> skipped) {
  const std::lock_guard lock(mutex_);
  skipped_ = std::move(skipped);
}

SourceFigures TakenFiles::figures() const {
  const std::lock_guard lock(mutex_);
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
