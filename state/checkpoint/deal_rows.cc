#include "state/checkpoint/deal_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "runtime/types/key_encoding.h"
#include "state/checkpoint/state_moves.h"
#include "state/row/row_codec.h"

namespace weir::state {
namespace {

constexpr size_t kSliceBytes = 8;
constexpr size_t kSequenceBytes = 8;
constexpr size_t kLengthBytes = 4;

// The parts of a row's disk key (state/FORMAT.md, "Keys").
struct DiskKey {
  uint32_t group = 0;
  std::string_view slice;
  std::string_view key;
  std::string_view suffix;
};

Status Malformed(std::string_view what) {
  return Status::Corruption(fmt::format("a row of state {}", what)).WithId("E7001");
}

Result<DiskKey> Split(const KeyGroupDeal::Table& table, std::string_view bytes) {
  DiskKey parts;
  const size_t slice = table.sliced ? kSliceBytes : 0;
  if (bytes.size() < kGroupBytes + slice) return Malformed("has a short key");
  parts.group = LoadBig16(bytes.data());
  parts.slice = bytes.substr(kGroupBytes, slice);
  const std::string_view rest = bytes.substr(kGroupBytes + slice);
  size_t key = rest.size();
  if (table.layout == StateLayout::kList) {
    if (rest.size() < kSequenceBytes) return Malformed("has a short key");
    key = rest.size() - kSequenceBytes;
  } else if (table.layout == StateLayout::kMap) {
    if (rest.size() < kLengthBytes) return Malformed("has a short key");
    key = LoadBig32(rest.data() + rest.size() - kLengthBytes);
    if (key > rest.size() - kLengthBytes) return Malformed("has a key that is longer than it");
  }
  parts.key = rest.substr(0, key);
  parts.suffix = rest.substr(key);
  return parts;
}

}  // namespace

// Keeps only the schemas, as counters are made anew from the rows. The schemas must agree with
// those of the metadata, by which keys are split.
Status DealtRows::TakeCounters(std::map<std::string, std::string>& records) const {
  std::map<std::string, std::string> schemas;
  for (auto& [key, value] : records) {
    const std::string family = FamilyOfRecord(key);
    if (key != SchemaKey(family)) continue;
    const auto table = deal_.tables.find(family);
    if (table != deal_.tables.end()) {
      const SavedSchema saved = TRY(ReadSchemaHistory(value));
      const bool same = saved.schema.layout == table->second.layout &&
                        saved.schema.sliced == table->second.sliced;
      if (!same) {
        return Status::Corruption("a table of state has another layout than its metadata says: " +
                                  family)
            .WithId("E7001");
      }
    }
    schemas.emplace(key, std::move(value));
  }
  records = std::move(schemas);
  return {};
}

Status DealtRows::DealTable(const std::string& family, RecordSet& rows) {
  const auto table = deal_.tables.find(family);
  if (table == deal_.tables.end())
    return Malformed("is of a table that the metadata does not list: " + family);
  RecordSet dealt;
  Counts counts;
  std::string place;
  for (size_t i = 0; i < rows.size(); ++i) {
    const RecordSet::Record row = rows[i];
    const DiskKey parts = TRY(Split(table->second, row.key));
    const uint64_t hash = Hash64(parts.key.data(), parts.key.size());
    if (KeyGroupOf(hash, deal_.from) != parts.group)
      return Malformed("is in another key group than its key: " + family);
    place.clear();
    uint32_t group = KeyGroupOf(hash, max_parallelism_);
    if (DefectPlanted("dealt-to-groups-of-before")) group = parts.group % max_parallelism_;
    AppendBig16(place, static_cast<uint16_t>(group));
    place += parts.slice;
    auto counter = counts.find(place);
    if (counter == counts.end()) counter = counts.emplace(place, GroupCounter()).first;
    ++counter->second.rows;
    if (table->second.layout == StateLayout::kList) {
      counter->second.next_sequence =
          std::max(counter->second.next_sequence, LoadBig64(parts.suffix.data()) + 1);
    }
    std::string& out = dealt.bytes();
    out += place;
    out += parts.key;
    out += parts.suffix;
    dealt.EndKey();
    dealt.bytes() += row.value;
    dealt.EndValue();
  }
  rows = std::move(dealt);
  const MutexLock lock(mutex_);
  Counts& all = counts_[family];
  for (const auto& [at, counter] : counts) {
    all[at].rows += counter.rows;
    all[at].next_sequence = std::max(all[at].next_sequence, counter.next_sequence);
  }
  return {};
}

Status DealtRows::Deal(MemorySnapshot& snapshot) {
  RETURN_IF_ERROR(TakeCounters(snapshot.bookkeeping));
  for (auto& [family, rows] : snapshot.rows) RETURN_IF_ERROR(DealTable(family, rows));
  return {};
}

std::map<std::string, std::string> DealtRows::Counters() const {
  std::map<std::string, std::string> records;
  const MutexLock lock(mutex_);
  for (const auto& [family, counts] : counts_) {
    for (const auto& [place, counter] : counts)
      records[CounterKey(family, place)] = EncodeCounter(counter);
  }
  return records;
}

Status RowGroups::Check(const MemorySnapshot& snapshot) {
  RETURN_IF_ERROR(CheckSnapshot(snapshot, metadata_.max_parallelism));
  for (const auto& [key, value] : snapshot.bookkeeping) {
    const std::string family = FamilyOfRecord(key);
    if (key == SchemaKey(family)) {
      const SavedSchema saved = TRY(ReadSchemaHistory(value));
      tables_[family] = {saved.schema.layout, saved.schema.sliced};
      continue;
    }
    const GroupCounter counter = TRY(DecodeCounter(value));
    if (counter.rows > 0) counted_[key] = counter.rows;
  }
  for (const auto& [family, rows] : snapshot.rows) {
    const auto table = tables_.find(family);
    if (table == tables_.end()) return Malformed("is of a table without a schema: " + family);
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string_view key = rows[i].key;
      const DiskKey parts = TRY(Split(table->second, key));
      const uint64_t hash = Hash64(parts.key.data(), parts.key.size());
      if (KeyGroupOf(hash, metadata_.max_parallelism) != parts.group)
        return Malformed("is in another key group than its key: " + family);
      ++rows_[CounterKey(family, key.substr(0, kGroupBytes + parts.slice.size()))];
    }
  }
  return {};
}

Status RowGroups::CheckCounters() const {
  if (rows_ == counted_) return {};
  return Status::Corruption("the rows of state are not as many as its counters say")
      .WithId("E7001");
}

}  // namespace weir::state
