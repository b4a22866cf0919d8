// Join: a join without a bound on time; inner, left, right, full, semi and anti.
//
// Accepts every kind of change on both inputs. Gives: inner joins pass on the kind of the change
// that makes a row come or go, as semi and anti joins do for those of their left input; all else is
// +I and -D. A row that is kept without a match (left, right, full: with NULLs; anti) is taken back
// when its first match comes and emitted again when its last one goes. Changes come out in the
// order of what caused them (Flink: StreamingJoinOperator, StreamingSemiAntiJoinOperator).
// Watermarks pass unchanged; late marks end here. State: "left" and "right", the rows of each side
// (graph/join_state.h). Rows with a NULL in a key that is compared by = match nothing and are not
// kept. Where rows expire, nothing is taken back that has not been sent: a row that comes to be
// taken back and is not there any more is passed over, and one that was sent with a match is not
// taken back as one without.
#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/operators/join/join_output.h"
#include "runtime/operators/join/join_pieces.h"
#include "runtime/operators/join/join_side.h"
#include "runtime/operators/operator_list.h"
#include "runtime/types/key_encoding.h"

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

  // Whether rows may have expired that a retraction on `port` concerns: the retracted row itself,
  // or, where unmatched rows are emitted, rows that it matched.
  bool ChecksExpiry(int port) const {
    return MayLack(port) || (KeepsAlone(port) && MayLack(1 - port));
  }
  // Whether rows of this side may have expired.
  bool MayLack(int port) const { return forgot_ || shape_.side(port).ttl_millis > 0; }
  // Drops retractions of expired rows from the batch, and notes in sent_paired_ which rows were
  // emitted with a match. REQUIRES: a piece of JoinPieces.
  Status DropExpired(Batch& batch);
  Status OnChanges(const Batch& batch, Output& out);
  Status MatchRunOf(const MatchRun& run, Output& out);
  void Match(uint32_t place, uint32_t candidate, std::byte* row);
  void MatchCounted(uint32_t own_row, uint32_t candidate, std::byte* row, int64_t copies);
  // Emits the rows of the batch before `place` that have no match; all their matches have been
  // seen.
  void PassUnmatched(uint32_t place);
  void PassUnpaired(uint32_t place);  // as PassUnmatched, but not the rows of sent_paired_
  Status Send(Output& out);

  const graph::JoinSpec& spec_;
  const graph::JoinShape& shape_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  bool forgot_ = false;
  std::unique_ptr<JoinSide> sides_[2];
  std::optional<JoinPieces> pieces_[2];  // of sides for which ChecksExpiry
  JoinOutput output_;

  // Scratch of the current batch.
  JoinBatch batch_;
  int port_ = 0;
  MatchRun run_;
  Candidates candidates_;
  std::vector<uint8_t> passes_;
  JoinedRows rows_;
  std::vector<int64_t> matches_;  // one per selected row of the batch
  uint32_t passed_ = 0;           // rows before it are done
  std::vector<int64_t> keyed_matches_;
  std::vector<std::byte*> changed_;
  // Indexed by physical row of the last piece that DropExpired has seen; empty before the first.
  std::vector<uint8_t> sent_paired_;
  std::vector<int64_t> retracted_matches_;
};

// The columns by which rows of a side are told apart. Columns of types without an order, such as
// maps, are left out: there MultisetSide compares the whole rows.
std::vector<int> IdentityOf(const graph::JoinInput& input, const graph::JoinSideState& state) {
  std::vector<int> identity = input.keys;
  const std::vector<int>& more =
      state.rows == graph::JoinRows::kMultiset ? state.columns : state.sub_key;
  for (const int column : more) {
    const Type& type = input.schema.fields.at(static_cast<size_t>(column)).type;
    if (CheckHasOrder(type).ok()) identity.push_back(column);
  }
  return identity;
}

