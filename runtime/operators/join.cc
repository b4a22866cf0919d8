// Join: a join without a bound on time; inner, left, right, full, semi and anti.
//
// Accepts every kind of change on both inputs. Gives: inner joins pass on the kind of the change
// that makes a row come or go, as semi and anti joins do for those of their left input; all else is
// +I and -D. A row that is kept without a match (left, right, full: with NULLs; anti) is taken back
// when its first match comes and put out again when its last one goes. Changes come out in the
// order of what caused them (Flink: StreamingJoinOperator, StreamingSemiAntiJoinOperator).
// Watermarks pass unchanged; late marks end here. State: "left" and "right", the rows of each side
// (graph/join_state.h). Rows with a NULL in a key that is compared by = match nothing and are not
// kept.
#include <algorithm>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join_batch.h"
#include "runtime/operators/join_output.h"
#include "runtime/operators/join_side.h"
#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

using graph::JoinType;

class Join final : public Operator {
 public:
  explicit Join(const graph::JoinSpec& spec) : spec_(spec), shape_(spec.shape) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;

 private:
  JoinSide& own(int port) { return *sides_[static_cast<size_t>(port)]; }
  JoinSide& other(int port) { return *sides_[static_cast<size_t>(1 - port)]; }
  bool left_only() const { return graph::GivesLeftOnly(shape_.type); }
  // Whether rows of this side come out because they have no match.
  bool KeepsAlone(int port) const {
    if (port == 0) return graph::KeepsLeft(shape_.type) || shape_.type == JoinType::kAnti;
    return graph::KeepsRight(shape_.type);
  }
  RowKind KindOf(const Batch& batch, uint32_t row) const {
    const RowKind kind = batch.kind(row);
    if (shape_.type == JoinType::kInner || left_only()) return kind;
    return IsAddition(kind) ? RowKind::kInsert : RowKind::kDelete;
  }

  Status MatchRunOf(const MatchRun& run, Output& out);
  void Match(uint32_t place, uint32_t candidate, std::byte* row);
  void MatchCounted(uint32_t own_row, uint32_t candidate, std::byte* row, int64_t copies);
  // Rows of the batch before `place` whose matches have all been seen and were none.
  void PassUnmatched(uint32_t place);
  Status Send(Output& out);

  const graph::JoinSpec& spec_;
  const graph::JoinShape& shape_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::unique_ptr<JoinSide> sides_[2];
  JoinOutput output_;

  // Of the batch at hand.
  JoinBatch batch_;
  int port_ = 0;
  MatchRun run_;
  Candidates candidates_;
  std::vector<uint8_t> passes_;
  JoinedRows rows_;
  std::vector<int64_t> matches_;  // one a selected row of the batch
  uint32_t passed_ = 0;           // rows before it are dealt with
  std::vector<int64_t> keyed_matches_;
  std::vector<std::byte*> changed_;
};

Status Join::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  for (int port = 0; port < 2; ++port) {
    sides_[port] = TRY(OpenJoinSide(graph::StateOfSide(spec_, port), shape_.side(port).schema,
                                    *ctx.state, ctx.node->uid));
  }
  return output_.Open(shape_, sides_[0]->state(), sides_[1]->state(), ctx.node->output,
                      *ctx.evaluation);
}

Status Join::OnBatch(int port, Batch batch, Output& out) {
  port_ = port;
  const std::vector<int>& keys = shape_.side(port).keys;
  batch_.Take(batch, keys, shape_.null_safe);
  candidates_.batch = &batch;
  candidates_.port = port;
  matches_.assign(batch.size(), 0);
  passed_ = 0;
  rows_.Clear();
  const KeyView keyed{&batch_.keyed, keys, batch_.hashes};
  if (!batch_.keyed.empty()) {
    RETURN_IF_ERROR(other(port).Probe(keyed));
    while (other(port).Next(run_)) RETURN_IF_ERROR(MatchRunOf(run_, out));
  }
  PassUnmatched(batch.size());
  candidates_.own.clear();
  candidates_.stored.clear();
  if (rows_.size() > 0) {
    RETURN_IF_ERROR(output_.Load(other(port).layout(), {}, candidates_));
    RETURN_IF_ERROR(Send(out));
  }
  if (batch_.keyed.empty()) return {};
  keyed_matches_.clear();
  for (const uint32_t place : batch_.places) keyed_matches_.push_back(matches_[place]);
  return own(port).Apply({&batch_.keyed, keys, batch_.hashes,
                          batch_.signs.empty() ? nullptr : batch_.signs.data(),
                          keyed_matches_.data()});
}

