#include "state/map_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"

namespace weir::state {
namespace {

constexpr size_t kKeyLengthBytes = 4;

std::vector<ColumnPtr> ColumnsOf(const Batch& batch, std::span<const int> columns) {
  std::vector<ColumnPtr> result;
  for (int c : columns) result.push_back(batch.columns[static_cast<size_t>(c)]);
  return result;
}

}  // namespace

NativeMapTable::NativeMapTable(TaskContext& task, Family& family)
    : TableCore(task, family, "", sizeof(Entry)), rows_(family.rows.stored_bytes()) {}

NativeMapTable::~NativeMapTable() {
  entries_.ForEach([](RowHeader* entry) {
    delete EntryOf(entry).rows;
    delete EntryOf(entry).tombstones;
  });
}

NativeMapTable::SubKey NativeMapTable::MakeSubKey(std::string_view bytes, RowHeader* row) {
  char head[16] = {};
  bytes.copy(head, sizeof(head));
  return {LoadBig64(head), LoadBig64(head + 8), bytes, row};
}

TableCore::Address NativeMapTable::AddressOf(RowHeader* row, std::string&) const {
  const RowHeader* entry = ParentOf(row);
  return {entry->hash, {entry->key[0], entry->key[1]}, SubKeyOf(row)};
}

void NativeMapTable::ForEachRow(const std::function<void(RowHeader*)>& f) {
  rows_.ForEach(f);
}

RowHeader* NativeMapTable::AddEntry(uint64_t hash, const KeyWord& key) {
  RowHeader* entry = entries_.Allocate();
  SetKey(entry, hash, key);
  EntryOf(entry).rows = std::make_unique<Tree>().release();
  index_.Insert(entry);
  return entry;
}

RowHeader* NativeMapTable::AddRow(RowHeader* entry, std::string_view sub_key) {
  RowHeader* row = rows_.Allocate();
  row->key[0] = reinterpret_cast<uint64_t>(entry);
  row->hash = sub_key.size();
  if (!sub_key.empty()) row->key[1] = reinterpret_cast<uint64_t>(bytes_.Store(sub_key));
  EntryOf(entry).rows->insert(MakeSubKey(SubKeyOf(row), row));
  ++memory_rows_;
  return row;
}

Status NativeMapTable::Load(std::span<const uint32_t> keys) {
  uint32_t current = UINT32_MAX;
  RowHeader* entry = nullptr;
  return ReadKeys(key_batch_, keys,
                  [&](uint32_t i, std::string_view rest, std::string_view value) -> Result<bool> {
                    if (rest.size() < kKeyLengthBytes)
                      return Status::Corruption("a saved sub-key is cut off");
                    if (current != i) entry = AddEntry(key_batch_.hashes[i], key_batch_.words[i]);
                    current = i;
                    ++family_.disk_reads;
                    RowHeader* row = AddRow(entry, rest.substr(0, rest.size() - kKeyLengthBytes));
                    RETURN_IF_ERROR(family_.rows.Decode(value, RowOf(row), *this));
                    Adopt(row);
                    return true;
                  });
}

Status NativeMapTable::ResolveBatch(bool create) {
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  index_.FindBatch(key_batch_, entries_found_.data());
  misses_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    if (entries_found_[i] == nullptr && MayBeOnDisk(key_batch_.hashes[i])) misses_.push_back(i);
  }
  if (!misses_.empty()) RETURN_IF_ERROR(Load(misses_));
  bool added = !misses_.empty();
  for (uint32_t i = 0; i < count; ++i) {
    RowHeader*& entry = entries_found_[i];
    if (entry == nullptr && added) entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr && create) {
      entry = AddEntry(key_batch_.hashes[i], key_batch_.words[i]);
      added = true;
    }
    if (entry != nullptr) entry->place |= kRowTouched;
  }
  return {};
}

Status NativeMapTable::Resolve(const KeyView& keys, bool create) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  return ResolveBatch(create);
}

