#include "state/rocksdb_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"
#include "state/rocksdb_file_system.h"

namespace weir::state {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace

class RocksDbTable::File final : public SpillFile {
 public:
  File(FileSystem& files, const rocksdb::Options& options, std::string path)
      : files_(files), path_(std::move(path)), reader_(options) {}
  ~File() override {
    const WithMemoryReserve reserve;
    point_reader_.reset();
    files_.Remove(path_).ok();  // ingestion has moved it away, or nobody needs it: both are fine
  }

  Status Open(const RecordSet& records) {
    const WithMemoryReserve reserve;
    for (size_t i = 0; i < records.size(); ++i) {
      filter_.Add(Hash64(records[i].key.data(), records[i].key.size()));
    }
    RETURN_IF_ERROR(FromRocksDb(reader_.Open(path_), "opening spilled rows in " + path_));
    point_reader_ = NewIterator();
    return {};
  }
  const std::string& path() const override { return path_; }
  std::unique_ptr<rocksdb::Iterator> NewIterator() {
    const WithMemoryReserve reserve;
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>(reader_.NewIterator(options));
  }
  Result<bool> Get(std::string_view key, std::string& value) {
    if (!filter_.MayContain(Hash64(key.data(), key.size()))) return false;
    const WithMemoryReserve reserve;
    point_reader_->Seek(ToSlice(key));
    RETURN_IF_ERROR(FromRocksDb(point_reader_->status(), "reading spilled rows in " + path_));
    if (!point_reader_->Valid() || ToView(point_reader_->key()) != key) return false;
    value.assign(ToView(point_reader_->value()));
    return true;
  }

 private:
  FileSystem& files_;
  const std::string path_;
  rocksdb::SstFileReader reader_;
  std::unique_ptr<rocksdb::Iterator> point_reader_;
  KeyFilter filter_;
};

void RocksDbTable::DropPersisted() {
  const uint64_t persisted = options_.progress->persisted_epoch.load(std::memory_order_acquire);
  while (!overlays_.empty() && overlays_.front().epoch > 0 &&
         overlays_.front().epoch <= persisted) {
    overlays_.pop_front();
  }
}

Status RocksDbTable::GetFromOverlays(std::span<const std::string_view> keys, DiskScope scope,
                                     std::vector<std::string>& values,
                                     std::vector<uint8_t>& found) {
  for (auto overlay = overlays_.rbegin(); overlay != overlays_.rend(); ++overlay) {
    if (overlay->number < scope.first_overlay) break;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (found[i] == 0) found[i] = TRY(overlay->file->Get(keys[i], values[i])) ? 1 : 0;
    }
  }
  return {};
}

Status RocksDbTable::MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                              std::vector<std::string>& values, std::vector<uint8_t>& found) {
  DropPersisted();
  values.assign(keys.size(), {});
  found.assign(keys.size(), 0);
  RETURN_IF_ERROR(GetFromOverlays(keys, scope, values, found));
  if (!scope.database) return {};
  std::vector<rocksdb::Slice> slices;
  std::vector<size_t> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (found[i] != 0) continue;
    slices.push_back(ToSlice(keys[i]));
    places.push_back(i);
  }
  if (slices.empty()) return {};
  const Database::Use use(*options_.database);
  std::vector<rocksdb::PinnableSlice> results(slices.size());
  std::vector<rocksdb::Status> statuses(slices.size());
  options_.database->db().MultiGet(rocksdb::ReadOptions(), options_.family, slices.size(),
                                   slices.data(), results.data(), statuses.data(), true);
  for (size_t i = 0; i < places.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    RETURN_IF_ERROR(FromRocksDb(statuses[i], "reading state rows"));
    values[places[i]].assign(ToView(results[i]));
    found[places[i]] = 1;
  }
  return {};
}

// Sources newest first: of equal keys, the first source's record counts.
class RocksDbTable::Cursor final : public DiskCursor {
 public:
  explicit Cursor(Database& database) : database_(database) {}
  void Add(std::shared_ptr<File> file) {
    sources_.push_back(file->NewIterator());
    files_.push_back(std::move(file));
  }
  void Add(std::unique_ptr<rocksdb::Iterator> source) { sources_.push_back(std::move(source)); }

