#include "tests/faults/lost_write_file_system.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "runtime/base/check.h"

namespace weir::faults {
namespace {

namespace fs = std::filesystem;

std::string Normal(const std::string& path) {
  std::string normal = fs::absolute(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

bool IsBelow(const std::string& path, const std::string& directory) {
  return path.starts_with(directory + "/");
}

template <typename Map>
void EraseBelow(Map& map, const std::string& directory) {
  auto at = map.lower_bound(directory + "/");
  while (at != map.end()) {
    const std::string* path = nullptr;
    if constexpr (requires { at->first; }) {
      path = &at->first;
    } else {
      path = &*at;
    }
    if (!IsBelow(*path, directory)) break;
    at = map.erase(at);
  }
}

// Gives what is below a directory, and in a set the directory itself, names below another.
template <typename Map>
void MoveBelow(Map& map, const std::string& from, const std::string& to) {
  Map moved;
  for (auto at = map.lower_bound(from); at != map.end();) {
    const std::string* path = nullptr;
    if constexpr (requires { at->first; }) {
      path = &at->first;
    } else {
      path = &*at;
    }
    if (!path->starts_with(from)) break;
    if (*path != from && !IsBelow(*path, from)) {
      ++at;
      continue;
    }
    auto node = map.extract(at++);
    if constexpr (requires { node.key(); }) {
      node.key() = to + node.key().substr(from.size());
    } else {
      node.value() = to + node.value().substr(from.size());
    }
    moved.insert(std::move(node));
  }
  map.merge(moved);
}

uint64_t NextRandom(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

class WatchedFile final : public WritableFile {
 public:
  WatchedFile(LostWriteFileSystem& files, std::unique_ptr<WritableFile> file,
              LostWriteFileSystem::InodePtr inode)
      : files_(files), file_(std::move(file)), inode_(std::move(inode)) {}

  Status Append(std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    files_.Count();
    return file_->Append(bytes);
  }
  Status Sync() override {
    const std::lock_guard lock(files_.mutex_);
    files_.Count();
    RETURN_IF_ERROR(file_->Flush());
    inode_->synced = file_->size();
    return {};
  }
  Status Flush() override {
    const std::lock_guard lock(files_.mutex_);
    return file_->Flush();
  }
  Status Close() override {
    const std::lock_guard lock(files_.mutex_);
    return file_->Close();
  }
  uint64_t size() const override { return file_->size(); }

 private:
  LostWriteFileSystem& files_;
  std::unique_ptr<WritableFile> file_;
  LostWriteFileSystem::InodePtr inode_;
};

class WatchedWhole final : public WholeFileSystem {
 public:
  explicit WatchedWhole(LostWriteFileSystem& files) : files_(files) {}

  bool Has(const std::string& path) const override {
    return files_.Watches(Normal(path)) && files_.Stat(path).ok();
  }
  Status Sync() override {
    const std::lock_guard lock(files_.mutex_);
    files_.Count();
    files_.SyncEverything();
    return {};
  }

 private:
  LostWriteFileSystem& files_;
};

class PoweredFile final : public ReadableFile {
 public:
  PoweredFile(const LostWriteFileSystem& files, std::unique_ptr<ReadableFile> file)
      : files_(files), file_(std::move(file)) {}

  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    const std::shared_lock powered(files_.power_);
    return file_->Read(offset, bytes, out);
  }

 private:
  const LostWriteFileSystem& files_;
  std::unique_ptr<ReadableFile> file_;
};

LostWriteFileSystem::LostWriteFileSystem(FileSystem& base, const std::string& root, uint64_t seed)
    : base_(base), root_(Normal(root)), aliases_(root_ + ".aliases"), random_(seed) {
  fs::remove_all(aliases_);
  fs::create_directories(aliases_);
  fs::create_directories(root_);
  Scan();
}

LostWriteFileSystem::~LostWriteFileSystem() {
  fs::remove_all(aliases_);
}

void LostWriteFileSystem::Scan() {
  std::map<ino_t, InodePtr> known;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root_)) {
    const std::string path = entry.path().string();
    if (entry.is_directory()) {
      directories_now_.insert(path);
      continue;
    }
    struct stat facts {};
    WEIR_CHECK(::stat(path.c_str(), &facts) == 0);
    InodePtr& inode = known[facts.st_ino];
    if (!inode) inode = Adopt(path, static_cast<uint64_t>(facts.st_size)).value();
    now_[path] = inode;
  }
  durable_ = now_;
  directories_durable_ = directories_now_;
}

Result<LostWriteFileSystem::InodePtr> LostWriteFileSystem::Adopt(const std::string& path,
                                                                 uint64_t synced) {
  auto inode = std::make_shared<Inode>(
      Inode{.alias = fmt::format("{}/{}", aliases_, next_alias_++), .synced = synced});
  RETURN_IF_ERROR(base_.Link(path, inode->alias));
  return inode;
}

void LostWriteFileSystem::PullPlugAt(uint64_t operation, std::function<void()> after) {
  const std::lock_guard lock(mutex_);
  pull_at_ = operations_ + operation;
  after_ = std::move(after);
}

void LostWriteFileSystem::Count() {
  if (++operations_ == pull_at_) FailPower(after_);
}

void LostWriteFileSystem::PullPlug(const std::function<void()>& after) {
  const std::lock_guard lock(mutex_);
  FailPower(after);
}

void LostWriteFileSystem::FailPower(const std::function<void()>& after) {
  const std::unique_lock dark(power_);
  LetSomeSurvive();
  Restore();
  after();
}

void LostWriteFileSystem::SyncAll() {
  const std::lock_guard lock(mutex_);
  SyncEverything();
}

void LostWriteFileSystem::SyncEverything() {
  durable_ = now_;
  directories_durable_ = directories_now_;
  old_names_.clear();
  for (const auto& [path, inode] : now_) inode->synced = fs::file_size(inode->alias);
}

uint64_t LostWriteFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

// --- the plug ------------------------------------------------------------------------------------

void LostWriteFileSystem::LetSomeSurvive() {
  if (random_ == 0) return;
  std::set<std::string> all = directories_now_;
  all.insert(root_);
  for (const std::string& directory : all) {
    if (NextRandom(random_) % 2 == 0) SyncEntries(directory);
  }
  for (const auto& [path, inode] : durable_) {
    const uint64_t written = fs::file_size(inode->alias);
    if (written > inode->synced)
      inode->synced += NextRandom(random_) % (written - inode->synced + 1);
  }
}

void LostWriteFileSystem::Restore() {
  for (const fs::directory_entry& entry : fs::directory_iterator(root_))
    fs::remove_all(entry.path());
  for (const std::string& directory : directories_durable_) {
    if (Survives(directory)) fs::create_directories(DurablePath(directory));
  }
  for (const auto& [name, inode] : durable_) {
    if (!Survives(DirectoryOf(name))) continue;
    WEIR_CHECK(::truncate(inode->alias.c_str(), static_cast<off_t>(inode->synced)) == 0);
    const std::string path = DurablePath(name);
    fs::create_directories(fs::path(path).parent_path());
    fs::create_hard_link(inode->alias, path);
  }
  fs::remove_all(aliases_);
}

bool LostWriteFileSystem::Survives(const std::string& directory) const {
  if (directory == root_) return true;
  return directories_durable_.contains(directory) && Survives(DirectoryOf(directory));
}

// --- names ---------------------------------------------------------------------------------------

void LostWriteFileSystem::ForgetDurable(const std::string& directory) {
  EraseBelow(durable_, directory);
  EraseBelow(directories_durable_, directory);
  directories_durable_.erase(directory);
  old_names_.erase(directory);
}

std::string LostWriteFileSystem::DurablePath(const std::string& path) const {
  for (const auto& [now, old] : old_names_) {
    if (path == now || IsBelow(path, now)) return old + path.substr(now.size());
  }
  return path;
}

void LostWriteFileSystem::RenameDirectory(const std::string& from, const std::string& to) {
  WEIR_CHECK(DirectoryOf(from) == DirectoryOf(to) && !old_names_.contains(from));
  ForgetDurable(to);
  const bool survives = directories_durable_.contains(from);
  MoveBelow(now_, from, to);
  MoveBelow(durable_, from, to);
  MoveBelow(directories_now_, from, to);
  MoveBelow(directories_durable_, from, to);
  if (survives) old_names_[to] = from;
}

void LostWriteFileSystem::SyncEntries(const std::string& directory) {
  const auto direct = [&](const std::string& path) {
    return IsBelow(path, directory) && path.find('/', directory.size() + 1) == std::string::npos;
  };
  std::erase_if(durable_, [&](const auto& entry) {
    return direct(entry.first) && !now_.contains(entry.first);
  });
  for (auto at = now_.lower_bound(directory + "/");
       at != now_.end() && IsBelow(at->first, directory); ++at) {
    if (direct(at->first)) durable_[at->first] = at->second;
  }
  for (auto at = directories_now_.lower_bound(directory + "/");
       at != directories_now_.end() && IsBelow(*at, directory); ++at) {
    if (direct(*at)) directories_durable_.insert(*at);
  }
  std::erase_if(old_names_, [&](const auto& entry) { return direct(entry.first); });
  std::vector<std::string> gone;
  for (const std::string& child : directories_durable_) {
    if (direct(child) && !directories_now_.contains(child)) gone.push_back(child);
  }
  for (const std::string& child : gone) ForgetDurable(child);
}

Status LostWriteFileSystem::CreateDirectories(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.CreateDirectories(given);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.CreateDirectories(path));
  for (size_t end = path.find('/', root_.size() + 1); true; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (directories_now_.insert(part).second) {
      // Its parent was synced, and with it that another of this name was renamed.
      std::erase_if(old_names_, [&](const auto& entry) { return entry.second == part; });
      ForgetDurable(part);
      directories_durable_.insert(part);
    }
    if (end == std::string::npos) return {};
  }
}

Status LostWriteFileSystem::CreateOutputDirectory(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.CreateOutputDirectory(given);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.CreateOutputDirectory(path));
  directories_now_.insert(path);
  return {};
}

