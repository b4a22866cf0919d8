// LookupJoin: rows joined with a table as it is at processing time (FOR SYSTEM_TIME AS OF); inner
// and left.
//
// Accepts every kind of change and gives the same kinds, in order: what a row finds, its retraction
// finds as well, since the table is read once, when the job starts or starts again, and does not
// change while it runs. A row without a match comes out with NULLs in a left join. Watermarks and
// late marks pass unchanged. No state: the table (lookup_table.h) is the subtasks' together.
#include <utility>

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
    if (spec_.shape.residual != nullptr)
      residual_ = TRY(expr::MakeEvaluator({spec_.shape.residual}, *ctx.evaluation));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    batch.key_hashes = nullptr;
    batch = Compact(std::move(batch));  // keys of deselected rows need not be valid
    batch_.Take(batch, spec_.shape.left.keys, spec_.shape.null_safe);
    RETURN_IF_ERROR(table_->Find(batch_, spec_.shape.left.keys, found_));
    RETURN_IF_ERROR(FilterPairs(batch));
    if (spec_.shape.type == graph::JoinType::kLeft) AddUnmatched(batch);
    if (found_.own.empty()) return {};
    return EmitInPieces(Joined(batch), batch_rows_, out);
  }

 private:
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
    std::vector<uint32_t> own;
    std::vector<uint32_t> other;
    size_t pair = 0;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const size_t before = own.size();
      for (; pair < found_.own.size() && found_.own[pair] == row; ++pair) {
        own.push_back(row);
        other.push_back(found_.other[pair]);
      }
      if (own.size() > before) continue;
      own.push_back(row);
      other.push_back(kNoRow);
    }
    found_.own = std::move(own);
    found_.other = std::move(other);
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
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::unique_ptr<expr::Evaluator> residual_;

  // Of the current batch.
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
