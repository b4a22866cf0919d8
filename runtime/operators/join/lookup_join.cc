// LookupJoin: rows joined with a table as it is at processing time (FOR SYSTEM_TIME AS OF); inner
// and left.
//
// Accepts every kind of change and gives the same kinds, in order. A batch looks its rows up in the
// table as it was read last, or asks it (lookup_table.h). Of a table that may have changed since it
// gives upserts of the left side's keys: what takes a row back looks nothing up and ends its key,
// -D with NULLs for the table's columns; the planner keeps what was given behind it
// (ChangelogNormalize). A row without a match comes out with NULLs in a left join. Watermarks and
// late marks pass unchanged. No state: the table is the subtasks' together.
#include <utility>

#include "runtime/graph/lookup_options.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/operators/join/lookup_table.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {
namespace {

class LookupJoin final : public Operator {
 public:
  LookupJoin(const graph::LookupSpec& spec, std::shared_ptr<const LookupTable> table)
      : spec_(spec), table_(std::move(table)) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    output_ = &ctx.node->output;
    const graph::ReloadRule rule = TRY(graph::ReloadRuleOf(spec_.scan.options));
    read_again_ = rule.schedule != graph::ReloadSchedule::kNever;
    if (spec_.shape.residual != nullptr)
      residual_ = TRY(expr::MakeEvaluator({spec_.shape.residual}, *ctx.evaluation));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    batch.key_hashes = nullptr;
    batch = Compact(std::move(batch));  // keys of deselected rows need not be valid
    batch_.Take(batch, spec_.shape.left.keys, spec_.shape.null_safe);
    Batch joined = TRY(LookUp(batch));
    if (joined.row_count == 0) return {};
    return EmitInPieces(std::move(joined), batch_rows_, out);
  }

 private:
  // Finds the matches of the batch. Releases the table's rows before it returns, since emitting may
  // wait for long and would keep rows alive that a reload has replaced.
  Result<Batch> LookUp(const Batch& batch) {
    const std::shared_ptr<const LookupRows> rows = table_->Get();
    RETURN_IF_ERROR(rows->Find(batch_, spec_.shape.left.keys, found_));
    if (read_again_) DropPairsOfEnds(batch);
    RETURN_IF_ERROR(FilterPairs(batch));
    if (spec_.shape.type == graph::JoinType::kLeft || read_again_) AddUnmatched(batch);
    Batch joined;
    if (!found_.own.empty()) joined = Joined(batch);
    if (read_again_) EndKeys(joined);
    found_.rows = Batch();  // so that it does not keep rows of an old reading alive
    return joined;
  }

  // Drops the pairs of rows that take others back (-U, -D), which only end their key. The rest of
  // the condition is not evaluated for them, so that it cannot fail.
  void DropPairsOfEnds(const Batch& batch) {
    size_t left = 0;
    for (size_t i = 0; i < found_.own.size(); ++i) {
      if (!IsAddition(batch.kind(found_.own[i]))) continue;
      found_.own[left] = found_.own[i];
      found_.other[left++] = found_.other[i];
    }
    found_.own.resize(left);
    found_.other.resize(left);
  }

  // Keeps the pairs for which the rest of the condition is TRUE.
  Status FilterPairs(const Batch& batch) {
    if (residual_ == nullptr || found_.own.empty()) return {};
    const Selection kept = TRY(residual_->Filter(Joined(batch)));
    if (kept.all()) return {};
    for (uint32_t i = 0; i < kept.count(); ++i) {
      found_.own[i] = found_.own[kept.ids()[i]];
      found_.other[i] = found_.other[kept.ids()[i]];
    }
    found_.own.resize(kept.count());
    found_.other.resize(kept.count());
    return {};
  }

  // Adds rows without a pair at their places among the others.
  void AddUnmatched(const Batch& batch) {
    const bool left = spec_.shape.type == graph::JoinType::kLeft;
    std::vector<uint32_t> own;
    std::vector<uint32_t> other;
    size_t pair = 0;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const bool ends = read_again_ && !IsAddition(batch.kind(row));
      const size_t before = own.size();
      for (; pair < found_.own.size() && found_.own[pair] == row; ++pair) {
        own.push_back(row);
        other.push_back(found_.other[pair]);
      }
      if (own.size() > before || !(left || ends)) continue;
      own.push_back(row);
      other.push_back(kNoRow);
    }
    found_.own = std::move(own);
    found_.other = std::move(other);
  }

  // The old row of an update ends its key as well, since the new one may find nothing.
  static void EndKeys(Batch& joined) {
    if (!joined.row_kinds) return;
    const BufferPtr kinds = MakeBuffer<uint8_t>(joined.row_count);
    for (uint32_t row = 0; row < joined.row_count; ++row) {
      const RowKind kind = joined.kind(row);
      kinds->as<uint8_t>()[row] = static_cast<uint8_t>(IsAddition(kind) ? kind : RowKind::kDelete);
    }
    joined.row_kinds = kinds;
  }

  Batch Joined(const Batch& batch) const {
    const auto count = static_cast<uint32_t>(found_.own.size());
    Batch result = GatherBatch(batch, found_.own.data(), count);
    const size_t width = batch.columns.size();
    for (size_t i = 0; i < found_.rows.columns.size(); ++i) {
      const Type& type = output_->fields[width + i].type;
      const Column& values = *found_.rows.columns[i];
      result.columns.push_back(
          GatherOrNull(values, found_.other.data(), count, type)->WithType(type));
    }
    return result;
  }

  const graph::LookupSpec& spec_;
  const std::shared_ptr<const LookupTable> table_;
  const Schema* output_ = nullptr;
  bool read_again_ = false;
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::unique_ptr<expr::Evaluator> residual_;

  // Scratch of the current batch.
  JoinBatch batch_;
  LookupMatches found_;
};

}  // namespace

Result<OperatorPtr> MakeLookupJoin(const graph::Node& node,
                                   std::shared_ptr<const LookupTable> table) {
  if (table == nullptr) return Status::Internal("a lookup has no table: " + node.uid);
  return OperatorPtr(
      std::make_unique<LookupJoin>(std::get<graph::LookupSpec>(node.spec), std::move(table)));
}

}  // namespace weir::operators
