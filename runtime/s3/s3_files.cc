#include "runtime/s3/s3_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/held_directory.h"
#include "runtime/mutex.h"
#include "runtime/s3/s3_client.h"
#include "runtime/s3/s3_reader.h"
#include "runtime/s3/s3_workers.h"
#include "runtime/s3/s3_writer.h"

namespace weir::s3 {
namespace {

FileInfo InfoOf(std::string path, uint64_t bytes, int64_t modified_nanos, std::string etag) {
  FileInfo info;
  info.path = std::move(path);
  info.bytes = bytes;
  info.modified_nanos = info.changed_nanos = modified_nanos;
  info.is_regular = true;
  info.inode = std::max<uint64_t>(1, Hash64(etag.data(), etag.size()));
  info.version = std::move(etag);
  return info;
}

FileInfo DirectoryInfo(std::string path) {
  FileInfo info;
  info.path = std::move(path);
  info.is_directory = true;
  return info;
}

// A client and what its files share.
struct Store {
  explicit Store(Settings settings)
      : client(std::move(settings)), workers(client.settings().threads) {}

  Client client;
  RangeCache cache;
  Workers workers;  // last: its work uses the others
};
using StorePtr = std::shared_ptr<Store>;

// A reader keeps its store.
struct KeptReading : Reading {
  explicit KeptReading(StorePtr kept) : store(std::move(kept)) {
    client = &store->client;
    workers = &store->workers;
    cache = &store->cache;
  }
  StorePtr store;
};

// A writer, too.
class KeptWriter final : public WritableFile {
 public:
  KeptWriter(StorePtr store, const Place& place)
      : store_(std::move(store)), file_(CreateObject(store_->client, store_->workers, place)) {}
  Status Append(std::string_view bytes) override { return file_->Append(bytes); }
  Status Sync() override { return file_->Sync(); }
  Status Flush() override { return file_->Flush(); }
  Status Close() override { return file_->Close(); }
  uint64_t size() const override { return file_->size(); }

 private:
  const StorePtr store_;
  const std::unique_ptr<WritableFile> file_;
};

Result<std::vector<FileInfo>> ListFlat(Client& client, const Place& prefix) {
  std::vector<FileInfo> found;
  Client::ListRequest request;
  do {
    Listing listing = TRY(client.List(prefix, request));
    for (ListedObject& object : listing.objects) {
      // What some tools make for a directory.
      if (object.key.ends_with('/')) continue;
      found.push_back(InfoOf(PathOf({prefix.bucket, object.key}), object.bytes,
                             object.modified_nanos, std::move(object.etag)));
    }
    request.token = std::move(listing.next);
  } while (!request.token.empty());
  return found;
}

Place Below(Place place) {
  if (!place.key.empty()) place.key += '/';
  return place;
}

Result<FileInfo> StatDirectory(Client& client, const std::string& path) {
  const Listing listing = TRY(client.List(Below(PlaceOf(path)), {.most = 1}));
  if (!listing.objects.empty() || PlaceOf(path).key.empty()) return DirectoryInfo(path);
  return FileFailure("opening", path, ENOENT);
}

Result<FileInfo> StatPath(Client& client, const std::string& path) {
  const Place place = PlaceOf(path);
  if (place.key.empty()) return StatDirectory(client, path);
  Result<ObjectFacts> facts = client.Head(place);
  if (facts.ok()) return InfoOf(path, facts->bytes, facts->modified_nanos, facts->etag);
  if (facts.status().code() != StatusCode::kNotFound) return facts.status();
  return StatDirectory(client, path);
}

Result<std::vector<FileInfo>> ListDirectory(Client& client, const std::string& directory) {
  const Place prefix = Below(PlaceOf(directory));
  std::vector<FileInfo> found;
  Client::ListRequest request{.delimiter = true};
  do {
    Listing listing = TRY(client.List(prefix, request));
    for (ListedObject& object : listing.objects) {
      if (object.key.ends_with('/')) continue;
      found.push_back(InfoOf(PathOf({prefix.bucket, object.key}), object.bytes,
                             object.modified_nanos, std::move(object.etag)));
    }
    for (std::string& below : listing.prefixes) {
      while (below.ends_with('/')) below.pop_back();
      if (below.size() > prefix.key.size())
        found.push_back(DirectoryInfo(PathOf({prefix.bucket, below})));
    }
    request.token = std::move(listing.next);
  } while (!request.token.empty());
  std::ranges::sort(found, {}, &FileInfo::path);
  return found;
}

// Objects have no links, so that what a name says is what is there.
class HeldPrefix final : public HeldDirectory {
 public:
  HeldPrefix(StorePtr store, std::string directory)
      : store_(std::move(store)), directory_(std::move(directory)) {}

