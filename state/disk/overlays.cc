#include "state/disk/overlays.h"

#include <utility>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/disk/sorted_records.h"

namespace weir::state {
namespace {

// This many files of similar size are merged into one.
constexpr size_t kMergedAtOnce = 8;
// Larger merges are not made, as they would delay the task.
constexpr uint64_t kMostMergedBytes = 64 << 20;

uint64_t HashOf(std::string_view key) {
  return Hash64(key.data(), key.size());
}

}  // namespace

// Writes the files of one overlay: its rows, its deletions, and the filter of its keys.
class Overlays::Writer {
 public:
  // `expected`: the greatest number of records.
  Writer(const Overlays& overlays, uint64_t expected)
      : files_(overlays.files_),
        database_(overlays.database_),
        rows_(database_, overlays.family_),
        deletions_(database_, overlays.family_),
        deleted_(database_, overlays.family_),
        keys_(expected) {}

  Status Drop(const KeyRange& range) { return rows_.DeleteRange(range); }
  Status Put(std::string_view key, std::string_view value) {
    Count(key, value);
    return rows_.Put(key, value);
  }
  Status Delete(std::string_view key) {
    Count(key, {});
    RETURN_IF_ERROR(deletions_.Delete(key));
    return deleted_.Put(key, "");
  }
  // Fills the overlay, except for its number.
  Status Finish(Overlay& overlay) {
    overlay.bytes = bytes_;
    overlay.records = records_;
    if (!rows_.empty()) {
      overlay.rows = TRY(SpilledFile::Open(files_, database_, TRY(rows_.Finish())));
    }
    if (!deletions_.empty()) {
      overlay.deletions = std::make_shared<OwnedFile>(files_, TRY(deletions_.Finish()));
      overlay.deleted = TRY(SpilledFile::Open(files_, database_, TRY(deleted_.Finish())));
    }
    overlay.keys = std::move(keys_);
    return {};
  }

 private:
  void Count(std::string_view key, std::string_view value) {
    keys_.Add(HashOf(key));
    bytes_ += key.size() + value.size();
    ++records_;
  }