RowHeader* NativeMapTable::Create(RowHeader* entry, const SubKey& sub_key) {
  Count(entry->hash, 1);
  Tree*& tombstones = EntryOf(entry).tombstones;
  if (tombstones != nullptr) {
    const auto dead = tombstones->find(sub_key);
    if (dead != tombstones->end()) {
      const SubKey revived = *dead;
      Thaw(revived.row);
      tombstones->erase(dead);
      revived.row->place &= ~kRowDeleted;
      std::memset(RowOf(revived.row), 0, rows_.row_bytes());
      EntryOf(entry).rows->insert(revived);
      ++memory_rows_;
      return revived.row;
    }
  }
  RowHeader* row = AddRow(entry, sub_key.bytes);
  row->place |= kRowFresh;
  return row;
}

RowHeader* NativeMapTable::Look(uint32_t i, std::string_view sub_key) const {
  if (entries_found_[i] == nullptr) return nullptr;
  const Tree& tree = *EntryOf(entries_found_[i]).rows;
  const auto known = tree.find(MakeSubKey(sub_key, nullptr));
  return known == tree.end() ? nullptr : known->row;
}

void NativeMapTable::FinishCreate(std::span<std::byte* const> rows, uint8_t* created) {
  if (changes_.freezing()) {
    handed_out_.clear();
    for (std::byte* row : rows) handed_out_.push_back(HeaderOf(row));
    Thaw(handed_out_);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    std::byte* row = rows[i];
    if (ttl_ > 0 && created[i] == 0 && Expired(row)) {
      FreeStrings(row);
      std::memset(row, 0, rows_.row_bytes());
      ++family_.expired;
      created[i] = 1;
    }
    MarkWritten(HeaderOf(row));
  }
}

Status NativeMapTable::FindOrCreate(const KeyView& keys, std::span<const int> sub_key_columns,
                                    std::byte** rows, uint8_t* created) {
  RETURN_IF_ERROR(Resolve(keys, true));
  const std::vector<ColumnPtr> columns = ColumnsOf(*keys.batch, sub_key_columns);
  const uint32_t count = keys.batch->size();
  for (uint32_t i = 0; i < count; ++i) {
    sub_key_.clear();
    AppendKey(columns, keys.batch->RowAt(i), sub_key_);
    RowHeader* row = Look(i, sub_key_);
    created[i] = row == nullptr ? 1 : 0;
    if (row == nullptr) row = Create(entries_found_[i], MakeSubKey(sub_key_, nullptr));
    rows[i] = RowOf(row);
  }
  FinishCreate({rows, count}, created);
  return {};
}

Status NativeMapTable::Find(const KeyView& keys, std::span<const int> sub_key_columns,
                            std::byte** rows) {
  RETURN_IF_ERROR(Resolve(keys, false));
  const std::vector<ColumnPtr> columns = ColumnsOf(*keys.batch, sub_key_columns);
  const uint32_t count = keys.batch->size();
  handed_out_.assign(count, nullptr);
  for (uint32_t i = 0; i < count; ++i) {
    rows[i] = nullptr;
    if (entries_found_[i] == nullptr) continue;
    sub_key_.clear();
    AppendKey(columns, keys.batch->RowAt(i), sub_key_);
    RowHeader* row = Look(i, sub_key_);
    if (row == nullptr || Expired(RowOf(row))) continue;
    handed_out_[i] = row;
    rows[i] = RowOf(row);
  }
  Thaw(handed_out_);
  return {};
}

void NativeMapTable::MarkChanged(std::span<std::byte* const> rows) {
  for (std::byte* row : rows) MarkWritten(HeaderOf(row));
}

void NativeMapTable::FreeRow(RowHeader* row) {
  FreeStrings(RowOf(row));
  if (row->hash > 0) bytes_.Free(reinterpret_cast<char*>(row->key[1]), row->hash);
  rows_.Free(row);
}

void NativeMapTable::FreeEntry(RowHeader* entry) {
  delete EntryOf(entry).rows;
  delete EntryOf(entry).tombstones;
  index_.Remove(entry);
  FreeKey(entry);
  entries_.Free(entry);
}

void NativeMapTable::FreeIfEmpty(RowHeader* entry) {
  const Entry& content = EntryOf(entry);
  if (content.rows->empty() && (content.tombstones == nullptr || content.tombstones->empty())) {
    FreeEntry(entry);
  }
}

