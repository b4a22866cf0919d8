// The compiled form of an expression: nodes that each compute a column for a batch. Private to
// runtime/expr.
#pragma once

#include <memory>
#include <vector>

#include "runtime/expr/cast.h"
#include "runtime/expr/kernel.h"

namespace weir::expr {

// The evaluation of one batch on its way through a tree of nodes; borrowed.
struct Frame {
  const Batch* batch;
  Rows selected;  // the batch's selection
  const EvaluationContext* context;
  Random* random;
  uint64_t* next_token;  // tokens never repeat within an evaluator

  uint32_t length() const { return batch->row_count; }
};

// Row ids that a node narrowed to; the memory behind a Rows.
struct RowSet {
  BufferPtr buffer;
  Rows rows;

  // Empty, with room for `capacity` rows and a token of its own.
  static RowSet Make(Frame& frame, uint32_t capacity);
  void Append(uint32_t row) { buffer->as<uint32_t>()[rows.count++] = row; }
};

// Whether it is a call that gives all rows of a batch one value, and another one when it is asked
// again: CURRENT_TIMESTAMP.
bool IsOfBatch(const Expr& expression);

// Used by one thread.
class Node {
 public:
  explicit Node(ExprPtr expression);
  virtual ~Node() = default;

  const Expr& expression() const { return *expression_; }
  const Type& type() const { return expression_->type; }

  // A column of the batch's length whose values at `rows` are right. A shared node computes it once
  // for equal rows while a batch lasts, the time once for all rows. An expensive node also reuses a
  // column that was computed for a larger set of rows.
  Result<ColumnPtr> Evaluate(Frame& frame, const Rows& rows);
  // For BOOLEAN nodes: the rows of `rows` for which it is TRUE.
  virtual Result<RowSet> Select(Frame& frame, const Rows& rows);
  // Whether evaluating the node on rows where SQL would not is harmless and cheap. True for a sum;
  // false for a division, which may fail.
  virtual bool speculative() const = 0;

  void set_shared() { shared_ = true; }
  // Drops the column kept for sharing when the batch is done.
  void Forget() { kept_.reset(); }
  // Whether a row costs far more to compute than to copy: the node holds a call that parses a text
  // (a pattern, JSON), which may fail as well, or one of a function in another language.
  bool heavy() const { return heavy_; }

 protected:
  virtual Result<ColumnPtr> Compute(Frame& frame, const Rows& rows) = 0;

 private:
  bool IsKeptFor(const Frame& frame, const Rows& rows) const;

  ExprPtr expression_;
  const bool of_batch_;
  const bool heavy_;
  // Whether it is cheaper to look a row up among those that were computed before than to compute
  // it: true of heavy nodes, and of functions from text to text.
  const bool dear_;
  bool shared_ = false;
  ColumnPtr kept_;
  uint64_t kept_token_ = 0;
  PoolVector<uint32_t> kept_rows_;  // the rows that kept_ was computed for; of dear nodes only
};

using NodeList = std::vector<Node*>;

// The rows of `rows` where the BOOLEAN column is TRUE; NULL is not.
RowSet SelectTrue(Frame& frame, const Column& column, const Rows& rows);

// Factories of the special forms; arguments are owned by the evaluator.
std::unique_ptr<Node> MakeLogicalNode(ExprPtr expression, NodeList args);  // kAnd, kOr
std::unique_ptr<Node> MakeCaseNode(ExprPtr expression, NodeList args);
std::unique_ptr<Node> MakeCoalesceNode(ExprPtr expression, NodeList args);
std::unique_ptr<Node> MakeInNode(ExprPtr expression, NodeList args);
Result<std::unique_ptr<Node>> MakeCastNode(ExprPtr expression, NodeList args,
                                           const EvaluationContext& context);

// Assembles a column from branches, taking each row from the branch that was computed for it. Flat
// values are copied into one column; nested columns are kept and gathered at the end.
class BranchMerger {
 public:
  BranchMerger(const Type& type, uint32_t length);
  ~BranchMerger();
  // The values of `column` at `rows`. Every row is given at most once; the others become NULL.
  void Add(ColumnPtr column, const Rows& rows);
  ColumnPtr Finish();

 private:
  struct Branch {
    ColumnPtr column;
    PoolVector<uint32_t> rows;
  };
  ColumnPtr MergeNested();

  Type type_;
  uint32_t length_;
  MutableColumnPtr flat_;  // null for nested types
  PoolVector<Branch> nested_;
};

}  // namespace weir::expr