  FileSystem& files_;
  Database& database_;
  Database::SortedFile rows_;
  Database::SortedFile deletions_;
  Database::SortedFile deleted_;
  KeyFilter keys_;
  uint64_t bytes_ = 0;
  uint64_t records_ = 0;
};

// Merges come first, so that a failure leaves everything as it was.
Status Overlays::Add(const RecordSet& records, std::span<const KeyRange> drops) {
  while (MergeIsDue()) RETURN_IF_ERROR(MergeLast());
  const Database::Use use(database_);
  Writer writer(*this, records.size());
  for (const KeyRange& range : drops) RETURN_IF_ERROR(writer.Drop(range));
  const RecordSet* const one = &records;
  RETURN_IF_ERROR(ForEachSorted({&one, 1}, [&](const RecordSet::Record& record) {
    return record.deleted ? writer.Delete(record.key) : writer.Put(record.key, record.value);
  }));
  Overlay overlay{.number = next_, .drops = {drops.begin(), drops.end()}};
  RETURN_IF_ERROR(writer.Finish(overlay));
  WEIR_FAULT_POINT("state.spilled");
  overlays_.push_back(std::move(overlay));
  ++next_;
  return {};
}

bool Overlays::MergeIsDue() const {
  if (overlays_.size() < kMergedAtOnce) return false;
  const size_t first = overlays_.size() - kMergedAtOnce;
  uint64_t bytes = 0;
  for (size_t i = first; i < overlays_.size(); ++i) {
    const Overlay& overlay = overlays_[i];
    if (overlay.epoch != 0 || overlay.merges != overlays_.back().merges) return false;
    // The drops of an overlay apply to older ones only, so within a merge only the first may have
    // any.
    if (i > first && !overlay.drops.empty()) return false;
    bytes += overlay.bytes;
  }
  return bytes <= kMostMergedBytes;
}

// The merged overlay has the number of the last one: a slice that was dropped before the first one
// and created again must see all of it (DiskScope).
Status Overlays::MergeLast() {
  const Database::Use use(database_);
  const size_t first = overlays_.size() - kMergedAtOnce;
  MergedCursor cursor(database_, true);
  // Newest first, as MergedCursor wants them. Deletions are kept, since the database may have the
  // rows.
  for (size_t i = overlays_.size(); i-- > first;) AddTo(cursor, overlays_[i]);
  Overlay merged{.number = overlays_.back().number,
                 .merges = overlays_.back().merges + 1,
                 .drops = overlays_[first].drops};
  uint64_t records = 0;
  for (size_t i = first; i < overlays_.size(); ++i) records += overlays_[i].records;
  Writer writer(*this, records);
  for (const KeyRange& range : merged.drops) RETURN_IF_ERROR(writer.Drop(range));
  RETURN_IF_ERROR(cursor.Seek(""));
  while (cursor.valid()) {
    RETURN_IF_ERROR(cursor.deleted() ? writer.Delete(cursor.key())
                                     : writer.Put(cursor.key(), cursor.value()));
    RETURN_IF_ERROR(cursor.Next());
  }
  RETURN_IF_ERROR(writer.Finish(merged));
  WEIR_FAULT_POINT("state.merged_spills");
  overlays_.resize(first);
  overlays_.push_back(std::move(merged));
  return {};
}

Status Overlays::Get(std::span<const std::string_view> keys, DiskScope scope,
                     std::vector<std::string>& values, std::vector<uint8_t>& found) {
  if (overlays_.empty()) return {};
  std::vector<uint64_t> hashes;
  hashes.reserve(keys.size());
  for (const std::string_view key : keys) hashes.push_back(HashOf(key));
  // Newest first: a record or deletion hides everything older, and the filter saves most reads.
  for (auto overlay = overlays_.rbegin(); overlay != overlays_.rend(); ++overlay) {
    if (overlay->number < scope.first_overlay) break;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (found[i] != kMissing || !overlay->keys.MayContain(hashes[i])) continue;
      if (overlay->rows != nullptr && TRY(overlay->rows->Get(keys[i], values[i]))) {
        found[i] = kFound;
      } else if (overlay->deleted != nullptr && TRY(overlay->deleted->Get(keys[i], values[i]))) {
        found[i] = kDeleted;
      }
    }
  }
  return {};
}

void Overlays::AddTo(MergedCursor& cursor, const Overlay& overlay) {
  if (overlay.rows != nullptr) cursor.Add(overlay.rows, false);
  if (overlay.deleted != nullptr) cursor.Add(overlay.deleted, true);
}

void Overlays::AddTo(MergedCursor& cursor, DiskScope scope) const {
  for (auto overlay = overlays_.rbegin(); overlay != overlays_.rend(); ++overlay) {
    if (overlay->number < scope.first_overlay) break;
    AddTo(cursor, *overlay);
  }
}

void Overlays::AppendFiles(const Overlay& overlay, std::vector<std::shared_ptr<SpillFile>>& files) {
  if (overlay.rows != nullptr) files.push_back(overlay.rows);
  if (overlay.deletions != nullptr) files.push_back(overlay.deletions);
}

void Overlays::EndEpoch(uint64_t epoch, std::vector<std::shared_ptr<SpillFile>>& files) {
  for (Overlay& overlay : overlays_) {
    // Overlays of earlier epochs were handed out already; they stay for reading until their epoch
    // is persisted.
    if (overlay.epoch > 0) continue;
    overlay.epoch = epoch;
    AppendFiles(overlay, files);
  }
}

void Overlays::DropPersisted(uint64_t persisted) {
  while (!overlays_.empty() && overlays_.front().epoch > 0 &&
         overlays_.front().epoch <= persisted) {
    overlays_.pop_front();
  }
}

Status Overlays::Ingest() {
  std::vector<std::shared_ptr<SpillFile>> spills;
  for (const Overlay& overlay : overlays_) AppendFiles(overlay, spills);
  Database::FamilyFiles files{family_, {}};
  for (const auto& spill : spills) files.paths.push_back(spill->path());
  RETURN_IF_ERROR(database_.Ingest({files}));
  overlays_.clear();
  return {};
}

}  // namespace weir::state
