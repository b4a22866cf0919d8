#include "state/disk/rocksdb_table.h"

#include <algorithm>
#include <utility>

#include "state/disk/rocksdb_file_system.h"

namespace weir::state {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace

void RocksDbTable::DropPersisted() {
  overlays_.DropPersisted(options_.progress->persisted_epoch.load(std::memory_order_acquire));
}

Status RocksDbTable::MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                              std::vector<std::string>& values, std::vector<uint8_t>& found) {
  DropPersisted();
  values.assign(keys.size(), {});
  found.assign(keys.size(), Overlays::kMissing);
  RETURN_IF_ERROR(overlays_.Get(keys, scope, values, found));
  if (SeesDatabase(scope)) RETURN_IF_ERROR(GetFromDatabase(keys, values, found));
  // Only now, because a deleted key must not be looked up in the database.
  std::ranges::replace(found, Overlays::kDeleted, Overlays::kMissing);
  return {};
}

Status RocksDbTable::GetFromDatabase(std::span<const std::string_view> keys,
                                     std::vector<std::string>& values,
                                     std::vector<uint8_t>& found) {
  std::vector<rocksdb::Slice> slices;
  std::vector<size_t> places;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (found[i] != Overlays::kMissing) continue;
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
    found[places[i]] = Overlays::kFound;
  }
  return {};
}

std::unique_ptr<DiskCursor> RocksDbTable::NewCursor(DiskScope scope, CursorDirection direction) {
  DropPersisted();
  const Database::Use use(*options_.database);
  auto cursor = std::make_unique<MergedCursor>(*options_.database, false, direction);
  overlays_.AddTo(*cursor, scope);
  if (SeesDatabase(scope)) {
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
  return SpillInto(TRY(IngestsNow()), records);
}

Status RocksDbTable::SpillInto(bool database, const RecordSet& records) {
  if (database) {
    const std::string path = TRY(options_.database->WriteFile(options_.family, records, drops_));
    RETURN_IF_ERROR(options_.database->Ingest({{options_.family, {path}}}));
  } else {
    RETURN_IF_ERROR(overlays_.Add(records, drops_));
  }
  drops_.clear();
  return {};
}

Result<bool> RocksDbTable::Drop(std::vector<KeyRange> ranges) {
  AddRanges(std::move(ranges), drops_);
  if (!options_.ingest_spills) return false;
  // While a savepoint is taken, drops are kept next to the database, and so is everything that
  // follows, until it is done.
  const bool at_once = TRY(IngestsNow());
  RETURN_IF_ERROR(SpillInto(at_once, {}));
  return at_once;
}

// Between a savepoint's barrier and its end the database must stay as it was at the barrier. Files
// that are kept next to it meanwhile are newer than its contents.
Result<bool> RocksDbTable::IngestsNow() {
  if (!options_.ingest_spills) return false;
  DropPersisted();
  if (options_.progress->persisted_epoch.load(std::memory_order_acquire) + 1 < epoch_) return false;
  if (!overlays_.empty()) {
    RETURN_IF_ERROR(overlays_.Ingest());
    first_pending_ = overlays_.next();
  }
  return true;
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
  overlays_.EndEpoch(epoch_, part.spills);
  part.drops = std::exchange(drops_, {});
  ++epoch_;
}

}  // namespace weir::state
