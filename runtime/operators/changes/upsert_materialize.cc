// UpsertMaterialize: repairs the order of changes whose key is not the sink's.
//
// Accepts every kind of change. Gives, per batch and key of the sink, the net change of the last
// row: +I, +U or -D, and -U where the sink takes it. An added row becomes the last one of its key,
// or replaces the row with the same input key. A retraction finds its row by the input key or by
// all columns; it changes the output only if that row was the last one, and then the one before it
// is the last again. It is ignored if there is no such row. The algorithm is Flink's
// SinkUpsertMaterializer.
// State: "rows", the last row of a key; "older", those before it. Operator state: "sequence".
// Changes of one key keep their order. Watermarks pass unchanged; late marks end here.
#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// A row of a key. `id` is its index among the rows of the batch followed by the stored ones.
struct Entry {
  uint32_t id;
  int64_t sequence;
};

// All rows of one key, in order of arrival.
struct Versions {
  std::byte* place = nullptr;  // the state row that holds the last version
  uint32_t row = 0;            // a row of the batch with this key
  bool existed = false;
  std::vector<Entry> before;
  std::vector<Entry> after;
};

class UpsertMaterialize final : public Operator {
 public:
  explicit UpsertMaterialize(const graph::UpsertMaterializeSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) override {
    state.push_back(SaveSequence(sequence_));
    return {};
  }

 private:
  Status FindVersions(const Batch& batch);
  Status LoadOlder(const Batch& batch);
  Status LoadColumns(const Batch& batch);
  void Apply(const Batch& batch);
  void Change(Versions& versions, RowKind kind, uint32_t row);
  Batch Changes();
  Status Store();
  Status StoreOlder();
  Batch OlderPart(const std::vector<std::pair<uint32_t, int64_t>>& entries,
                  std::vector<uint64_t>& hashes) const;

  const graph::UpsertMaterializeSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  ValueTable* last_ = nullptr;
  MapTable* older_ = nullptr;
  std::vector<int> kept_;
  std::vector<int> matched_;  // columns by which a row is found
  // Fields behind the kept columns: of the last row two, of older ones one.
  size_t older_field_ = 0;
  size_t sequence_field_ = 0;
  size_t number_field_ = 0;
  std::vector<Type> types_;
  int64_t sequence_ = 0;

  // Scratch of the current batch.
  std::vector<uint64_t> hash_scratch_;
  const uint64_t* hashes_ = nullptr;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<Versions> versions_;  // one per group
  RankedRows last_rows_;            // stored rows, in order of their ids
  RankedRows older_rows_;
  MatchRun run_;
  Batch all_;  // the batch, then the last rows, then the older ones
  std::vector<uint64_t> match_hashes_;
};

Status UpsertMaterialize::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  last_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  older_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[1]));
  kept_ = graph::KeptColumns(spec_.keys, input);
  older_field_ = number_field_ = kept_.size();
  sequence_field_ = kept_.size() + 1;
  types_ = input.types();
  last_rows_.Open({spec_.keys, kept_, types_}, last_->layout());
  older_rows_.Open({spec_.keys, kept_, types_}, older_->layout());
  matched_ = spec_.input_key;
  if (matched_.empty()) {
    matched_.resize(input.size());
    std::iota(matched_.begin(), matched_.end(), 0);
  }
  sequence_ = TRY(RestoreSequence(ctx.restored));
  return {};
}

