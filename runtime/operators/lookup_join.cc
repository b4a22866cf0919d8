// LookupJoin: rows joined with a table as it is at processing time (FOR SYSTEM_TIME AS OF); inner
// and left.
//
// Accepts every kind of change and gives the same kinds, in order: what a row finds, its retraction
// finds as well, since the table is read once, when the job starts or starts again, and does not
// change while it runs. A row without a match comes out with NULLs in a left join. Watermarks and
// late marks pass unchanged. No state: the table is in memory, whole, in every subtask, where it
// counts for the limit of state, so that other state gives way.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join_batch.h"
#include "runtime/operators/join_output.h"
#include "runtime/operators/operator_list.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// The rows of a table that ends, found by their keys. Immutable once it is loaded.
class LookupTable {
 public:
  Status Load(Source& source, const graph::LookupSpec& spec,
              const expr::EvaluationContext& evaluation, uint32_t batch_rows) {
    evaluator_ = TRY(expr::MakeEvaluator(spec.projections, evaluation, spec.filter));
    std::vector<Batch> batches;
    for (const Split& split : TRY(source.Discover())) {
      std::unique_ptr<SplitReader> reader = TRY(source.Open(split));
      RETURN_IF_ERROR(LoadSplit(*reader, batch_rows, batches));
    }
    rows_ = Together(std::move(batches), spec);
    Index(spec.shape);
    return {};
  }

  const Batch& rows() const { return rows_; }
  // The first row of a key (canonical bytes), and the one behind a row; kNoRow at the end.
  uint32_t First(std::string_view key) const {
    const auto found = first_.find(key);
    return found == first_.end() ? kNoRow : found->second;
  }
  uint32_t Next(uint32_t row) const { return next_[row]; }
  // Roughly, of the heap.
  uint64_t bytes() const {
    constexpr size_t kEntryBytes = 64;  // of the map: its node and its part of the buckets
    uint64_t all = keys_.capacity() + next_.capacity() * sizeof(uint32_t);
    for (const ColumnPtr& column : rows_.columns) all += column->MemoryBytes();
    return all + first_.size() * kEntryBytes;
  }

 private:
  Status LoadSplit(SplitReader& reader, uint32_t batch_rows, std::vector<Batch>& batches) {
    for (;;) {
      Batch batch;
      const ReadOutcome outcome = TRY(reader.Read(batch_rows, batch));
      if (outcome == ReadOutcome::kEndOfSplit) return {};
      if (outcome != ReadOutcome::kRows) continue;
      Batch result;
      RETURN_IF_ERROR(evaluator_->FilterAndEvaluate(batch, result.columns));
      if (batch.empty()) continue;
      result.row_count = batch.row_count;
      result.selection = std::move(batch.selection);
      batches.push_back(Compact(std::move(result)));
    }
  }

  // In pairs, so that no row is copied more often than the logarithm of their number.
  static Batch Together(std::vector<Batch> batches, const graph::LookupSpec& spec) {
    while (batches.size() > 1) {
      std::vector<Batch> halves;
      for (size_t i = 0; i < batches.size(); i += 2) {
        halves.push_back(i + 1 < batches.size() ? Concatenate(batches[i], batches[i + 1])
                                                : std::move(batches[i]));
      }
      batches = std::move(halves);
    }
    if (!batches.empty()) return std::move(batches[0]);
    Batch none;
    for (const Field& field : spec.shape.right.schema.fields) {
      none.columns.push_back(Column::Make(field.type, 0));
    }
    return none;
  }

  void Index(const graph::JoinShape& shape) {
    next_.assign(rows_.row_count, kNoRow);
    if (rows_.row_count == 0) return;
    JoinBatch keyed;
    keyed.Take(rows_, shape.right.keys, shape.null_safe);
    std::vector<ColumnPtr> columns;
    for (const int key : shape.right.keys)
      columns.push_back(rows_.columns[static_cast<size_t>(key)]);
    std::vector<size_t> ends;
    AppendKeys(columns, rows_.row_count, keys_, ends);
    // From the last row, so that rows of a key come in their order.
    for (uint32_t i = keyed.keyed.size(); i-- > 0;) {
      const uint32_t row = keyed.keyed.RowAt(i);
      const size_t begin = row == 0 ? 0 : ends[row - 1];
      const std::string_view key(keys_.data() + begin, ends[row] - begin);
      const auto [place, added] = first_.try_emplace(key, row);
      if (added) continue;
      next_[row] = place->second;
      place->second = row;
    }
  }

  std::unique_ptr<expr::Evaluator> evaluator_;
  Batch rows_;
  std::string keys_;  // canonical; first_ points into it
  std::unordered_map<std::string_view, uint32_t> first_;
  std::vector<uint32_t> next_;
};