Status Join::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  forgot_ = ctx.forgot;
  for (int port = 0; port < 2; ++port) {
    sides_[port] = TRY(OpenJoinSide(graph::StateOfSide(spec_, port), shape_.side(port).schema,
                                    *ctx.state, ctx.node->uid));
    if (ChecksExpiry(port)) pieces_[port].emplace(IdentityOf(shape_.side(port), own(port).state()));
  }
  return output_.Open(shape_, sides_[0]->state(), sides_[1]->state(), ctx.node->output,
                      *ctx.evaluation);
}

Status Join::OnBatch(int port, Batch batch, Output& out) {
  port_ = port;
  if (!pieces_[port] || batch.row_kinds == nullptr) return OnChanges(batch, out);
  // The state must tell for each retraction whether its row is still there, so a row must not
  // change twice within a piece.
  for (Batch& piece : pieces_[port]->Cut(batch)) {
    RETURN_IF_ERROR(DropExpired(piece));
    if (!piece.empty()) RETURN_IF_ERROR(OnChanges(piece, out));
  }
  sent_paired_.clear();
  return {};
}

Status Join::DropExpired(Batch& batch) {
  const std::vector<int>& keys = shape_.side(port_).keys;
  sent_paired_.clear();
  batch_.Take(batch, keys, shape_.null_safe);
  if (batch_.signs.empty()) return {};
  const BufferPtr ids = MakeBuffer<uint32_t>(batch.size());
  uint32_t count = 0;
  for (uint32_t i = 0; i < batch_.keyed.size(); ++i) {
    if (batch_.signs[i] < 0) ids->as<uint32_t>()[count++] = batch_.keyed.RowAt(i);
  }
  Batch taken_back = batch;
  taken_back.selection = Selection(ids, count);
  RETURN_IF_ERROR(own(port_).FindMatches({&taken_back, keys, batch_.hashes, nullptr, nullptr},
                                         retracted_matches_));
  sent_paired_.assign(batch.row_count, 0);
  std::vector<uint8_t> expired(batch.row_count, 0);
  const bool expires = MayLack(port_);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = taken_back.RowAt(i);
    expired[row] = expires && retracted_matches_[i] == JoinSide::kNotThere ? 1 : 0;
    sent_paired_[row] = retracted_matches_[i] > 0 ? 1 : 0;
  }
  const BufferPtr left = MakeBuffer<uint32_t>(batch.size());
  count = 0;
  ForEachRow(batch, [&](uint32_t row) {
    if (expired[row] == 0) left->as<uint32_t>()[count++] = row;
  });
  batch.selection = Selection(left, count);
  return {};
}

Status Join::OnChanges(const Batch& batch, Output& out) {
  const int port = port_;
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
  // The rows behind the one that was matched last have no match either.
  PassUnmatched(batch.size());
  candidates_.own.clear();
  candidates_.stored.clear();
  if (rows_.size() > 0) {
    RETURN_IF_ERROR(output_.Load(other(port).layout(), {}, candidates_));
    RETURN_IF_ERROR(Send(out));
  }
  // Only now: the batch's rows were matched against the other side alone, so their own side does
  // not matter until here.
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
  RETURN_IF_ERROR(output_.EvaluateResidual(candidates_, passes_));
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
  // Matches come in the order of the batch, so rows before this one have no more matches. Their
  // output precedes this row's, which keeps changes in the order of their causes.
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
  // The change of "no match" is emitted before the first pair and after the last one is retracted,
  // so that applying the output in order never shows a row both alone and paired.
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
  if (!sent_paired_.empty()) return PassUnpaired(place);
  for (; passed_ < place; ++passed_) {
    const uint32_t row = batch.RowAt(passed_);
    rows_.AddOwn(KindOf(batch, row), row);
  }
}

void Join::PassUnpaired(uint32_t place) {
  const Batch& batch = *candidates_.batch;
  for (; passed_ < place; ++passed_) {
    const uint32_t row = batch.RowAt(passed_);
    if (sent_paired_[row] == 0) rows_.AddOwn(KindOf(batch, row), row);
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
