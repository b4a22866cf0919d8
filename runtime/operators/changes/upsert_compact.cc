// UpsertCompact: INSERT … ON CONFLICT DO ERROR or DO NOTHING, of changes whose key is not the
// sink's.
//
// Accepts every kind of change. A change waits until the watermark has passed the one that stood
// when it came, by its mark or else by this operator's watermark; so both halves of an update are
// there, in whatever order they came. No change has an earlier moment than one of its key that came
// before it: a change bears the mark of the row that caused it, and partitions are not equally far,
// so that a row may be taken back by one whose mark is lower than its own. Then the changes of one
// key and one such moment are applied together to the row that was emitted last: a row and what
// takes it back are nothing, a row replaces that with its input key, and a retraction takes away
// the row that has its input key, or is equal. What is left decides: no row gives -D, one gives +I,
// or +U where it is another one, behind -U where the sink takes that.
// Several are a conflict, which fails the job (kError), or is passed over for good: the row that
// was there stays, or the first one is taken (kNothing). The algorithm is Flink's
// WatermarkCompactingSinkMaterializer, but for what follows a restore, since here rows keep their
// moments.
// State: "rows", the row of a key that was emitted last; "waiting", of which a restore reads the
// latest moment of each key. Operator state: "sequence"; "progress", the watermark. Changes of one
// key keep their order, and leave before the watermark that let them go. Late marks end here.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/due_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/window_progress.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr uint64_t kLatestBytes = 40;  // of a key in `latest_`: about what its node takes
constexpr uint32_t kNobody = std::numeric_limits<uint32_t>::max();

// Rows in order, which are found by a hash.
class HashedRows {
 public:
  void Clear() {
    rows_.clear();
    if (!chains_.empty()) chains_.clear();
    live_ = 0;
  }
  void Add(uint32_t id, uint64_t hash) {
    const auto place = static_cast<uint32_t>(rows_.size());
    if (place == kFew) IndexAll();
    rows_.push_back({id, kNobody, hash});
    if (place >= kFew) Index(place);
    ++live_;
  }
  // The first row with this hash, or null.
  uint32_t* Find(uint64_t hash) {
    if (rows_.size() > kFew) {
      const auto found = chains_.find(hash);
      return found == chains_.end() ? nullptr : &rows_[found->second.first].id;
    }
    const auto row = std::ranges::find_if(
        rows_, [&](const Row& other) { return other.id != kNobody && other.hash == hash; });
    return row == rows_.end() ? nullptr : &row->id;
  }
  // Removes the first row with this hash, if there is one.
  void Remove(uint64_t hash) {
    uint32_t* id = Find(hash);
    if (id == nullptr) return;
    *id = kNobody;
    --live_;
    if (rows_.size() <= kFew) return;
    const auto found = chains_.find(hash);
    found->second.first = rows_[found->second.first].next;
    if (found->second.first == kNobody) chains_.erase(found);
  }
  size_t size() const { return live_; }
  // REQUIRES: size() > 0.
  uint32_t first() const {
    return std::ranges::find_if(rows_, [](const Row& row) { return row.id != kNobody; })->id;
  }

 private:
  // Up to so many are searched one by one.
  static constexpr size_t kFew = 32;
  struct Row {
    uint32_t id;    // kNobody: removed
    uint32_t next;  // the place of the next row with the same hash; kNobody: none
    uint64_t hash;
  };
  // The rows of one hash that are not removed.
  struct Chain {
    uint32_t first;
    uint32_t last;
  };

  void Index(uint32_t place) {
    const auto [chain, is_new] = chains_.try_emplace(rows_[place].hash, Chain{place, place});
    if (is_new) return;
    rows_[chain->second.last].next = place;
    chain->second.last = place;
  }
  void IndexAll() {
    for (uint32_t place = 0; place < rows_.size(); ++place) {
      if (rows_[place].id != kNobody) Index(place);
    }
  }

  std::vector<Row> rows_;
  std::unordered_map<uint64_t, Chain> chains_;
  size_t live_ = 0;
};

// A change of the output, caused by the changes of a key that begin with row `at` of the portion.
struct Change {
  uint32_t at;
  uint32_t id;
  RowKind kind;
};