  Result<OpenedFile> Open(const std::string& path) override {
    const Place place = TRY(PlaceBelow(path));
    OpenedFile opened;
    opened.file = TRY(OpenObject(std::make_shared<KeptReading>(store_), place, opened.bytes));
    return opened;
  }
  Status Link(const std::string& path, const std::string& to) override {
    if (!IsObjectPath(to)) return FileFailure("linking", to, EXDEV);
    return store_->client.Copy(TRY(PlaceBelow(path)), PlaceOf(to));
  }
  Status Remove(const std::string& path) override {
    return store_->client.Delete(TRY(PlaceBelow(path)));
  }
  Status RemoveAll(const std::vector<std::string>& paths) override {
    std::vector<std::string> keys;
    for (const std::string& path : paths) keys.push_back(TRY(PlaceBelow(path)).key);
    return store_->client.Delete(PlaceOf(directory_).bucket, keys);
  }
  // Nothing is one, and one with something in it is not empty.
  Status RemoveDirectory(const std::string& path) override {
    const std::string whole = JoinPath(directory_, path);
    const Status there = StatDirectory(store_->client, whole).status();
    if (there.code() == StatusCode::kNotFound) return {};
    return there.ok() ? FileFailure("removing", whole, ENOTEMPTY) : there;
  }
  Status Sync() override { return {}; }

 private:
  Result<Place> PlaceBelow(const std::string& path) const {
    RETURN_IF_ERROR(CheckBelow(path));
    return PlaceOf(JoinPath(directory_, path));
  }

  const StorePtr store_;
  const std::string directory_;
};

// A directory of the other file system: nothing of it can be linked into a store.
class HeldOutside final : public HeldDirectory {
 public:
  explicit HeldOutside(std::unique_ptr<HeldDirectory> held) : held_(std::move(held)) {}
  Result<OpenedFile> Open(const std::string& path) override { return held_->Open(path); }
  Status Link(const std::string& path, const std::string& to) override {
    return IsObjectPath(to) ? FileFailure("linking", to, EXDEV) : held_->Link(path, to);
  }
  Status Remove(const std::string& path) override { return held_->Remove(path); }
  Status RemoveAll(const std::vector<std::string>& paths) override {
    return held_->RemoveAll(paths);
  }
  Status RemoveDirectory(const std::string& path) override { return held_->RemoveDirectory(path); }
  Status Sync() override { return held_->Sync(); }

 private:
  const std::unique_ptr<HeldDirectory> held_;
};

Status NotInStores(std::string_view what, const std::string& path) {
  return Status(StatusCode::kUnsupported,
                fmt::format("{} is not possible in an object store: {}", what, path));
}

class FilesWithObjects final : public ObjectFiles {
 public:
  FilesWithObjects(FileSystem& others, Settings settings)
      : others_(others), settings_(std::move(settings)) {}

