#include "runtime/expr/evaluator.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/hash.h"
#include "runtime/expr/node.h"

namespace weir::expr {
namespace {

class ColumnNode : public Node {
 public:
  using Node::Node;
  bool speculative() const override { return true; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows&) override {
    const auto column = static_cast<size_t>(expression().column);
    WEIR_CHECK_LT(column, frame.batch->columns.size());
    return frame.batch->columns[column];
  }
};

class LiteralNode : public Node {
 public:
  using Node::Node;
  bool speculative() const override { return true; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows&) override {
    if (!column_ || column_->length() != frame.length()) {
      column_ = MakeConstantColumn(expression().literal, frame.length());
    }
    return column_;
  }

 private:
  ColumnPtr column_;  // of the last batch's length
};

class CallNode : public Node {
 public:
  CallNode(ExprPtr call, NodeList args)
      : Node(std::move(call)),
        args_(std::move(args)),
        kernel_(expression().function->overloads[expression().overload].kernel),
        propagates_null_(expression().function->nulls == NullRule::kPropagate),
        pure_(expression().function->determinism != Determinism::kPerRow) {
    speculative_ = !CanFail(expression()) && pure_ && type().physical() != PhysicalType::kString;
    for (Node* arg : args_) {
      const bool cheap = arg->speculative() && arg->type().value_bytes() > 0 &&
                         (arg->type().physical() != PhysicalType::kString || args_.size() == 2);
      speculative_ = speculative_ && cheap;
    }
    columns_.reserve(args_.size());
  }
  bool speculative() const override { return speculative_; }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    columns_.clear();
    bool constant = pure_;
    for (Node* arg : args_) {
      ColumnPtr column = TRY(arg->Evaluate(frame, rows));
      if (propagates_null_ && column->is_constant() && column->IsNull(0)) {
        return Column::MakeNull(type(), frame.length());
      }
      constant = constant && column->is_constant();
      columns_.push_back(std::move(column));
    }
    const Rows computed = constant ? Rows{nullptr, 1, 0} : rows;
    const KernelCall call{&expression(), columns_,     computed, frame.length(),         constant,
                          frame.context, frame.random, &memory_, frame.batch->late_marks};
    Result<ColumnPtr> result = Run(call);
    columns_.clear();
    return result;
  }

 private:
  // Runs the kernel, and adds the place of the call to an error about a value that is too large.
  Result<ColumnPtr> Run(const KernelCall& call) const {
    try {
      return kernel_(call);
    } catch (const ValueTooLarge&) {
      return call.Fail(StatusOfException());
    }
  }

  NodeList args_;
  Kernel kernel_;
  bool propagates_null_;
  bool pure_;
  bool speculative_ = false;
  PoolVector<ColumnPtr> columns_;
  std::unique_ptr<KernelMemory> memory_;
};

class CastNode : public Node {
 public:
  CastNode(ExprPtr expression, Node* argument, CastPlan plan)
      : Node(std::move(expression)),
        argument_(argument),
        plan_(std::move(plan)),
        kernel_(FindCastKernel(plan_.from, plan_.to)) {}

  bool speculative() const override {
    return argument_->speculative() && plan_.from.physical() != PhysicalType::kString &&
           plan_.to.physical() != PhysicalType::kString && plan_.from.value_bytes() > 0;
  }

 protected:
  Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) override {
    ColumnPtr input = TRY(argument_->Evaluate(frame, rows));
    if (input->type().kind() == TypeKind::kNull || (input->is_constant() && input->IsNull(0))) {
      return Column::MakeNull(type(), frame.length());
    }
    const Column* column = input.get();
    const Rows computed = column->is_constant() ? Rows{nullptr, 1, 0} : rows;
    CastCall call{&plan_, column, std::move(input), computed};
    return kernel_(call);
  }

 private:
  Node* argument_;
  CastPlan plan_;
  CastKernel kernel_;
};

struct TreeHash {
  size_t operator()(const Expr* tree) const { return HashOf(*tree); }
};