Result<std::unique_ptr<WholeFileSystem>> LostWriteFileSystem::Whole(const std::string& given) {
  if (!Watches(Normal(given))) return base_.Whole(given);
  return std::unique_ptr<WholeFileSystem>(std::make_unique<WatchedWhole>(*this));
}

Status LostWriteFileSystem::SyncDirectory(const std::string& given) {
  const std::string path = Normal(given);
  if (path != root_ && !Watches(path)) return base_.SyncDirectory(given);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.Stat(path).status());
  SyncEntries(path);
  return {};
}

bool LostWriteFileSystem::Renames(const std::string& directory) {
  return base_.Renames(directory);
}

Status LostWriteFileSystem::Rename(const std::string& given_from, const std::string& given_to) {
  const std::string from = Normal(given_from), to = Normal(given_to);
  if (!Watches(from) && !Watches(to)) return base_.Rename(given_from, given_to);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.Rename(from, to));
  if (directories_now_.contains(from)) {
    RenameDirectory(from, to);
    return {};
  }
  const auto found = now_.find(from);
  WEIR_CHECK(found != now_.end());
  now_[to] = found->second;
  now_.erase(from);
  return {};
}

Status LostWriteFileSystem::Link(const std::string& given_from, const std::string& given_to) {
  const std::string from = Normal(given_from), to = Normal(given_to);
  if (!Watches(from) && !Watches(to)) return base_.Link(given_from, given_to);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.Link(from, to));
  const auto found = now_.find(from);
  WEIR_CHECK(found != now_.end());
  now_[to] = found->second;
  return {};
}