  std::map<std::string, uint64_t> requests() const override {
    const MutexLock lock(mutex_);
    return store_ == nullptr ? std::map<std::string, uint64_t>() : store_->client.requests();
  }
  void Set(Settings settings) override {
    const MutexLock lock(mutex_);
    if (settings == settings_) return;
    settings_ = std::move(settings);
    store_.reset();
  }

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    if (!IsObjectPath(path)) return others_.Create(path);
    const Place place = PlaceOf(path);
    if (place.key.empty()) return FileFailure("creating", path, EISDIR);
    return std::unique_ptr<WritableFile>(std::make_unique<KeptWriter>(TheStore(), place));
  }
  Result<std::unique_ptr<WritableFile>> CreateOutput(const std::string& path) override {
    return IsObjectPath(path) ? Create(path) : others_.CreateOutput(path);
  }
  Status CreateOutputDirectories(const std::string& path) override {
    return IsObjectPath(path) ? Status() : others_.CreateOutputDirectories(path);
  }
  Status CreateOutputDirectory(const std::string& path) override {
    return IsObjectPath(path) ? Status() : others_.CreateOutputDirectory(path);
  }
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override {
    return IsObjectPath(path) ? NotInStores("appending", path) : others_.Reopen(path, bytes);
  }
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    if (!IsObjectPath(path)) return others_.Open(path);
    uint64_t bytes = 0;
    return OpenObject(std::make_shared<KeptReading>(TheStore()), PlaceOf(path), bytes);
  }
  Result<std::unique_ptr<ReadableFile>> OpenFound(const FileInfo& file) override {
    if (!IsObjectPath(file.path)) return others_.OpenFound(file);
    if (file.version.empty()) return Open(file.path);
    return OpenVersion(std::make_shared<KeptReading>(TheStore()), PlaceOf(file.path), file.version,
                       file.bytes);
  }
  Result<FileInfo> Stat(const std::string& path) override {
    return IsObjectPath(path) ? StatPath(TheStore()->client, path) : others_.Stat(path);
  }
  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    return IsObjectPath(directory) ? ListDirectory(TheStore()->client, directory)
                                   : others_.List(directory);
  }
  Result<std::vector<FileInfo>> ListAll(const std::string& prefix) override {
    return IsObjectPath(prefix) ? ListFlat(TheStore()->client, PlaceOf(prefix))
                                : others_.ListAll(prefix);
  }
  Status CreateDirectories(const std::string& path) override {
    return IsObjectPath(path) ? Status() : others_.CreateDirectories(path);
  }
  bool Renames(const std::string& directory) override {
    return !IsObjectPath(directory) && others_.Renames(directory);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    if (IsObjectPath(from) || IsObjectPath(to)) return NotInStores("renaming", from + " to " + to);
    return others_.Rename(from, to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    if (IsObjectPath(from) != IsObjectPath(to))
      return FileFailure("linking", from + " to " + to, EXDEV);
    if (!IsObjectPath(from)) return others_.Link(from, to);
    return TheStore()->client.Copy(PlaceOf(from), PlaceOf(to));
  }
  Status Remove(const std::string& path) override {
    return IsObjectPath(path) ? TheStore()->client.Delete(PlaceOf(path)) : others_.Remove(path);
  }
  Status RemoveAll(const std::vector<std::string>& paths) override {
    std::map<std::string, std::vector<std::string>> keys;  // by bucket
    for (const std::string& path : paths) {
      const Place place = PlaceOf(path);
      if (IsObjectPath(path)) {
        keys[place.bucket].push_back(place.key);
      } else {
        RETURN_IF_ERROR(others_.Remove(path));
      }
    }
    for (const auto& [bucket, of_bucket] : keys)
      RETURN_IF_ERROR(TheStore()->client.Delete(bucket, of_bucket));
    return {};
  }
  Status RemoveRecursively(const std::string& directory) override {
    if (!IsObjectPath(directory)) return others_.RemoveRecursively(directory);
    const StorePtr store = TheStore();
    const Place place = PlaceOf(directory);
    std::vector<std::string> keys;
    if (!place.key.empty()) keys.push_back(place.key);
    for (const FileInfo& file : TRY(ListFlat(store->client, Below(place))))
      keys.push_back(PlaceOf(file.path).key);
    return store->client.Delete(place.bucket, keys);
  }
  Status SyncDirectory(const std::string& directory) override {
    return IsObjectPath(directory) ? Status() : others_.SyncDirectory(directory);
  }
  Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory) override {
    return IsObjectPath(directory) ? FileSystem::Whole(directory) : others_.Whole(directory);
  }
  Result<std::unique_ptr<HeldDirectory>> Hold(const std::string& directory) override {
    if (IsObjectPath(directory))
      return std::unique_ptr<HeldDirectory>(std::make_unique<HeldPrefix>(TheStore(), directory));
    return std::unique_ptr<HeldDirectory>(
        std::make_unique<HeldOutside>(TRY(others_.Hold(directory))));
  }

 private:
  // Made when it is needed first: most processes have nothing in stores.
  StorePtr TheStore() {
    const MutexLock lock(mutex_);
    if (store_ == nullptr) store_ = std::make_shared<Store>(settings_);
    return store_;
  }

  FileSystem& others_;
  mutable Mutex mutex_;
  Settings settings_ WEIR_GUARDED_BY(mutex_);
  StorePtr store_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<ObjectFiles> WithObjects(FileSystem& others, Settings settings) {
  return std::make_unique<FilesWithObjects>(others, std::move(settings));
}

}  // namespace weir::s3