struct SameTree {
  bool operator()(const Expr* a, const Expr* b) const { return Equal(*a, *b); }
};

// Compiles trees into nodes, equal ones into one where that gives the same. An expression may have
// 100,000 arguments, so that none is compared with all the others.
class Compiler {
 public:
  Compiler(const EvaluationContext& context, std::vector<std::unique_ptr<Node>>& nodes)
      : context_(context), nodes_(nodes) {}

  Result<Node*> Compile(const ExprPtr& expression) {
    CheckInterrupted();
    const bool shares = IsDeterministic(*expression) || IsOfBatch(*expression);
    if (shares) {
      if (const auto found = compiled_.find(expression.get()); found != compiled_.end()) {
        found->second->set_shared();
        return found->second;
      }
    }
    NodeList args;
    for (size_t i = 0; i < expression->args.size(); ++i) {
      if (expression->kind == ExprKind::kIn && i > 0) break;
      args.push_back(TRY(Compile(expression->args[i])));
    }
    nodes_.push_back(TRY(Make(expression, std::move(args))));
    Node* node = nodes_.back().get();
    if (shares) compiled_.emplace(&node->expression(), node);
    return node;
  }

 private:
  Result<std::unique_ptr<Node>> Make(const ExprPtr& expression, NodeList args) {
    switch (expression->kind) {
      case ExprKind::kColumn:
        return std::unique_ptr<Node>(std::make_unique<ColumnNode>(expression));
      case ExprKind::kLiteral:
        return std::unique_ptr<Node>(std::make_unique<LiteralNode>(expression));
      case ExprKind::kCall:
        return std::unique_ptr<Node>(std::make_unique<CallNode>(expression, std::move(args)));
      case ExprKind::kCast:
        return MakeCastNode(expression, std::move(args), context_);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        return MakeLogicalNode(expression, std::move(args));
      case ExprKind::kCase:
        return MakeCaseNode(expression, std::move(args));
      case ExprKind::kCoalesce:
        return MakeCoalesceNode(expression, std::move(args));
      case ExprKind::kIn:
        return MakeInNode(expression, std::move(args));
    }
    WEIR_UNREACHABLE();
  }

  const EvaluationContext& context_;
  std::vector<std::unique_ptr<Node>>& nodes_;
  // The deterministic nodes among nodes_, by their expression trees (which the nodes keep alive).
  std::unordered_map<const Expr*, Node*, TreeHash, SameTree> compiled_;
};

class CompiledExpressions : public Evaluator {
 public:
  explicit CompiledExpressions(const EvaluationContext& context)
      : context_(context), random_(context.random_seed) {}

  Status Compile(const std::vector<ExprPtr>& expressions, const ExprPtr& filter) {
    Compiler compiler(context_, nodes_);
    if (filter != nullptr) filter_ = TRY(compiler.Compile(filter));
    for (const ExprPtr& expression : expressions) {
      roots_.push_back(TRY(compiler.Compile(expression)));
    }
    return {};
  }

  Status Evaluate(const Batch& batch, PoolVector<ColumnPtr>& out) override {
    Frame frame = Begin(batch);
    Status status = EvaluateRoots(frame, frame.selected, out);
    End();
    return status;
  }

  Result<Selection> Filter(const Batch& batch) override {
    WEIR_CHECK_EQ(roots_.size(), size_t{1});
    Frame frame = Begin(batch);
    Result<RowSet> set = roots_[0]->Select(frame, frame.selected);
    End();
    if (!set.ok()) return std::move(set).status();
    return SelectionOf(std::move(*set), batch);
  }

  Status FilterAndEvaluate(Batch& batch, PoolVector<ColumnPtr>& out) override {
    if (filter_ == nullptr) return Evaluate(batch, out);
    Frame frame = Begin(batch);
    Status status = FilterAndEvaluate(frame, batch, out);
    End();
    return status;
  }

 private:
  // A batch with fewer rows than one in this many is compacted: evaluating and passing on mostly
  // holes costs more.
  static constexpr uint32_t kSparse = 4;