class UpsertCompact final : public Operator {
 public:
  explicit UpsertCompact(const graph::UpsertCompactSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status Flush(Output& out) override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  // The row of a key that was emitted last: an id in all_, or kNobody.
  struct Key {
    std::byte* place;
    uint32_t before = kNobody;
    uint32_t now = kNobody;
  };

  TimedRows WithMoments(Batch batch);
  // The moment of a change with this mark, behind those of its key that wait.
  int64_t MomentOf(uint64_t key_hash, int64_t mark);
  // Compacts rows that are all there is up to some moment, by moment.
  Status CompactRows(const TimedRows& rows, Output& out);
  Status FindKeys(const Batch& rows);
  Status LoadColumns(const Batch& rows);
  // Applies rows [begin, end) of a key, which have one moment.
  void Apply(std::span<const uint32_t> rows, Key& key);
  // Leaves in added_ and removed_ what the rows are together.
  void Cancel(std::span<const uint32_t> rows);
  void Decide(uint32_t at, Key& key);
  Status Emit(Output& out);
  Status Store();
  Status Conflict() const;
  void ReportHeld() {
    state_->ReportMemory(uid_, due_.held_bytes() + latest_.size() * kLatestBytes);
  }
  bool adds(uint32_t row) const {
    return IsAddition(static_cast<RowKind>(kinds_->data<int8_t>()[row]));
  }

  const graph::UpsertCompactSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  const Schema* output_ = nullptr;
  TaskState* state_ = nullptr;
  std::string uid_;
  DueRows due_;
  ValueTable* rows_table_ = nullptr;
  std::vector<int> kept_;
  std::vector<int> matched_;  // columns by which a row is found
  std::vector<int> columns_;  // all of the input
  WindowProgress progress_;
  int64_t sequence_ = 0;
  // The latest moment of the changes of a key that wait, by the key's hash, where that is ahead of
  // the key's progress. Keys with one hash count as one: at worst their changes wait longer.
  std::unordered_map<uint64_t, int64_t> latest_;

  // Scratch of the current batch or portion.
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<Key> keys_;  // one per group
  RankedRows stored_;
  Batch all_;  // the portion, then the rows that were emitted last
  ColumnPtr kinds_;
  std::vector<uint64_t> match_hashes_;
  std::vector<uint64_t> row_hashes_;
  std::vector<std::pair<uint32_t, bool>> left_;  // of the rows of one moment: row, whether it lives
  HashedRows added_;
  HashedRows removed_;
  HashedRows result_;
  std::vector<Change> changes_;
  uint32_t conflict_ = kNobody;  // the first row of the first conflict
};

Status UpsertCompact::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  output_ = &ctx.node->output;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  kept_ = graph::KeptColumns(spec_.keys, input);
  columns_.resize(input.size());
  std::iota(columns_.begin(), columns_.end(), 0);
  matched_ = spec_.input_key.empty() ? columns_ : spec_.input_key;
  rows_table_ = TRY(ctx.state->OpenValue(uid_, schema.tables[0]));
  stored_.Open({spec_.keys, kept_, input.types()}, rows_table_->layout());
  // Behind the columns of the input a row has its moment and its kind.
  const auto width = static_cast<int>(input.size());
  WaitingShape shape{schema.tables[1], spec_.keys, kept_, input.size() + 2, width};
  shape.stored.push_back(width);
  shape.stored.push_back(width + 1);
  RETURN_IF_ERROR(due_.Open(std::move(shape), *ctx.state, uid_));
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  return due_.ForEachStored([this](std::string_view key, int64_t moment) {
    int64_t& latest = latest_.try_emplace(Hash64(key.data(), key.size()), moment).first->second;
    latest = std::max(latest, moment);
  });
}

int64_t UpsertCompact::MomentOf(uint64_t key_hash, int64_t mark) {
  const int64_t progress = progress_.Of(key_hash);
  const auto found = latest_.find(key_hash);
  if (found == latest_.end()) {
    if (mark > progress) latest_.emplace(key_hash, mark);
    return std::max(progress, mark);
  }
  const int64_t latest = DefectPlanted("moments-go-back") ? mark : found->second;
  return found->second = std::max({progress, mark, latest});
}