void NativeMapTable::EraseRow(RowHeader* row) {
  Thaw(row);
  RowHeader* entry = ParentOf(row);
  Count(entry->hash, -1);
  --memory_rows_;
  const SubKey sub_key = MakeSubKey(SubKeyOf(row), row);
  EntryOf(entry).rows->erase(sub_key);
  if (Traceless(row)) {
    FreeRow(row);
    return;
  }
  FreeStrings(RowOf(row));
  Tree*& tombstones = EntryOf(entry).tombstones;
  if (tombstones == nullptr) tombstones = std::make_unique<Tree>().release();
  tombstones->insert(sub_key);
  Bury(row);
}

void NativeMapTable::Erase(std::span<std::byte* const> rows) {
  for (std::byte* bytes : rows) {
    RowHeader* row = HeaderOf(bytes);
    if ((row->place & (kRowFree | kRowDeleted)) != 0) continue;
    RowHeader* entry = ParentOf(row);
    EraseRow(row);
    FreeIfEmpty(entry);
  }
}

void NativeMapTable::ForgetTombstone(RowHeader* row) {
  RowHeader* entry = ParentOf(row);
  EntryOf(entry).tombstones->erase(MakeSubKey(SubKeyOf(row), row));
  FreeRow(row);
  FreeIfEmpty(entry);
}

Status NativeMapTable::EdgeSubKeys(const KeyView& keys, bool greatest,
                                   std::vector<std::optional<std::string_view>>& sub_keys) {
  RETURN_IF_ERROR(Resolve(keys, false));
  sub_keys.assign(keys.batch->size(), std::nullopt);
  for (size_t i = 0; i < sub_keys.size(); ++i) {
    if (entries_found_[i] == nullptr) continue;
    const Tree& tree = *EntryOf(entries_found_[i]).rows;
    const auto lives = [this](const SubKey& sub_key) { return !Expired(RowOf(sub_key.row)); };
    if (greatest) {
      const auto edge = std::find_if(tree.rbegin(), tree.rend(), lives);
      if (edge != tree.rend()) sub_keys[i] = edge->bytes;
    } else {
      const auto edge = std::find_if(tree.begin(), tree.end(), lives);
      if (edge != tree.end()) sub_keys[i] = edge->bytes;
    }
  }
  return {};
}

Status NativeMapTable::VisitKey(
    std::string_view canonical_key, bool from_greatest,
    const std::function<bool(std::string_view sub_key, std::byte* row)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical_key, 1}, key_batch_));
  RETURN_IF_ERROR(ResolveBatch(false));
  if (entries_found_[0] == nullptr) return {};
  const auto show = [&](const SubKey& sub_key) {
    if (Expired(RowOf(sub_key.row))) return true;
    Thaw(sub_key.row);
    return visit(sub_key.bytes, RowOf(sub_key.row));
  };
  const Tree& tree = *EntryOf(entries_found_[0]).rows;
  if (from_greatest) {
    for (auto at = tree.rbegin(); at != tree.rend(); ++at) {
      if (!show(*at)) break;
    }
    return {};
  }
  for (const SubKey& sub_key : tree) {
    if (!show(sub_key)) break;
  }
  return {};
}

Status NativeMapTable::Probe(const KeyView& keys) {
  next_probe_ = 0;
  in_tree_ = false;
  return Resolve(keys, false);
}

bool NativeMapTable::NextMatches(MatchRun& run) {
  run.probes.clear();
  run.rows.clear();
  handed_out_.clear();
  const auto count = static_cast<uint32_t>(entries_found_.size());
  while (next_probe_ < count && run.rows.size() < MatchRun::kRows) {
    RowHeader* entry = entries_found_[next_probe_];
    if (entry != nullptr && !in_tree_) next_match_ = EntryOf(entry).rows->begin();
    in_tree_ = entry != nullptr && next_match_ != EntryOf(entry).rows->end();
    if (!in_tree_) {
      ++next_probe_;
      continue;
    }
    RowHeader* row = next_match_->row;
    ++next_match_;
    if (next_match_ == EntryOf(entry).rows->end()) {
      ++next_probe_;
      in_tree_ = false;
    }
    if (Expired(RowOf(row))) continue;
    run.probes.push_back(static_cast<uint32_t>(next_probe_ - (in_tree_ ? 0 : 1)));
    run.rows.push_back(RowOf(row));
    handed_out_.push_back(row);
  }
  Thaw(handed_out_);
  return !run.rows.empty();
}

