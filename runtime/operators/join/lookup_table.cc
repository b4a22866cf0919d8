// Two ways to keep the rows: as columns with an index, which all subtasks read without a lock, or,
// if that would take too much memory, as one list per key in a state table, whose rows can be on
// disk and which is read by one subtask at a time.
#include "runtime/operators/join/lookup_table.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/graph/state_fields.h"
#include "runtime/mutex.h"
#include "runtime/operators/join/asked_rows.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr size_t kEntryBytes = 64;  // of an index: a node and its share of the buckets

uint64_t BytesOf(const Batch& batch) {
  uint64_t bytes = 0;
  for (const ColumnPtr& column : batch.columns) bytes += column->MemoryBytes();
  return bytes;
}

Batch Together(std::vector<Batch> batches, const Schema& schema) {
  if (!batches.empty()) return ConcatenateAll(std::move(batches));
  Batch none;
  for (const Field& field : schema.fields) none.columns.push_back(Column::Make(field.type, 0));
  return none;
}

void AppendKeysOf(const Batch& batch, const std::vector<int>& keys, std::string& bytes,
                  std::vector<size_t>& ends) {
  std::vector<ColumnPtr> columns;
  for (const int key : keys) columns.push_back(batch.columns[static_cast<size_t>(key)]);
  bytes.clear();
  ends.clear();
  AppendKeys(columns, batch.row_count, bytes, ends);
}

std::string_view KeyOf(const std::string& bytes, const std::vector<size_t>& ends, uint32_t row) {
  const size_t begin = row == 0 ? 0 : ends[row - 1];
  return std::string_view(bytes).substr(begin, ends[row] - begin);
}

// All rows in one batch, with an index by key; the rows of a key are linked in their order.
class IndexedRows final : public LookupRows {
 public:
  // `state` accounts for the memory.
  IndexedRows(Batch rows, const graph::JoinShape& shape, const std::string& uid,
              std::unique_ptr<TaskState> state)
      : rows_(std::move(rows)), state_(std::move(state)) {
    Index(shape);
    const uint64_t index = first_.size() * kEntryBytes + next_.capacity() * sizeof(uint32_t);
    state_->ReportMemory(uid, BytesOf(rows_) + keys_.capacity() + index);
  }

  Status Find(const JoinBatch& batch, const std::vector<int>& keys,
              LookupMatches& matches) const override {
    matches.own.clear();
    matches.other.clear();
    matches.rows = rows_;
    const Batch& keyed = batch.keyed;
    if (keyed.empty()) return {};
    AppendKeysOf(keyed, keys, matches.keys, matches.ends);
    for (uint32_t i = 0; i < keyed.size(); ++i) {
      const uint32_t row = keyed.RowAt(i);
      const auto first = first_.find(KeyOf(matches.keys, matches.ends, row));
      if (first == first_.end()) continue;
      for (uint32_t found = first->second; found != kNoRow; found = next_[found]) {
        matches.own.push_back(row);
        matches.other.push_back(found);
      }
    }
    return {};
  }
  uint64_t row_count() const override { return rows_.row_count; }

 private:
  void Index(const graph::JoinShape& shape) {
    next_.assign(rows_.row_count, kNoRow);
    if (rows_.row_count == 0) return;
    JoinBatch keyed;
    keyed.Take(rows_, shape.right.keys, shape.null_safe);
    std::vector<size_t> ends;
    AppendKeysOf(rows_, shape.right.keys, keys_, ends);
    // From the last row to the first, so that the links of a key end up in the order of its rows.
    for (uint32_t i = keyed.keyed.size(); i-- > 0;) {
      const uint32_t row = keyed.keyed.RowAt(i);
      const auto [place, added] = first_.try_emplace(KeyOf(keys_, ends, row), row);
      if (added) continue;
      next_[row] = place->second;
      place->second = row;
    }
  }

  const Batch rows_;
  std::string keys_;  // encoded keys; first_ points into it
  std::unordered_map<std::string_view, uint32_t> first_;
  std::vector<uint32_t> next_;
  const std::unique_ptr<TaskState> state_;
};

class StoredRows final : public LookupRows {
 public:
  StoredRows(const graph::JoinShape& shape, std::unique_ptr<TaskState> state)
      : shape_(shape), state_(std::move(state)) {}

  Status Open(const std::string& uid) {
    StateSchema schema;
    schema.name = "rows";
    schema.layout = StateLayout::kList;
    const std::vector<Field>& fields = shape_.right.schema.fields;
    for (size_t i = 0; i < shape_.right.keys.size(); ++i) {
      const Field& field = fields[static_cast<size_t>(shape_.right.keys[i])];
      const bool null = field.type.nullable() || shape_.null_safe[i] != 0;
      graph::AddField(schema.key, field.name, field.type.WithNullable(null));
    }
    for (const Field& field : fields) graph::AddField(schema.value, field.name, field.type);
    columns_.resize(fields.size());
    std::iota(columns_.begin(), columns_.end(), 0);
    const MutexLock lock(mutex_);
    table_ = TRY(state_->OpenList(uid, schema));
    return {};
  }