  Status Seek(std::string_view key) override {
    const Database::Use use(database_);
    for (const auto& source : sources_) source->Seek(ToSlice(key));
    return Choose();
  }
  Status Next() override {
    const Database::Use use(database_);
    if (sources_.size() == 1) {
      sources_[0]->Next();
      return Choose();
    }
    key_.assign(ToView(least_->key()));
    for (const auto& source : sources_) {
      if (source->Valid() && ToView(source->key()) == key_) source->Next();
    }
    return Choose();
  }
  bool valid() const override { return least_ != nullptr; }
  std::string_view key() const override { return ToView(least_->key()); }
  std::string_view value() const override { return ToView(least_->value()); }

 private:
  Status Choose() {
    least_ = nullptr;
    for (const auto& source : sources_) {
      if (!source->Valid()) {
        RETURN_IF_ERROR(FromRocksDb(source->status(), "reading state rows"));
      } else if (least_ == nullptr || source->key().compare(least_->key()) < 0) {
        least_ = source.get();
      }
    }
    return {};
  }

  Database& database_;
  std::vector<std::shared_ptr<File>> files_;  // outlive their iterators
  std::vector<std::unique_ptr<rocksdb::Iterator>> sources_;
  rocksdb::Iterator* least_ = nullptr;
  std::string key_;
};

std::unique_ptr<DiskCursor> RocksDbTable::NewCursor(DiskScope scope) {
  DropPersisted();
  const Database::Use use(*options_.database);
  auto cursor = std::make_unique<Cursor>(*options_.database);
  for (auto overlay = overlays_.rbegin(); overlay != overlays_.rend(); ++overlay) {
    if (overlay->number < scope.first_overlay) break;
    cursor->Add(overlay->file);
  }
  if (scope.database) {
    cursor->Add(std::unique_ptr<rocksdb::Iterator>(
        options_.database->db().NewIterator(rocksdb::ReadOptions(), options_.family)));
  }
  return cursor;
}

Status RocksDbTable::Visit(
    std::string_view prefix, DiskScope scope,
    const std::function<Status(std::string_view key, std::string_view value)>& visit) {
  const std::unique_ptr<DiskCursor> cursor = NewCursor(scope);
  RETURN_IF_ERROR(cursor->Seek(prefix));
  while (cursor->valid() && cursor->key().starts_with(prefix)) {
    RETURN_IF_ERROR(visit(cursor->key(), cursor->value()));
    RETURN_IF_ERROR(cursor->Next());
  }
  return {};
}

Status RocksDbTable::Spill(const RecordSet& records) {
  if (records.size() == 0 && drops_.empty()) return {};
  return SpillInto(IngestsNow(), records);
}

Status RocksDbTable::SpillInto(bool database, const RecordSet& records) {
  const std::string path = TRY(options_.database->WriteFile(options_.family, records, drops_));
  if (database) {
    RETURN_IF_ERROR(options_.database->Ingest({{options_.family, {path}}}));
    drops_.clear();
    return {};
  }
  auto file = std::make_shared<File>(*options_.files, options_.database->options(), path);
  RETURN_IF_ERROR(file->Open(records));
  drops_.clear();
  overlays_.push_back({next_overlay_++, 0, std::move(file)});
  return {};
}

Result<bool> RocksDbTable::Drop(std::vector<KeyRange> ranges) {
  AddRanges(std::move(ranges), drops_);
  if (!options_.ingest_spills) return false;
  // While a savepoint is taken they lie beside the database, and so does all that follows, until
  // the next epoch takes them in: what is hidden until then is not looked for elsewhere.
  const bool at_once = IngestsNow();
  RETURN_IF_ERROR(SpillInto(at_once, {}));
  return at_once;
}

// Between a savepoint's barrier and its end the database must stay as it is at the barrier, and
// what was kept beside it meanwhile is newer than what it holds.
bool RocksDbTable::IngestsNow() {
  if (!options_.ingest_spills) return false;
  DropPersisted();
  return overlays_.empty() &&
         options_.progress->persisted_epoch.load(std::memory_order_acquire) + 1 >= epoch_;
}

double RocksDbTable::AverageRecordBytes() const {
  const Database::Use use(*options_.database);
  rocksdb::TablePropertiesCollection files;
  if (!options_.database->db().GetPropertiesOfAllTables(options_.family, &files).ok()) return 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  for (const auto& [path, properties] : files) {
    records += properties->num_entries;
    bytes += properties->raw_key_size + properties->raw_value_size;
  }
  return records == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(records);
}

void RocksDbTable::EndEpoch(TablePart& part) {
  DropPersisted();
  for (Overlay& overlay : overlays_) {
    if (overlay.epoch > 0) continue;
    overlay.epoch = epoch_;
    part.spills.push_back(overlay.file);
  }
  part.drops = std::exchange(drops_, {});
  ++epoch_;
}

}  // namespace weir::state