Status Join::MatchRunOf(const MatchRun& run, Output& out) {
  candidates_.own.clear();
  for (const uint32_t probe : run.probes) {
    candidates_.own.push_back(batch_.keyed.RowAt(probe));
  }
  RETURN_IF_ERROR(output_.Load(other(port_).layout(), run.rows, candidates_));
  RETURN_IF_ERROR(output_.Judge(candidates_, passes_));
  changed_.clear();
  for (uint32_t i = 0; i < candidates_.size(); ++i) {
    if (passes_[i] == 0) continue;
    Match(batch_.places[run.probes[i]], i, run.rows[i]);
  }
  if (!changed_.empty()) other(port_).MarkChanged(changed_);
  return Send(out);
}

void Join::Match(uint32_t place, uint32_t candidate, std::byte* row) {
  const int64_t copies = other(port_).CopiesOf(row);
  if (copies <= 0) return;
  PassUnmatched(place);
  const uint32_t own_row = candidates_.own[candidate];
  const bool first = matches_[place] == 0;
  matches_[place] += copies;
  if (left_only() && port_ == 0) {
    passed_ = place + 1;
    const RowKind kind = KindOf(*candidates_.batch, own_row);
    if (first && shape_.type == JoinType::kSemi) rows_.AddOwn(kind, own_row);
    return;
  }
  passed_ = place + 1;
  MatchCounted(own_row, candidate, row, copies);
}

// A change of the own side meets `copies` equal rows of the other side, which may count their
// matches.
void Join::MatchCounted(uint32_t own_row, uint32_t candidate, std::byte* row, int64_t copies) {
  const JoinSide& side = other(port_);
  const RowKind kind = KindOf(*candidates_.batch, own_row);
  const bool addition = IsAddition(kind);
  int64_t before = 1;
  int64_t after = 1;
  if (const int field = side.state().matches_field; field >= 0) {
    before = side.layout().Load<int64_t>(row, static_cast<size_t>(field));
    after = before + (addition ? 1 : -1);
    side.layout().Store<int64_t>(row, static_cast<size_t>(field), after);
    changed_.push_back(row);
  }
  const bool found = addition && before == 0;
  const bool lost = !addition && after == 0;
  const bool alone = KeepsAlone(1 - port_);
  for (int64_t i = 0; i < copies; ++i) {
    if (found && alone) rows_.AddOther(RowKind::kDelete, own_row, candidate);
    if (left_only()) {
      if (found && !alone) rows_.AddOther(RowKind::kInsert, own_row, candidate);
      if (lost && !alone) rows_.AddOther(RowKind::kDelete, own_row, candidate);
    } else {
      rows_.AddPair(kind, own_row, candidate);
    }
    if (lost && alone) rows_.AddOther(RowKind::kInsert, own_row, candidate);
  }
}

void Join::PassUnmatched(uint32_t place) {
  const Batch& batch = *candidates_.batch;
  if (!KeepsAlone(port_)) {
    passed_ = std::max(passed_, place);
    return;
  }
  for (; passed_ < place; ++passed_) {
    const uint32_t row = batch.RowAt(passed_);
    rows_.AddOwn(KindOf(batch, row), row);
  }
}

Status Join::Send(Output& out) {
  if (rows_.size() == 0) return {};
  Batch result = output_.Build(candidates_, rows_);
  rows_.Clear();
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeJoin(const graph::Node& node) {
  return OperatorPtr(std::make_unique<Join>(std::get<graph::JoinSpec>(node.spec)));
}

}  // namespace weir::operators