Status UpsertCompact::OnBatch(int, Batch batch, Output&) {
  batch = Compact(std::move(batch));
  if (batch.row_count == 0) return {};
  RETURN_IF_ERROR(due_.Add(WithMoments(std::move(batch))));
  ReportHeld();
  return {};
}

TimedRows UpsertCompact::WithMoments(Batch batch) {
  const uint32_t count = batch.row_count;
  const uint64_t* hashes = KeyHashes(batch, spec_.keys, hashes_);
  const MutableColumnPtr moments = Column::Make(Type::BigInt().WithNullable(false), count);
  const MutableColumnPtr kinds = Column::Make(Type::TinyInt().WithNullable(false), count);
  TimedRows rows;
  for (uint32_t row = 0; row < count; ++row) {
    const int64_t moment = MomentOf(hashes[row], batch.late_mark(row).millis);
    rows.times.push_back(moment);
    rows.sequences.push_back(sequence_++);
    moments->mutable_data<int64_t>()[row] = moment;
    kinds->mutable_data<int8_t>()[row] = static_cast<int8_t>(batch.kind(row));
  }
  rows.rows = std::move(batch);
  rows.rows.row_kinds = nullptr;
  rows.rows.late_marks = nullptr;
  rows.rows.key_hashes = nullptr;
  rows.rows.columns.insert(rows.rows.columns.end(), {moments, kinds});
  return rows;
}