Status NativeMapTable::EraseKeys(const KeyView& keys) {
  RETURN_IF_ERROR(Resolve(keys, false));
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    // Looked up again: the key may have been in the batch, and its entry been freed, before.
    RowHeader* entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    std::vector<RowHeader*> rows;
    for (const SubKey& sub_key : *EntryOf(entry).rows) rows.push_back(sub_key.row);
    for (RowHeader* row : rows) EraseRow(row);
    FreeIfEmpty(entry);
  }
  return {};
}

void NativeMapTable::ExpireEntry(RowHeader* entry) {
  std::vector<RowHeader*> expired;
  for (const SubKey& sub_key : *EntryOf(entry).rows) {
    if (Expired(RowOf(sub_key.row))) expired.push_back(sub_key.row);
  }
  family_.expired += expired.size();
  for (RowHeader* row : expired) EraseRow(row);
  FreeIfEmpty(entry);
}

void NativeMapTable::ExpireChunk(size_t chunk) {
  entries_.ForEachInChunk(chunk, [this](RowHeader* entry) { ExpireEntry(entry); });
}

Status NativeMapTable::ExpireKeys(const KeyBatch& keys) {
  key_batch_ = keys;
  RETURN_IF_ERROR(ResolveBatch(false));
  for (RowHeader* entry : entries_found_) {
    if (entry != nullptr) ExpireEntry(entry);
  }
  return {};
}

void NativeMapTable::Evict(uint64_t wanted) {
  const uint64_t goal = used_bytes() - std::min(used_bytes(), wanted);
  const size_t chunks = entries_.chunk_count();
  for (size_t step = 0; step < 2 * chunks && used_bytes() > goal; ++step) {
    clock_ = clock_ + 1 < chunks ? clock_ + 1 : 0;
    entries_.ForEachInChunk(clock_, [&](RowHeader* entry) {
      if ((entry->place & kRowTouched) != 0) {
        entry->place &= ~kRowTouched;
        return;
      }
      const Entry& content = EntryOf(entry);
      if (content.tombstones != nullptr && !content.tombstones->empty()) return;
      const auto on_disk = [&](const SubKey& sub_key) { return changes_.OnDisk(sub_key.row); };
      if (!std::ranges::all_of(*content.rows, on_disk)) return;
      filter_.Add(entry->hash);
      memory_rows_ -= content.rows->size();
      family_.evictions += content.rows->size();
      for (const SubKey& sub_key : *content.rows) FreeRow(sub_key.row);
      FreeEntry(entry);
    });
  }
  changes_.DropFreed();
  rows_.ReleaseEmptyChunks();
}

Status NativeMapTable::LoadRecord(std::string_view key, std::string_view value) {
  if (key.size() < 2 + kKeyLengthBytes) return Status::Corruption("a saved sub-key is cut off");
  const size_t key_bytes = LoadBig32(key.data() + key.size() - kKeyLengthBytes);
  if (key_bytes > key.size() - 2 - kKeyLengthBytes) {
    return Status::Corruption("a saved sub-key is cut off");
  }
  const std::string_view canonical = key.substr(2, key_bytes);
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical, 1}, key_batch_));
  RowHeader* entry = index_.Find(key_batch_.hashes[0], key_batch_.words[0]);
  if (entry == nullptr) entry = AddEntry(key_batch_.hashes[0], key_batch_.words[0]);
  RowHeader* row =
      AddRow(entry, key.substr(2 + key_bytes, key.size() - 2 - key_bytes - kKeyLengthBytes));
  RETURN_IF_ERROR(family_.rows.Decode(value, RowOf(row), *this));
  LookAtClock();
  Adopt(row);
  return {};
}

}  // namespace weir::state
