#include "runtime/expr/node.h"

#include <algorithm>
#include <cstring>

#include "runtime/expr/foreign.h"
#include "runtime/types/column_builder.h"

namespace weir::expr {

MutableColumnPtr KernelCall::MakeResult() const {
  MutableColumnPtr out = Column::Make(type(), length, constant);
  if (expression->function == nullptr || expression->function->nulls != NullRule::kPropagate) {
    return out;
  }
  const BufferPtr* only = nullptr;
  for (const ColumnPtr& arg : args) {
    if (!arg->has_validity() || (arg->is_constant() && !constant)) continue;
    if (only == nullptr && !out->has_validity()) {
      only = &arg->validity_buffer();
      continue;
    }
    uint64_t* words = out->MutableValidity();
    const size_t count = BitmapWords(out->stored());
    if (only != nullptr) std::memcpy(words, (*only)->as<uint64_t>(), count * sizeof(uint64_t));
    only = nullptr;
    const uint64_t* more = arg->validity();
    for (size_t i = 0; i < count; ++i) words[i] &= more[i];
  }
  if (only != nullptr) out->ShareValidity(*only);
  return out;
}

MutableColumnPtr KernelCall::MakeNullableResult() const {
  MutableColumnPtr out = MakeResult();
  if (!out->has_validity()) return out;
  const BufferPtr shared = out->validity_buffer();
  out->ShareValidity(nullptr);
  const size_t words = BitmapWords(out->stored());
  std::memcpy(out->MutableValidity(), shared->as<uint64_t>(), words * sizeof(uint64_t));
  return out;
}

bool CanFail(const Expr& call) {
  return call.function->can_fail || call.function->overloads[call.overload].can_fail;
}

bool DependsOnZone(const Expr& call) {
  if (call.function->reads_zone || call.function->determinism != Determinism::kPure) return true;
  return std::ranges::any_of(
      call.args, [](const ExprPtr& arg) { return arg->type.kind() == TypeKind::kTimestampLtz; });
}

Result<TimeZone> KernelCall::SessionZone() const {
  WEIR_CHECK(DependsOnZone(*expression));
  return TimeZone::Find(context->time_zone);
}

Status KernelCall::Fail(Status status) const {
  return std::move(status).WithSpan(expression->span);
}

RowSet RowSet::Make(Frame& frame, uint32_t capacity) {
  RowSet set;
  set.buffer = MakeBuffer<uint32_t>(std::max(capacity, 1U));
  set.rows = {set.buffer->as<uint32_t>(), 0, ++*frame.next_token};
  return set;
}

namespace {

bool IsText(const Type& type) {
  return type.physical() == PhysicalType::kString;
}

bool IsCallOnText(const Expr& expression) {
  return expression.kind == ExprKind::kCall &&
         std::ranges::any_of(expression.args, [](const ExprPtr& arg) { return IsText(arg->type); });
}

bool IsHeavy(const Expr& expression) {
  return AsForeign(expression.function) != nullptr ||
         (IsCallOnText(expression) && CanFail(expression)) ||
         std::ranges::any_of(expression.args, [](const ExprPtr& arg) { return IsHeavy(*arg); });
}

}  // namespace

bool IsOfBatch(const Expr& expression) {
  return expression.kind == ExprKind::kCall && expression.args.empty() &&
         expression.function->determinism == Determinism::kPerQuery;
}

Node::Node(ExprPtr expression)
    : expression_(std::move(expression)),
      of_batch_(IsOfBatch(*expression_)),
      heavy_(IsHeavy(*expression_)),
      dear_(heavy_ || (IsCallOnText(*expression_) && IsText(type()))) {}

bool Node::IsKeptFor(const Frame& frame, const Rows& rows) const {
  if (!kept_) return false;
  // Read again for other rows of the batch it would be another time.
  if (of_batch_ && kept_->length() == frame.length()) return true;
  if (kept_token_ == rows.token || kept_token_ == frame.selected.token) return true;
  return dear_ && rows.ids != nullptr &&
         std::includes(kept_rows_.begin(), kept_rows_.end(), rows.ids, rows.ids + rows.count);
}

Result<ColumnPtr> Node::Evaluate(Frame& frame, const Rows& rows) {
  // A kernel computes constant arguments even for no rows, and could fail though no row needs them.
  if (rows.count == 0) return Column::MakeNull(type(), frame.length());
  if (!shared_) return Compute(frame, rows);
  if (IsKeptFor(frame, rows)) return kept_;
  kept_ = TRY(Compute(frame, rows));
  kept_token_ = rows.token;
  kept_rows_.clear();
  if (dear_ && rows.ids != nullptr) kept_rows_.assign(rows.ids, rows.ids + rows.count);
  return kept_;
}

namespace {

// Writes every candidate and advances only for the wanted ones: no branch to mispredict.
template <typename Wanted>
RowSet SelectWhere(Frame& frame, const Rows& rows, Wanted wanted) {
  RowSet set = RowSet::Make(frame, rows.count);
  uint32_t* ids = set.buffer->as<uint32_t>();
  uint32_t count = 0;
  ForRows(rows, [&](uint32_t row) {
    ids[count] = row;
    count += wanted(row) ? 1U : 0U;
  });
  set.rows.count = count;
  return set;
}

}  // namespace

RowSet SelectTrue(Frame& frame, const Column& column, const Rows& rows) {
  if (column.type().kind() == TypeKind::kNull || column.is_constant()) {
    const bool is_true = !column.IsNull(0) && column.data<uint8_t>()[0] != 0;
    return SelectWhere(frame, rows, [=](uint32_t) { return is_true; });
  }
  const uint8_t* values = column.data<uint8_t>();
  const uint64_t* validity = column.validity();
  if (validity == nullptr) {
    return SelectWhere(frame, rows, [=](uint32_t row) { return values[row] != 0; });
  }
  return SelectWhere(frame, rows,
                     [=](uint32_t row) { return (values[row] != 0) & GetBit(validity, row); });
}

Result<RowSet> Node::Select(Frame& frame, const Rows& rows) {
  const ColumnPtr column = TRY(Evaluate(frame, rows));
  return SelectTrue(frame, *column, rows);
}

BranchMerger::BranchMerger(const Type& type, uint32_t length) : type_(type), length_(length) {
  if (type.value_bytes() == 0) return;
  flat_ = Column::Make(type, length);
  uint64_t* validity = flat_->MutableValidity();
  std::memset(validity, 0, BitmapWords(length) * sizeof(uint64_t));
}

BranchMerger::~BranchMerger() = default;

namespace {

template <typename T>
void CopyRows(const Column& from, const Rows& rows, Column& to) {
  const ValueReader<T> values(from);
  T* out = to.mutable_data<T>();
  uint64_t* out_validity = to.MutableValidity();
  ForRows(rows, [&](uint32_t row) { out[row] = values[row]; });
  if (!from.has_validity()) {
    ForRows(rows, [&](uint32_t row) { SetBit(out_validity, row); });
    return;
  }
  ForRows(rows, [&](uint32_t row) {
    if (!from.IsNull(row)) SetBit(out_validity, row);
  });
}

}  // namespace

void BranchMerger::Add(ColumnPtr column, const Rows& rows) {
  if (rows.count == 0 || column->type().kind() == TypeKind::kNull) return;
  if (!flat_) {
    Branch branch{std::move(column), {}};
    ForRows(rows, [&](uint32_t row) { branch.rows.push_back(row); });
    nested_.push_back(std::move(branch));
    return;
  }
  if (column->is_constant() && column->IsNull(0)) return;
  DispatchPhysical(type_.physical(), [&]<typename T>() { CopyRows<T>(*column, rows, *flat_); });
  if (type_.physical() == PhysicalType::kString) flat_->ShareHeaps(*column);
}

ColumnPtr BranchMerger::MergeNested() {
  PoolVector<const Column*> source(length_, nullptr);
  for (const Branch& branch : nested_) {
    for (const uint32_t row : branch.rows) source[row] = branch.column.get();
  }
  ColumnBuilder builder(type_, length_);
  for (uint32_t row = 0; row < length_; ++row) {
    if (source[row] == nullptr) {
      builder.AppendNull();
    } else {
      builder.AppendFrom(*source[row], row);
    }
  }
  return builder.Finish();
}

ColumnPtr BranchMerger::Finish() {
  if (type_.kind() == TypeKind::kNull) return Column::MakeNull(type_, length_);
  if (!flat_) return MergeNested();
  return std::move(flat_);
}

}  // namespace weir::expr