  // Adds the selected rows. REQUIRES: no Find has begun.
  Status Add(const Batch& batch) {
    row_count_ += batch.row_count;
    adding_.Take(batch, shape_.right.keys, shape_.null_safe);
    if (adding_.keyed.empty()) return {};
    const MutexLock lock(mutex_);
    RETURN_IF_ERROR(table_->Append({&adding_.keyed, shape_.right.keys, adding_.hashes}, columns_));
    return state_->Tidy();
  }

  Status Find(const JoinBatch& batch, const std::vector<int>& keys,
              LookupMatches& matches) const override {
    matches.own.clear();
    matches.rows = Batch();
    const MutexLock lock(mutex_);
    found_.clear();
    if (!batch.keyed.empty()) {
      RETURN_IF_ERROR(table_->Probe({&batch.keyed, keys, batch.hashes}));
      while (table_->NextMatches(run_)) {
        for (const uint32_t probe : run_.probes) matches.own.push_back(batch.keyed.RowAt(probe));
        found_.insert(found_.end(), run_.rows.begin(), run_.rows.end());
      }
    }
    for (size_t i = 0; i < columns_.size(); ++i)
      matches.rows.columns.push_back(TRY(LoadColumn(table_->layout(), i, found_)));
    matches.rows.row_count = static_cast<uint32_t>(found_.size());
    matches.other.resize(found_.size());
    std::iota(matches.other.begin(), matches.other.end(), 0);
    return state_->Tidy();
  }
  uint64_t row_count() const override { return row_count_; }

 private:
  const graph::JoinShape& shape_;
  std::vector<int> columns_;  // all
  JoinBatch adding_;
  uint64_t row_count_ = 0;
  mutable Mutex mutex_;
  const std::unique_ptr<TaskState> state_ WEIR_POINTER_GUARDED_BY(mutex_);
  ListTable* table_ WEIR_POINTER_GUARDED_BY(mutex_) = nullptr;
  mutable MatchRun run_ WEIR_GUARDED_BY(mutex_);
  mutable std::vector<std::byte*> found_ WEIR_GUARDED_BY(mutex_);
};

class Loader {
 public:
  explicit Loader(LookupSetup setup) : setup_(std::move(setup)) {}

  Result<std::shared_ptr<const LookupRows>> Load() {
    const graph::LookupSpec& spec = *setup_.spec;
    evaluator_ = TRY(expr::MakeEvaluator(spec.projections, *setup_.evaluation, spec.filter));
    for (const Split& split : TRY(setup_.source->Discover())) {
      std::unique_ptr<SplitReader> reader = TRY(setup_.source->Open(split));
      RETURN_IF_ERROR(LoadSplit(*reader));
    }
    if (stored_ != nullptr) return std::shared_ptr<const LookupRows>(std::move(stored_));
    Batch rows = Together(std::move(batches_), spec.shape.right.schema);
    return std::shared_ptr<const LookupRows>(std::make_shared<IndexedRows>(
        std::move(rows), spec.shape, setup_.uid, std::move(setup_.state)));
  }

 private:
  Status LoadSplit(SplitReader& reader) {
    for (;;) {
      CheckInterrupted();
      Batch batch;
      const ReadOutcome outcome = TRY(reader.Read(setup_.batch_rows, batch));
      if (outcome == ReadOutcome::kEndOfSplit) return {};
      if (outcome != ReadOutcome::kRows) continue;
      Batch result;
      RETURN_IF_ERROR(evaluator_->FilterAndEvaluate(batch, result.columns));
      if (batch.empty()) continue;
      result.row_count = batch.row_count;
      result.selection = std::move(batch.selection);
      RETURN_IF_ERROR(Add(Compact(std::move(result))));
    }
  }

  Status Add(Batch batch) {
    if (stored_ != nullptr) return stored_->Add(batch);
    // Counted twice, since concatenating copies them, and the keys of the index are columns again.
    bytes_ += 2 * BytesOf(batch) + batch.row_count * (kEntryBytes + sizeof(uint32_t));
    batches_.push_back(std::move(batch));
    setup_.state->ReportMemory(setup_.uid, bytes_);
    return setup_.memory_bytes > 0 && bytes_ > setup_.memory_bytes ? Store() : Status();
  }

  Status Store() {
    setup_.state->ReportMemory(setup_.uid, 0);
    stored_ = std::make_unique<StoredRows>(setup_.spec->shape, std::move(setup_.state));
    RETURN_IF_ERROR(stored_->Open(setup_.uid));
    for (const Batch& batch : std::exchange(batches_, {})) RETURN_IF_ERROR(stored_->Add(batch));
    return {};
  }

  LookupSetup setup_;
  std::unique_ptr<expr::Evaluator> evaluator_;
  std::vector<Batch> batches_;
  uint64_t bytes_ = 0;                  // that the rows would take with their index
  std::unique_ptr<StoredRows> stored_;  // null: they are in batches_
};

}  // namespace

Result<std::shared_ptr<const LookupRows>> LoadLookupRows(LookupSetup setup) {
  const graph::ReloadRule rule = TRY(graph::ReloadRuleOf(setup.spec->scan.options));
  if (rule.schedule == graph::ReloadSchedule::kByKey) return AskedRows(std::move(setup), rule);
  return Loader(std::move(setup)).Load();
}

}  // namespace weir::operators