Status UpsertCompact::OnWatermark(Timestamp watermark, Output& out) {
  // Rows of the moment of the watermark itself may still come.
  due_.Begin(watermark == Timestamp::Max() ? watermark.millis : watermark.millis - 1);
  while (const auto portion = TRY(due_.Next())) {
    if (portion->rows.size() > 0) RETURN_IF_ERROR(CompactRows(portion->rows, out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  progress_.Advance(watermark.millis);
  std::erase_if(latest_, [&](const auto& key) { return key.second <= watermark.millis; });
  ReportHeld();
  return out.EmitWatermark(watermark);
}

Status UpsertCompact::CompactRows(const TimedRows& rows, Output& out) {
  Batch batch = rows.rows;
  kinds_ = batch.columns.back();
  batch.columns.resize(columns_.size());
  RETURN_IF_ERROR(FindKeys(batch));
  RETURN_IF_ERROR(LoadColumns(batch));
  changes_.clear();
  conflict_ = kNobody;
  for (size_t group = 0; group < groups_.size(); ++group) {
    const std::span<const uint32_t> all = groups_.RowsOf(group);
    for (size_t begin = 0; begin < all.size();) {
      size_t end = begin + 1;
      while (end < all.size() && rows.times[all[end]] == rows.times[all[begin]]) ++end;
      Apply(all.subspan(begin, end - begin), keys_[group]);
      begin = end;
    }
  }
  RETURN_IF_ERROR(Emit(out));
  if (conflict_ != kNobody) return Conflict();
  return Store();
}

Status UpsertCompact::FindKeys(const Batch& rows) {
  hashes_.resize(rows.row_count);
  HashKeys(rows, spec_.keys, hashes_.data());
  rows_.resize(rows.row_count);
  created_.assign(rows.row_count, 0);
  RETURN_IF_ERROR(rows_table_->FindOrCreate({&rows, spec_.keys, hashes_.data()}, rows_.data(),
                                            created_.data()));
  groups_.Collect(rows_);
  keys_.assign(groups_.size(), {});
  stored_.Begin(rows);
  for (size_t group = 0; group < groups_.size(); ++group) {
    const uint32_t first = groups_.firsts()[group];
    Key& key = keys_[group];
    key.place = rows_[first];
    if (created_[first] != 0) continue;
    key.before = key.now = rows.row_count + stored_.stored_count();
    stored_.AddStored(key.place, first);
  }
  return {};
}

Status UpsertCompact::LoadColumns(const Batch& rows) {
  all_ = rows;
  const Batch last = TRY(stored_.StoredBatch());
  if (last.row_count > 0) all_ = Concatenate(all_, last);
  match_hashes_.resize(all_.row_count);
  HashKeys(all_, matched_, match_hashes_.data());
  row_hashes_.resize(all_.row_count);
  HashKeys(all_, columns_, row_hashes_.data());
  return {};
}

void UpsertCompact::Cancel(std::span<const uint32_t> rows) {
  left_.clear();
  added_.Clear();
  removed_.Clear();
  for (const uint32_t row : rows) {
    HashedRows& others = adds(row) ? removed_ : added_;
    const auto place = static_cast<uint32_t>(left_.size());
    left_.emplace_back(row, true);
    if (const uint32_t* other = others.Find(row_hashes_[row])) {
      left_[*other].second = left_[place].second = false;
      others.Remove(row_hashes_[row]);
    } else {
      (adds(row) ? added_ : removed_).Add(place, row_hashes_[row]);
    }
  }
}

void UpsertCompact::Apply(std::span<const uint32_t> rows, Key& key) {
  if (conflict_ < rows[0]) return;  // the job ends there
  Cancel(rows);
  result_.Clear();
  if (key.now != kNobody) result_.Add(key.now, match_hashes_[key.now]);
  for (const auto& [row, lives] : left_) {
    if (!lives) continue;
    if (!adds(row)) {
      result_.Remove(match_hashes_[row]);
      continue;
    }
    uint32_t* same = spec_.input_key.empty() ? nullptr : result_.Find(match_hashes_[row]);
    if (same != nullptr) {
      *same = row;
    } else {
      result_.Add(row, match_hashes_[row]);
    }
  }
  Decide(rows[0], key);
}

void UpsertCompact::Decide(uint32_t at, Key& key) {
  const auto emit = [&](uint32_t id, RowKind kind) {
    changes_.push_back({at, id, kind});
    key.now = kind == RowKind::kDelete ? kNobody : id;
  };
  const bool had = key.now != kNobody;
  if (result_.size() == 0) {
    if (had) emit(key.now, RowKind::kDelete);
    return;
  }
  if (result_.size() > 1 && spec_.conflict == graph::Conflict::kError) {
    conflict_ = std::min(conflict_, at);
    return;
  }
  const uint32_t row = result_.first();
  if (!had) return emit(row, RowKind::kInsert);
  const bool other = row_hashes_[row] != row_hashes_[key.now];
  if (result_.size() > 1 || !other) return;
  if (spec_.emit_update_before) changes_.push_back({at, key.now, RowKind::kUpdateBefore});
  emit(row, RowKind::kUpdateAfter);
}

Status UpsertCompact::Emit(Output& out) {
  // As if each moment had been alone.
  std::ranges::stable_sort(changes_, {}, &Change::at);
  std::vector<uint32_t> ids;
  std::vector<RowKind> kinds;
  for (const Change& change : changes_) {
    if (change.at >= conflict_) break;
    ids.push_back(change.id);
    kinds.push_back(change.kind);
  }
  if (ids.empty()) return {};
  Batch result = GatherBatch(all_, ids.data(), static_cast<uint32_t>(ids.size()));
  result.row_kinds = KindsOf(kinds);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status UpsertCompact::Store() {
  std::vector<std::byte*> erased;
  std::vector<std::byte*> places;
  std::vector<uint32_t> ids;
  for (const Key& key : keys_) {
    if (key.now == kNobody) {
      erased.push_back(key.place);
    } else if (key.now != key.before) {
      places.push_back(key.place);
      ids.push_back(key.now);
    }
  }
  StoreColumns(all_, kept_, rows_table_->layout(),
               {places.data(), ids.data(), static_cast<uint32_t>(ids.size())}, *rows_table_);
  if (!erased.empty()) rows_table_->Erase(erased);
  return {};
}

Status UpsertCompact::Conflict() const {
  std::string key;
  for (const int column : spec_.keys) {
    const auto place = static_cast<size_t>(column);
    key += fmt::format("{}{} = {}", key.empty() ? "" : ", ", output_->fields[place].name,
                       GetValue(*all_.columns[place], conflict_).ToString());
  }
  return Status::DataError("several rows have one PRIMARY KEY: " + key)
      .WithId("E3012")
      .WithHint("ON CONFLICT DO NOTHING keeps the first one, DO DEDUPLICATE the last one");
}

Status UpsertCompact::Flush(Output&) {
  RETURN_IF_ERROR(due_.Store());
  ReportHeld();
  return {};
}

Status UpsertCompact::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  state.push_back(progress_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeUpsertCompact(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<UpsertCompact>(std::get<graph::UpsertCompactSpec>(node.spec)));
}

}  // namespace weir::operators
