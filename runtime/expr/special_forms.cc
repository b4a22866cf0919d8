// AND, OR, CASE, COALESCE: forms that evaluate their arguments only on the rows that reach them, so
// that a guard keeps the guarded expression from failing; and IN, which probes a set of literals.
#include <algorithm>
#include <cstring>

#include "runtime/expr/node.h"
#include "runtime/types/value_order.h"

namespace weir::expr {
namespace {

// Rows of `rows` that are neither TRUE for OR nor FALSE for AND so far.
RowSet Undecided(Frame& frame, const uint8_t* truth, uint8_t deciding, const Rows& rows) {
  RowSet set = RowSet::Make(frame, rows.count);
  uint32_t* ids = set.buffer->as<uint32_t>();
  uint32_t count = 0;
  ForRows(rows, [&](uint32_t row) {
    ids[count] = row;
    count += truth[row] != deciding ? 1U : 0U;
  });
  set.rows.count = count;
  return set;
}

// Three-valued truth as a byte, ordered so that AND is the minimum and OR the maximum.
constexpr uint8_t kFalse = 0;
constexpr uint8_t kUnknown = 1;
constexpr uint8_t kTrue = 2;

template <bool kIsAnd>
void FoldTruth(const Column& column, const Rows& rows, uint8_t* truth) {
  const ValueReader<uint8_t> values(column);
  const uint64_t* validity = column.validity();
  const auto fold = [truth](uint32_t row, uint8_t t) {
    truth[row] = kIsAnd ? std::min(truth[row], t) : std::max(truth[row], t);
  };
  if (column.type().kind() == TypeKind::kNull) {
    ForRows(rows, [&](uint32_t row) { fold(row, kUnknown); });
  } else if (validity == nullptr) {
    ForRows(rows, [&](uint32_t row) { fold(row, values[row] != 0 ? kTrue : kFalse); });
  } else {
    const uint32_t mask = column.is_constant() ? 0 : ~uint32_t{0};
    ForRows(rows, [&](uint32_t row) {
      fold(row, !GetBit(validity, row & mask) ? kUnknown : values[row] != 0 ? kTrue : kFalse);
    });
  }
}

// Splits truth bytes into values and validity; shared by AND, OR and IN.
ColumnPtr TruthColumn(const Type& type, uint32_t length, const uint8_t* truth, const Rows& rows) {
  MutableColumnPtr out = Column::Make(type, length);
  auto* values = out->mutable_data<uint8_t>();
  uint8_t unknown = 0;
  ForRows(rows, [&](uint32_t row) {
    values[row] = truth[row] == kTrue;
    unknown |= truth[row] == kUnknown;
  });
  if (unknown == 0) return out;
  uint64_t* validity = out->MutableValidity();
  ForRows(rows, [&](uint32_t row) {
    if (truth[row] == kUnknown) ClearBit(validity, row);
  });
  return out;
}

// Whether the expression fails for no row and gives the same whenever it is evaluated, so that it
// may be evaluated before conditions that stand in front of it.
bool CannotFail(const Expr& expression) {
  switch (expression.kind) {
    case ExprKind::kCast:
      return false;
    case ExprKind::kCall:
      if (CanFail(expression) || expression.function->determinism == Determinism::kPerRow) {
        return false;
      }
      break;
    default:
      break;
  }
  return std::ranges::all_of(expression.args, [](const ExprPtr& arg) { return CannotFail(*arg); });
}

template <bool kIsAnd>
class LogicalNode : public Node {
 public:
  LogicalNode(ExprPtr expression, NodeList args)
      : Node(std::move(expression)),
        args_(std::move(args)),
        speculative_(std::ranges::all_of(args_, [](Node* arg) { return arg->speculative(); })) {
    // Heavy conditions may fail. If there is one, conditions that cannot fail are evaluated first,
    // as they may spare it. The others keep their order.
    if (std::ranges::any_of(args_, [](Node* arg) { return arg->heavy(); })) {
      std::stable_partition(args_.begin(), args_.end(),
                            [](Node* arg) { return CannotFail(arg->expression()); });
    }
  }

  bool speculative() const override { return speculative_; }

  // For AND every argument narrows the rows of the next.
  Result<RowSet> Select(Frame& frame, const Rows& rows) override {
    if (!kIsAnd) return Node::Select(frame, rows);
    RowSet set = TRY(args_[0]->Select(frame, rows));
    for (size_t i = 1; i < args_.size() && set.rows.count > 0; ++i) {
      set = TRY(args_[i]->Select(frame, set.rows));
    }
    return set;
  }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    const BufferPtr buffer = MakeBuffer<uint8_t>(frame.length() + 1);
    auto* truth = buffer->as<uint8_t>();
    std::memset(truth, kIsAnd ? kTrue : kFalse, frame.length());
    RowSet narrowed;
    Rows reached = rows;
    for (size_t i = 0; i < args_.size(); ++i) {
      if (i > 0 && !args_[i]->speculative()) {
        narrowed = Undecided(frame, truth, kIsAnd ? kFalse : kTrue, reached);
        reached = narrowed.rows;
        if (reached.count == 0) break;
      }
      const ColumnPtr column = TRY(args_[i]->Evaluate(frame, reached));
      FoldTruth<kIsAnd>(*column, reached, truth);
    }
    return TruthColumn(type(), frame.length(), truth, rows);
  }