  static Selection SelectionOf(RowSet set, const Batch& batch) {
    if (set.rows.count == batch.row_count) return {};
    return {std::move(set.buffer), set.rows.count};
  }

  Status EvaluateRoots(Frame& frame, const Rows& rows, PoolVector<ColumnPtr>& out) {
    out.clear();
    out.reserve(roots_.size());
    for (Node* root : roots_) out.push_back(TRY(root->Evaluate(frame, rows)));
    return {};
  }

  Status FilterAndEvaluate(Frame& frame, Batch& batch, PoolVector<ColumnPtr>& out) {
    const Selection before = batch.selection;  // owns the ids of frame.selected
    RowSet set = TRY(filter_->Select(frame, frame.selected));
    Rows rows = frame.selected;
    // The filter selects among these rows, so that an equal count means the same rows. They keep
    // their token, by which columns that the filter has computed are found again.
    if (set.rows.count != rows.count) {
      rows = set.rows;
      batch.selection = SelectionOf(std::move(set), batch);
    }
    out.clear();
    if (batch.empty()) return {};
    if (batch.size() >= batch.row_count / kSparse) return EvaluateRoots(frame, rows, out);
    const auto is_heavy = [](const Node* root) { return root->heavy(); };
    if (filter_->heavy() && std::ranges::any_of(roots_, is_heavy)) {
      // Columns that the filter has computed are of the rows as they lie now.
      RETURN_IF_ERROR(EvaluateRoots(frame, rows, out));
      for (ColumnPtr& column : out)
        column = GatherColumn(*column, batch.selection.ids(), batch.selection.count());
      batch = Compact(std::move(batch));
      return {};
    }
    End();
    batch = Compact(std::move(batch));
    Frame compacted = Begin(batch);
    return EvaluateRoots(compacted, compacted.selected, out);
  }

  Frame Begin(const Batch& batch) {
    const Selection& selection = batch.selection;
    const Rows rows = selection.all() ? Rows{nullptr, batch.row_count, ++token_}
                                      : Rows{selection.ids(), selection.count(), ++token_};
    return {&batch, rows, &context_, &random_, &token_};
  }
  // Keeps no column of this batch alive.
  void End() {
    for (const std::unique_ptr<Node>& node : nodes_) node->Forget();
  }

  const EvaluationContext& context_;
  Random random_;
  uint64_t token_ = 0;
  std::vector<std::unique_ptr<Node>> nodes_;  // arguments before their users
  NodeList roots_;
  Node* filter_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Node>> MakeCastNode(ExprPtr expression, NodeList args,
                                           const EvaluationContext& context) {
  CastPlan plan;
  plan.from = args[0]->type();
  plan.to = expression->type;
  plan.try_cast = expression->try_cast;
  plan.zone = TRY(TimeZone::Find(context.time_zone));
  plan.span = expression->span;
  return std::unique_ptr<Node>(
      std::make_unique<CastNode>(std::move(expression), args[0], std::move(plan)));
}

Result<std::unique_ptr<Evaluator>> MakeEvaluator(const std::vector<ExprPtr>& expressions,
                                                 const EvaluationContext& context,
                                                 const ExprPtr& filter) {
  auto evaluator = std::make_unique<CompiledExpressions>(context);
  RETURN_IF_ERROR(evaluator->Compile(expressions, filter));
  return std::unique_ptr<Evaluator>(std::move(evaluator));
}

Result<Value> EvaluateConstant(const ExprPtr& expression, const EvaluationContext& context) {
  const std::unique_ptr<Evaluator> evaluator = TRY(MakeEvaluator({expression}, context));
  Batch batch;
  batch.row_count = 1;
  PoolVector<ColumnPtr> out;
  RETURN_IF_ERROR(evaluator->Evaluate(batch, out));
  const Value value = GetValue(*out[0], 0);
  return Value(expression->type.WithNullable(value.is_null()), value.storage());
}

}  // namespace weir::expr