Status UpsertMaterialize::OnBatch(int, Batch batch, Output& out) {
  batch = Compact(std::move(batch));
  batch.late_marks = nullptr;
  hashes_ = KeyHashes(batch, spec_.keys, hash_scratch_);
  RETURN_IF_ERROR(FindVersions(batch));
  RETURN_IF_ERROR(LoadColumns(batch));
  Apply(batch);
  Batch result = Changes();
  RETURN_IF_ERROR(StoreOlder());
  RETURN_IF_ERROR(Store());
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status UpsertMaterialize::FindVersions(const Batch& batch) {
  rows_.resize(batch.row_count);
  created_.assign(batch.row_count, 0);
  RETURN_IF_ERROR(
      last_->FindOrCreate({&batch, spec_.keys, hashes_}, rows_.data(), created_.data()));
  groups_.Collect(rows_);
  versions_.assign(groups_.size(), {});
  last_rows_.Begin(batch);
  older_rows_.Begin(batch);
  RETURN_IF_ERROR(LoadOlder(batch));
  for (size_t group = 0; group < groups_.size(); ++group) {
    Versions& versions = versions_[group];
    versions.row = groups_.firsts()[group];
    versions.place = rows_[versions.row];
    versions.existed = created_[versions.row] == 0;
    if (!versions.existed) continue;
    const uint32_t id = batch.row_count + last_rows_.stored_count();
    last_rows_.AddStored(versions.place, versions.row);
    versions.before.push_back({id, last_->layout().Load<int64_t>(versions.place, sequence_field_)});
  }
  // Ids of older rows begin behind those of the last ones.
  const uint32_t shift = batch.row_count + last_rows_.stored_count();
  for (Versions& versions : versions_) {
    for (size_t i = 0; i + 1 < versions.before.size(); ++i) versions.before[i].id += shift;
    versions.after = versions.before;
  }
  return {};
}

// Loads the rows before the last one for every key that has some.
Status UpsertMaterialize::LoadOlder(const Batch& batch) {
  std::vector<uint32_t> keys;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const uint32_t row = groups_.firsts()[group];
    const bool some =
        created_[row] == 0 && last_->layout().Load<int64_t>(rows_[row], older_field_) > 0;
    if (some) keys.push_back(row);
  }
  if (keys.empty()) return {};
  const Batch probing = Select(batch, keys.data(), static_cast<uint32_t>(keys.size()));
  RETURN_IF_ERROR(older_->Probe({&probing, spec_.keys, hashes_}));
  while (older_->NextMatches(run_)) {
    if (spec_.ttl_millis > 0) older_->MarkChanged(run_.rows);
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      const uint32_t row = keys[run_.probes[i]];
      const int64_t sequence = older_->layout().Load<int64_t>(run_.rows[i], number_field_);
      Versions& versions = versions_[groups_.group_of()[row]];
      versions.before.push_back({older_rows_.stored_count(), sequence});
      older_rows_.AddStored(run_.rows[i], row);
    }
  }
  return {};
}

Status UpsertMaterialize::LoadColumns(const Batch& batch) {
  const Batch last = TRY(last_rows_.StoredBatch());
  const Batch older = TRY(older_rows_.StoredBatch());
  all_ = batch;
  all_.row_kinds = nullptr;
  all_.key_hashes = nullptr;
  if (last.row_count > 0) all_ = Concatenate(all_, last);
  if (older.row_count > 0) all_ = Concatenate(all_, older);
  match_hashes_.resize(all_.row_count);
  HashKeys(all_, matched_, match_hashes_.data());
  return {};
}

void UpsertMaterialize::Apply(const Batch& batch) {
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    Change(versions_[groups_.group_of()[row]], batch.kind(row), row);
  }
}

void UpsertMaterialize::Change(Versions& versions, RowKind kind, uint32_t row) {
  std::vector<Entry>& entries = versions.after;
  const bool adds = IsAddition(kind);
  // Without an input key rows may be equal, and each one counts.
  if (adds && spec_.input_key.empty()) {
    entries.push_back({row, sequence_++});
    return;
  }
  const auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return match_hashes_[entry.id] == match_hashes_[row];
  });
  if (adds && same == entries.end()) {
    entries.push_back({row, sequence_++});
  } else if (adds) {
    same->id = row;
  } else if (same != entries.end()) {
    entries.erase(same);
  }
}

Batch UpsertMaterialize::Changes() {
  std::vector<uint32_t> ids;
  std::vector<RowKind> kinds;
  for (const Versions& versions : versions_) {
    const std::vector<Entry>& after = versions.after;
    if (after.empty()) {
      if (!versions.existed) continue;
      ids.push_back(versions.before.back().id);
      kinds.push_back(RowKind::kDelete);
    } else if (!versions.existed || versions.before.back().id != after.back().id) {
      if (versions.existed && spec_.emit_update_before) {
        ids.push_back(versions.before.back().id);
        kinds.push_back(RowKind::kUpdateBefore);
      }
      ids.push_back(after.back().id);
      kinds.push_back(versions.existed ? RowKind::kUpdateAfter : RowKind::kInsert);
    }
  }
  if (ids.empty()) return {};
  Batch result = GatherBatch(all_, ids.data(), static_cast<uint32_t>(ids.size()));
  result.row_kinds = KindsOf(kinds);
  return result;
}