 private:
  NodeList args_;
  bool speculative_;
};

// The rows of `rows` that are not in `taken`, a subset of it.
RowSet Without(Frame& frame, const Rows& rows, const Rows& taken) {
  RowSet rest = RowSet::Make(frame, rows.count);
  uint32_t next = 0;
  ForRows(rows, [&](uint32_t row) {
    if (next < taken.count && taken.ids[next] == row) {
      ++next;
    } else {
      rest.Append(row);
    }
  });
  return rest;
}

class CaseNode : public Node {
 public:
  CaseNode(ExprPtr expression, NodeList args)
      : Node(std::move(expression)), args_(std::move(args)) {}

  bool speculative() const override { return false; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    BranchMerger merger(type(), frame.length());
    RowSet left;
    left.rows = rows;
    for (size_t i = 0; i + 1 < args_.size() && left.rows.count > 0; i += 2) {
      const RowSet taken = TRY(args_[i]->Select(frame, left.rows));
      if (taken.rows.count == 0) continue;
      merger.Add(TRY(args_[i + 1]->Evaluate(frame, taken.rows)), taken.rows);
      left = Without(frame, left.rows, taken.rows);
    }
    if (args_.size() % 2 == 1 && left.rows.count > 0) {
      merger.Add(TRY(args_.back()->Evaluate(frame, left.rows)), left.rows);
    }
    return merger.Finish();
  }

 private:
  NodeList args_;
};

class CoalesceNode : public Node {
 public:
  CoalesceNode(ExprPtr expression, NodeList args)
      : Node(std::move(expression)), args_(std::move(args)) {}

  bool speculative() const override { return false; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    ColumnPtr first = TRY(args_[0]->Evaluate(frame, rows));
    if (!first->has_validity() && first->type().kind() != TypeKind::kNull)
      return first->WithType(type());
    BranchMerger merger(type(), frame.length());
    RowSet left;
    left.rows = rows;
    for (size_t i = 0; i < args_.size() && left.rows.count > 0; ++i) {
      const ColumnPtr column = i == 0 ? first : TRY(args_[i]->Evaluate(frame, left.rows));
      RowSet taken = RowSet::Make(frame, left.rows.count);
      RowSet rest = RowSet::Make(frame, left.rows.count);
      ForRows(left.rows, [&](uint32_t row) { (column->IsNull(row) ? rest : taken).Append(row); });
      merger.Add(column, taken.rows);
      left = std::move(rest);
    }
    return merger.Finish();
  }

 private:
  NodeList args_;
};

// A sorted list of literals, searched by halves; short lists are scanned without branches.
template <typename T>
class InNode : public Node {
 public:
  InNode(ExprPtr expression, Node* needle)
      : Node(std::move(expression)), needle_(needle), speculative_(needle->speculative()) {
    for (size_t i = 1; i < this->expression().args.size(); ++i) {
      const Value& value = this->expression().args[i]->literal;
      if (value.is_null()) {
        has_null_ = true;
      } else {
        columns_.push_back(MakeConstantColumn(value, 1));
        values_.push_back(columns_.back()->template ValueAt<T>(0));
      }
    }
    std::sort(values_.begin(), values_.end(), ValueLess<T>);
  }

  bool speculative() const override { return speculative_ && !std::is_same_v<T, StringRef>; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    const ColumnPtr needle = TRY(needle_->Evaluate(frame, rows));
    if (needle->is_constant() && needle->IsNull(0)) return Column::MakeNull(type(), frame.length());
    const BufferPtr buffer = MakeBuffer<uint8_t>(frame.length() + 1);
    auto* truth = buffer->as<uint8_t>();
    const ValueReader<T> values(*needle);
    const uint8_t absent = has_null_ ? kUnknown : kFalse;
    if (needle->has_validity()) std::memset(truth, kUnknown, frame.length());
    ForValidRows(rows, needle->is_constant() ? nullptr : needle->validity(),
                 [&](uint32_t row) { truth[row] = Contains(values[row]) ? kTrue : absent; });
    return TruthColumn(type(), frame.length(), truth, rows);
  }

 private:
  // Up to this number of values, comparing with each of them without branches is faster than a
  // binary search.
  static constexpr size_t kScanLimit = 8;

  bool Contains(const T& value) const {
    if (values_.size() > kScanLimit) {
      return std::binary_search(values_.begin(), values_.end(), value, ValueLess<T>);
    }
    bool found = false;
    for (const T& candidate : values_) found |= ValueEquals(candidate, value);
    return found;
  }

  Node* needle_;
  bool speculative_;
  bool has_null_ = false;
  std::vector<ColumnPtr> columns_;  // keep long strings alive
  std::vector<T> values_;
};

}  // namespace

std::unique_ptr<Node> MakeLogicalNode(ExprPtr expression, NodeList args) {
  if (expression->kind == ExprKind::kAnd) {
    return std::make_unique<LogicalNode<true>>(std::move(expression), std::move(args));
  }
  return std::make_unique<LogicalNode<false>>(std::move(expression), std::move(args));
}

std::unique_ptr<Node> MakeCaseNode(ExprPtr expression, NodeList args) {
  return std::make_unique<CaseNode>(std::move(expression), std::move(args));
}

std::unique_ptr<Node> MakeCoalesceNode(ExprPtr expression, NodeList args) {
  return std::make_unique<CoalesceNode>(std::move(expression), std::move(args));
}

std::unique_ptr<Node> MakeInNode(ExprPtr expression, NodeList args) {
  return DispatchPhysical(args[0]->type().physical(), [&]<typename T>() -> std::unique_ptr<Node> {
    return std::make_unique<InNode<T>>(std::move(expression), args[0]);
  });
}

}  // namespace weir::expr