class LookupJoin final : public Operator {
 public:
  LookupJoin(const graph::LookupSpec& spec, std::unique_ptr<Source> source)
      : spec_(spec), source_(std::move(source)) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    output_ = &ctx.node->output;
    if (spec_.shape.residual != nullptr)
      residual_ = TRY(expr::MakeEvaluator({spec_.shape.residual}, *ctx.evaluation));
    RETURN_IF_ERROR(table_.Load(*source_, spec_, *ctx.evaluation, batch_rows_)
                        .WithContext("table " + spec_.scan.table));
    source_.reset();
    if (ctx.state != nullptr) ctx.state->HoldBeside(ctx.node->uid, table_.bytes());
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    batch.key_hashes = nullptr;
    batch = Compact(std::move(batch));  // keys of deselected rows may be anything
    batch_.Take(batch, spec_.shape.left.keys, spec_.shape.null_safe);
    FindPairs();
    RETURN_IF_ERROR(JudgePairs(batch));
    if (spec_.shape.type == graph::JoinType::kLeft) AddUnmatched(batch);
    if (own_.empty()) return {};
    return EmitInPieces(Joined(batch), batch_rows_, out);
  }

 private:
  // Places of keyed rows and table rows with equal keys, in order.
  void FindPairs() {
    own_.clear();
    other_.clear();
    const Batch& keyed = batch_.keyed;
    if (keyed.empty()) return;
    std::vector<ColumnPtr> columns;
    for (const int key : spec_.shape.left.keys)
      columns.push_back(keyed.columns[static_cast<size_t>(key)]);
    keys_.clear();
    ends_.clear();
    AppendKeys(columns, keyed.row_count, keys_, ends_);
    for (uint32_t i = 0; i < keyed.size(); ++i) {
      const uint32_t row = keyed.RowAt(i);
      const size_t begin = row == 0 ? 0 : ends_[row - 1];
      for (uint32_t found = table_.First({keys_.data() + begin, ends_[row] - begin});
           found != kNoRow; found = table_.Next(found)) {
        own_.push_back(row);
        other_.push_back(found);
      }
    }
  }

  // Leaves the pairs for which the rest of the condition is TRUE.
  Status JudgePairs(const Batch& batch) {
    if (residual_ == nullptr || own_.empty()) return {};
    const Selection kept = TRY(residual_->Filter(Joined(batch)));
    if (kept.all()) return {};
    for (uint32_t i = 0; i < kept.count(); ++i) {
      own_[i] = own_[kept.ids()[i]];
      other_[i] = other_[kept.ids()[i]];
    }
    own_.resize(kept.count());
    other_.resize(kept.count());
    return {};
  }

  // Rows without a pair, where they stand among the others.
  void AddUnmatched(const Batch& batch) {
    std::vector<uint32_t> own;
    std::vector<uint32_t> other;
    size_t pair = 0;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const size_t before = own.size();
      for (; pair < own_.size() && own_[pair] == row; ++pair) {
        own.push_back(row);
        other.push_back(other_[pair]);
      }
      if (own.size() > before) continue;
      own.push_back(row);
      other.push_back(kNoRow);
    }
    own_ = std::move(own);
    other_ = std::move(other);
  }

  Batch Joined(const Batch& batch) const {
    const auto count = static_cast<uint32_t>(own_.size());
    Batch result = GatherBatch(batch, own_.data(), count);
    const size_t width = batch.columns.size();
    for (size_t i = 0; i < table_.rows().columns.size(); ++i) {
      result.columns.push_back(TableColumn(i, output_->fields[width + i].type));
    }
    return result;
  }

  // Values of the table's column `index` for the pairs, NULL without one.
  ColumnPtr TableColumn(size_t index, const Type& type) const {
    const auto count = static_cast<uint32_t>(own_.size());
    const Column& values = *table_.rows().columns[index];
    return GatherOrNull(values, other_.data(), count, type)->WithType(type);
  }

  const graph::LookupSpec& spec_;
  std::unique_ptr<Source> source_;
  const Schema* output_ = nullptr;
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::unique_ptr<expr::Evaluator> residual_;
  LookupTable table_;

  // Of the batch at hand.
  JoinBatch batch_;
  std::string keys_;
  std::vector<size_t> ends_;
  std::vector<uint32_t> own_;    // physical rows of the batch
  std::vector<uint32_t> other_;  // rows of the table; kNoRow
};

}  // namespace

Result<OperatorPtr> MakeLookupJoin(const graph::Node& node, std::unique_ptr<Source> source) {
  if (source == nullptr) return Status::Internal("a lookup has no table to read: " + node.uid);
  return OperatorPtr(
      std::make_unique<LookupJoin>(std::get<graph::LookupSpec>(node.spec), std::move(source)));
}

}  // namespace weir::operators