// Makes a batch of the rows entries[i].first of all_, with their numbers as the last column.
Batch UpsertMaterialize::OlderPart(const std::vector<std::pair<uint32_t, int64_t>>& entries,
                                   std::vector<uint64_t>& hashes) const {
  const auto count = static_cast<uint32_t>(entries.size());
  std::vector<uint32_t> ids(count);
  const MutableColumnPtr numbers = Column::Make(Type::BigInt().WithNullable(false), count);
  for (uint32_t i = 0; i < count; ++i) {
    ids[i] = entries[i].first;
    numbers->mutable_data<int64_t>()[i] = entries[i].second;
  }
  Batch part = GatherBatch(all_, ids.data(), count);
  part.columns.push_back(numbers);
  hashes.resize(count);
  HashKeys(part, spec_.keys, hashes.data());
  return part;
}

Status UpsertMaterialize::StoreOlder() {
  std::vector<std::pair<uint32_t, int64_t>> gone;
  std::vector<std::pair<uint32_t, int64_t>> come;
  for (const Versions& versions : versions_) {
    const auto holds = [](const std::vector<Entry>& entries, const Entry& entry, bool exact) {
      return std::any_of(
          entries.begin(), entries.end() - (entries.empty() ? 0 : 1), [&](const Entry& other) {
            return other.sequence == entry.sequence && (!exact || other.id == entry.id);
          });
    };
    for (size_t i = 0; i + 1 < versions.before.size(); ++i) {
      const Entry& entry = versions.before[i];
      if (!holds(versions.after, entry, false)) gone.emplace_back(entry.id, entry.sequence);
    }
    for (size_t i = 0; i + 1 < versions.after.size(); ++i) {
      const Entry& entry = versions.after[i];
      if (!holds(versions.before, entry, true)) come.emplace_back(entry.id, entry.sequence);
    }
  }
  const int sub_key[] = {static_cast<int>(types_.size())};
  std::vector<uint64_t> hashes;
  std::vector<std::byte*> rows;
  if (!gone.empty()) {
    const Batch part = OlderPart(gone, hashes);
    rows.resize(gone.size());
    RETURN_IF_ERROR(older_->Find({&part, spec_.keys, hashes.data()}, sub_key, rows.data()));
    std::erase(rows, nullptr);
    if (!rows.empty()) older_->Erase(rows);
  }
  if (come.empty()) return {};
  const Batch part = OlderPart(come, hashes);
  rows.resize(come.size());
  created_.assign(come.size(), 0);
  RETURN_IF_ERROR(older_->FindOrCreate({&part, spec_.keys, hashes.data()}, sub_key, rows.data(),
                                       created_.data()));
  std::vector<uint32_t> ids(come.size());
  std::iota(ids.begin(), ids.end(), 0U);
  std::vector<int> columns = kept_;
  columns.push_back(sub_key[0]);
  StoreColumns(part, columns, older_->layout(),
               {rows.data(), ids.data(), static_cast<uint32_t>(ids.size())}, *older_);
  return {};
}

Status UpsertMaterialize::Store() {
  const RowLayout& layout = last_->layout();
  std::vector<std::byte*> erased;
  std::vector<std::byte*> places;
  std::vector<uint32_t> ids;
  for (const Versions& versions : versions_) {
    const std::vector<Entry>& after = versions.after;
    if (after.empty()) {
      erased.push_back(versions.place);
      continue;
    }
    layout.Store<int64_t>(versions.place, older_field_, static_cast<int64_t>(after.size()) - 1);
    layout.Store<int64_t>(versions.place, sequence_field_, after.back().sequence);
    const bool same = versions.existed && versions.before.back().id == after.back().id;
    if (same) continue;
    places.push_back(versions.place);
    ids.push_back(after.back().id);
  }
  StoreColumns(all_, kept_, layout, {places.data(), ids.data(), static_cast<uint32_t>(ids.size())},
               *last_);
  if (!erased.empty()) last_->Erase(erased);
  return {};
}

}  // namespace

Result<OperatorPtr> MakeUpsertMaterialize(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<UpsertMaterialize>(std::get<graph::UpsertMaterializeSpec>(node.spec)));
}

}  // namespace weir::operators