Status LostWriteFileSystem::Remove(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.Remove(given);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.Remove(path));
  now_.erase(path);
  return {};
}

Status LostWriteFileSystem::RemoveRecursively(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.RemoveRecursively(given);
  const std::lock_guard lock(mutex_);
  Count();
  RETURN_IF_ERROR(base_.RemoveRecursively(path));
  now_.erase(path);
  EraseBelow(now_, path);
  EraseBelow(directories_now_, path);
  directories_now_.erase(path);
  return {};
}

// --- files ---------------------------------------------------------------------------------------

Result<std::unique_ptr<WritableFile>> LostWriteFileSystem::Create(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.Create(given);
  const std::lock_guard lock(mutex_);
  Count();
  std::unique_ptr<WritableFile> file = TRY(base_.Create(path));
  InodePtr& inode = now_[path];
  if (!inode) inode = TRY(Adopt(path, 0));
  inode->synced = 0;
  return std::unique_ptr<WritableFile>(
      std::make_unique<WatchedFile>(*this, std::move(file), inode));
}

Result<std::unique_ptr<WritableFile>> LostWriteFileSystem::Reopen(const std::string& given,
                                                                  uint64_t bytes) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.Reopen(given, bytes);
  const std::lock_guard lock(mutex_);
  Count();
  std::unique_ptr<WritableFile> file = TRY(base_.Reopen(path, bytes));
  const InodePtr inode = now_.at(path);
  inode->synced = std::min(inode->synced, bytes);
  return std::unique_ptr<WritableFile>(
      std::make_unique<WatchedFile>(*this, std::move(file), inode));
}

Result<std::unique_ptr<ReadableFile>> LostWriteFileSystem::Open(const std::string& given) {
  const std::string path = Normal(given);
  if (!Watches(path)) return base_.Open(given);
  const std::shared_lock powered(power_);
  return std::unique_ptr<ReadableFile>(std::make_unique<PoweredFile>(*this, TRY(base_.Open(path))));
}

Result<FileInfo> LostWriteFileSystem::Stat(const std::string& path) {
  const std::shared_lock powered(power_);
  return base_.Stat(path);
}

Result<std::vector<FileInfo>> LostWriteFileSystem::List(const std::string& directory) {
  const std::shared_lock powered(power_);
  return base_.List(directory);
}

}  // namespace weir::faults
