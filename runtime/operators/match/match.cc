// Match: MATCH_RECOGNIZE (graph/match_spec.h; Flink: CepOperator).
//
// Rows wait until the watermark passes their times and take their turns in that order; those of one
// time in the order of arrival. A row behind the watermark, or that of its own partition, is late:
// dropped and counted, as with OVER. Of each row that can begin a match the runs are followed at
// once, the preferred one first (Pike's way to run Thompson's automaton, with the order of
// SQL:2016 among runs), so that no row is read twice. A match is certain when all runs that are
// preferred to it have ended: by a row that they do not take, by WITHIN, or by the end of the
// input. Until then, and until those that begin before are certain where they decide where the
// search goes on, the watermark is held back to it: results come in time for operators behind.
// Conditions of the row alone are computed below. Others are computed for all runs of all
// partitions at once, the first rows of all partitions, then the second ones and so on.
// State: graph::StateOfMatch. Of a partition without runs nothing is kept, but for the rows that
// PREV may still read, the number of its matches, and, for patterns with ^, that it was there.
// Values that read the complete match, and those of each of its rows, are made when it is certain:
// its path is gone through once more (match_rows.h).
#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/match/match_rows.h"
#include "runtime/operators/match/match_values.h"
#include "runtime/operators/match/stored_runs.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/time/due_rows.h"
#include "runtime/operators/time/late_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {
namespace {

constexpr int64_t kEndOfTime = std::numeric_limits<int64_t>::max();

// How many milliseconds `time` is after `start`; the greatest number where that overflows.
int64_t Since(int64_t start, int64_t time) {
  int64_t since = 0;
  return __builtin_sub_overflow(time, start, &since) ? kEndOfTime : since;
}

// The conditions of variables, evaluated for many runs at a time. Answers come in the order in
// which the runs were asked about.
class ComputedTruths final : public MatchTruths {
 public:
  ComputedTruths(const MatchPlan& plan, MatchValues& values) : plan_(plan), values_(values) {
    requests_.resize(plan.variable_count());
    answers_.resize(plan.variable_count());
    read_.resize(plan.variable_count());
  }

  Status Open(const expr::EvaluationContext& context) {
    conditions_.resize(plan_.variable_count());
    for (size_t i = 0; i < conditions_.size(); ++i) {
      const MatchPlan::Variable& variable = plan_.variable(static_cast<int>(i));
      if (variable.test != MatchPlan::Test::kComputed) continue;
      const graph::MatchSpec& spec = plan_.spec();
      std::vector<expr::ExprPtr> places(spec.values.size());
      for (size_t value = 0; value < places.size(); ++value) {
        const auto at = std::ranges::find(variable.values, static_cast<int>(value));
        const bool known = at != variable.values.end();
        const int place = known ? static_cast<int>(at - variable.values.begin()) : 0;
        places[value] = expr::MakeColumnRef(place, spec.values[value].type);
      }
      conditions_[i] = TRY(
          expr::MakeEvaluator({expr::Substitute(spec.variables[i].condition, places)}, context));
    }
    return {};
  }

  void Clear() {
    for (size_t i = 0; i < requests_.size(); ++i) {
      requests_[i].clear();
      read_[i] = 0;
    }
  }
  void Ask(uint32_t position, const MatchRequest& request) {
    for (const int variable : plan_.Asked(position))
      requests_[static_cast<size_t>(variable)].push_back(request);
  }
  Status Answer() {
    for (size_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i].empty()) continue;
      const auto variable = static_cast<int>(i);
      const Batch batch = TRY(values_.Of(plan_.variable(variable).values, variable, requests_[i]));
      const Selection selected = TRY(conditions_[i]->Filter(batch));
      answers_[i].assign(batch.row_count, selected.all() ? 1 : 0);
      if (selected.all()) continue;
      for (uint32_t row = 0; row < selected.count(); ++row) answers_[i][selected.ids()[row]] = 1;
    }
    return {};
  }

  // Sets the row of the batch that the next answers are about.
  void SetRow(uint32_t row) { row_ = row; }
  void Next(uint32_t position, std::vector<uint8_t>& truths) override {
    for (const int next : plan_.Next(position)) {
      const int number = plan_.VariableAt(next);
      const MatchPlan::Variable& variable = plan_.variable(number);
      if (variable.test == MatchPlan::Test::kComputed) continue;
      truths[static_cast<size_t>(number)] =
          variable.test == MatchPlan::Test::kNone || values_.Flag(variable.column, row_) ? 1 : 0;
    }
    for (const int variable : plan_.Asked(position)) {
      const auto index = static_cast<size_t>(variable);
      truths[index] = answers_[index][read_[index]++];
    }
  }

 private:
  const MatchPlan& plan_;
  MatchValues& values_;
  std::vector<std::unique_ptr<expr::Evaluator>> conditions_;  // by variable; null: none to compute
  std::vector<std::vector<MatchRequest>> requests_;
  std::vector<std::vector<uint8_t>> answers_;
  std::vector<size_t> read_;  // how many of the answers
  uint32_t row_ = 0;
};

class Match final : public Operator {
 public:
  explicit Match(const graph::MatchSpec& spec)
      : spec_(spec),
        plan_(spec),
        stored_(plan_),
        values_(plan_),
        truths_(plan_, values_),
        step_(plan_),
        found_(plan_, values_, step_) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status Flush(Output& out) override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  Result<TimedRows> InTime(Batch batch);
  // Rows of one time in the order that the query says; all of them are in `rows`.
  TimedRows InOrder(TimedRows rows);
  Status Fire(int64_t limit, Output& out);
  // Takes the rows of all partitions in order: first the first row of each partition, then the
  // second ones, and so on, so that conditions are evaluated for many partitions at once.
  Status TakeTurns(const TimedRows& rows, Output& out);
  // Takes the row number `turn` of each partition of `open`.
  Status TakeTurn(const TimedRows& rows, uint32_t turn, const std::vector<uint32_t>& open);
  MatchRow RowAt(const TimedRows& rows, size_t partition, uint32_t row);
  void Ask(size_t partition, const MatchRow& row);
  Status Advance(size_t partition, const MatchRow& row);
  // Ends the runs for which a row at `time` would be too late (WITHIN).
  void EndRuns(PartitionRuns& runs, int64_t time) const;
  // Takes the matches that are certain out of the partition; `order` as of FoundMatch.
  Status Decide(size_t partition, uint32_t order);
  // Whether the attempt has a match that stays as it is, or has none. Where values read rows behind
  // the match, it waits for them.
  bool IsCertain(const PartitionRuns& runs, const MatchAttempt& attempt) const;
  // The number of the row at which the search goes on behind a match (AFTER MATCH SKIP). kDataError
  // where that is the match's own first row, which would find the match for ever.
  Result<int64_t> ResumeAt(const MatchAttempt& attempt);
  void TakeMatch(size_t partition, const MatchAttempt& attempt, uint32_t order);
  // Takes the row into account that the partition has had.
  void NoteRow(PartitionRuns& runs, const MatchRow& row) const;
  Status Give(const Batch& keys, const std::vector<int>& key_columns, Output& out);
  // Ends those runs of these partitions that WITHIN, or at the end of time the input, ends by
  // `time`, and decides which matches are certain then. `due`: for which time each key was noted;
  // empty at the end of the input.
  Status EndPartitions(const Batch& keys, int64_t time, std::span<const int64_t> due, Output& out);
  // Notes for each partition when WITHIN ends its first runs, so that it is looked at again once
  // the watermark has passed that time.
  Status SetExpirations(const Batch& batch, const std::vector<int>& keys);
  Status Expire(int64_t limit, Output& out);
  void ReportHeld() { state_->ReportMemory(uid_, due_.held_bytes() + expiring_.held_bytes()); }

  const graph::MatchSpec& spec_;
  const MatchPlan plan_;
  StoredRuns stored_;
  MatchValues values_;
  ComputedTruths truths_;
  MatchStep step_;
  MatchRows found_;
  bool ended_ = false;  // the input has ended
  uint32_t batch_rows_ = kDefaultBatchRows;
  OperatorMetrics* metrics_ = nullptr;
  TaskState* state_ = nullptr;
  std::string uid_;
  std::vector<int> key_places_;  // columns of a batch of keys alone
  DueRows due_;
  DueRows expiring_;
  WindowProgress progress_;
  int64_t sequence_ = 0;

  // Scratch.
  std::vector<uint64_t> hashes_;
  SortOrder order_;
};

Status Match::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  metrics_ = ctx.metrics;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema state = graph::StateOfMatch(spec_, input);
  key_places_.resize(spec_.partition.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  RETURN_IF_ERROR(due_.Open({state.tables[0], spec_.partition, graph::WaitingColumns(spec_, input),
                             input.size(), spec_.time_column},
                            *ctx.state, uid_));
  RETURN_IF_ERROR(stored_.Open(input, *ctx.state, uid_));
  const auto due = static_cast<int>(key_places_.size());
  RETURN_IF_ERROR(expiring_.Open({state.tables[3], key_places_, {due}, key_places_.size() + 1, due},
                                 *ctx.state, uid_));
  RETURN_IF_ERROR(truths_.Open(*ctx.evaluation));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return {};
}

Result<TimedRows> Match::InTime(Batch batch) {
  TimedRows rows;
  rows.rows = Compact(std::move(batch));
  RETURN_IF_ERROR(LocalTimes(rows.rows, spec_.time_column, TimeZone::Utc(), rows.times));
  DropLate(rows, progress_, KeyHashes(rows.rows, spec_.partition, hashes_), metrics_);
  rows.rows.late_marks = nullptr;
  rows.rows.key_hashes = nullptr;
  rows.sequences.resize(rows.size());
  std::iota(rows.sequences.begin(), rows.sequences.end(), sequence_);
  sequence_ += rows.size();
  return rows;
}

TimedRows Match::InOrder(TimedRows rows) {
  if (spec_.order.empty()) return rows;
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : spec_.order)
    columns.push_back(Flatten(rows.rows.columns[static_cast<size_t>(key.column)]));
  order_.Encode(columns, spec_.order, rows.size());
  std::vector<uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto place = [&](uint32_t row) {
    return std::tuple(rows.times[row], order_[row], rows.sequences[row]);
  };
  if (std::ranges::is_sorted(order, {}, place)) return rows;
  std::ranges::sort(order, {}, place);
  return Pick(rows, order);
}

Status Match::OnBatch(int, Batch batch, Output&) {
  RETURN_IF_ERROR(due_.Add(TRY(InTime(std::move(batch)))));
  ReportHeld();
  return {};
}

MatchRow Match::RowAt(const TimedRows& rows, size_t partition, uint32_t row) {
  const uint32_t id = stored_.kept().row_count + row;
  const PartitionRuns& runs = stored_.runs(partition);
  stored_.numbers()[id] = runs.next;
  return {id, runs.next, rows.times[row], runs.recent, runs.recent.size()};
}

void Match::EndRuns(PartitionRuns& runs, int64_t time) const {
  for (MatchAttempt& attempt : runs.attempts) {
    const bool over =
        time == kEndOfTime ||
        (spec_.within_millis > 0 && Since(attempt.start_time, time) >= spec_.within_millis);
    if (!over) continue;
    attempt.positions.clear();
    attempt.cells.clear();
  }
}

void Match::Ask(size_t partition, const MatchRow& row) {
  const PartitionRuns& runs = stored_.runs(partition);
  for (const MatchAttempt& attempt : runs.attempts) {
    for (size_t run = 0; run < attempt.positions.size(); ++run) {
      truths_.Ask(attempt.positions[run],
                  {attempt.cells.data() + run * plan_.width(), row.id, &runs.recent});
    }
  }
  truths_.Ask(MatchPlan::kStart, {step_.no_rows(), row.id, &runs.recent});
}

Status Match::Advance(size_t partition, const MatchRow& row) {
  PartitionRuns& runs = stored_.runs(partition);
  RowLists& lists = stored_.lists();
  lists.BeginRow();
  const uint32_t batch_row = row.id - stored_.kept().row_count;
  truths_.SetRow(batch_row);
  for (MatchAttempt& attempt : runs.attempts) step_.Advance(row, truths_, lists, attempt);
  MatchAttempt begun = step_.Begin(row, truths_, lists);
  const bool may_begin = !spec_.from_start || row.number == 0;
  if (may_begin && (begun.matched || begun.has_runs())) runs.attempts.push_back(std::move(begun));
  NoteRow(runs, row);
  return Decide(partition, batch_row);
}

void Match::NoteRow(PartitionRuns& runs, const MatchRow& row) const {
  ++runs.next;
  const graph::MatchReach& reach = plan_.reach();
  if (reach.behind > 0) {
    for (MatchAttempt& attempt : runs.attempts) {
      const bool is_behind = attempt.matched && attempt.end < row.number;
      if (is_behind && std::ssize(attempt.around) < attempt.befores + reach.behind)
        attempt.around.push_back(row.id);
    }
  }
  if (reach.before == 0) return;
  runs.recent.push_back(row.id);
  if (std::ssize(runs.recent) > reach.before) runs.recent.erase(runs.recent.begin());
}

bool Match::IsCertain(const PartitionRuns& runs, const MatchAttempt& attempt) const {
  if (attempt.has_runs()) return false;
  if (!attempt.matched || ended_) return true;
  return !spec_.to_end && runs.next > attempt.end + plan_.reach().behind;
}

Result<int64_t> Match::ResumeAt(const MatchAttempt& attempt) {
  if (spec_.skip == graph::MatchSkip::kToNextRow) return attempt.start + 1;
  if (spec_.skip == graph::MatchSkip::kPastLastRow) return attempt.end + 1;
  const graph::MatchCells& cells = plan_.cells();
  const size_t group = cells.GroupOf(spec_.skip_variables);
  const bool first = spec_.skip == graph::MatchSkip::kToFirst;
  const uint32_t row =
      attempt.match[static_cast<size_t>(first ? cells.First(group) : cells.Last(group))];
  const std::string_view wrong =
      row == kNoRow ? "no row has matched it" : "that is the first row of the match itself";
  if (row != kNoRow && stored_.numbers()[row] > attempt.start) return stored_.numbers()[row];
  return Status::DataError("AFTER MATCH " + graph::SkipText(spec_) + ": " + std::string(wrong));
}

void Match::TakeMatch(size_t partition, const MatchAttempt& attempt, uint32_t order) {
  PartitionRuns& runs = stored_.runs(partition);
  if (plan_.reach().numbered) ++runs.matches;
  found_.Add({stored_.FirstRowOf(partition), order, runs.matches}, attempt);
}

Status Match::Decide(size_t partition, uint32_t order) {
  PartitionRuns& runs = stored_.runs(partition);
  std::vector<MatchAttempt>& attempts = runs.attempts;
  if (spec_.skip == graph::MatchSkip::kToNextRow && !plan_.reach().numbered) {
    std::erase_if(attempts, [&](const MatchAttempt& attempt) {
      const bool certain = IsCertain(runs, attempt);
      if (certain && attempt.matched) TakeMatch(partition, attempt, order);
      return certain;
    });
    return {};
  }
  // Matches are decided in the order of their first rows, as each says where the search goes on and
  // so which attempts behind it count.
  size_t decided = 0;
  int64_t resume = std::numeric_limits<int64_t>::min();
  for (; decided < attempts.size(); ++decided) {
    const MatchAttempt& attempt = attempts[decided];
    if (attempt.start < resume) continue;
    if (!IsCertain(runs, attempt)) break;
    if (!attempt.matched) continue;
    TakeMatch(partition, attempt, order);
    resume = TRY(ResumeAt(attempt));
  }
  attempts.erase(attempts.begin(), attempts.begin() + static_cast<std::ptrdiff_t>(decided));
  std::erase_if(attempts, [](const MatchAttempt& attempt) {
    return !attempt.has_runs() && !attempt.matched;
  });
  return {};
}

Status Match::TakeTurn(const TimedRows& rows, uint32_t turn, const std::vector<uint32_t>& open) {
  std::vector<MatchRow> turns;
  truths_.Clear();
  for (const uint32_t partition : open) {
    turns.push_back(RowAt(rows, partition, stored_.RowsOf(partition)[turn]));
    EndRuns(stored_.runs(partition), turns.back().time);
    Ask(partition, turns.back());
  }
  RETURN_IF_ERROR(truths_.Answer());
  for (size_t i = 0; i < open.size(); ++i) RETURN_IF_ERROR(Advance(open[i], turns[i]));
  return {};
}

Status Match::TakeTurns(const TimedRows& rows, Output& out) {
  RETURN_IF_ERROR(stored_.Load(rows.rows, spec_.partition));
  RETURN_IF_ERROR(values_.SetRows(stored_.kept(), rows.rows, stored_.lists()));
  std::vector<uint32_t> open(stored_.size());
  std::iota(open.begin(), open.end(), 0U);
  for (uint32_t turn = 0; !open.empty(); ++turn) {
    std::erase_if(open,
                  [&](uint32_t partition) { return stored_.RowsOf(partition).size() <= turn; });
    RETURN_IF_ERROR(TakeTurn(rows, turn, open));
  }
  RETURN_IF_ERROR(Give(rows.rows, spec_.partition, out));
  RETURN_IF_ERROR(SetExpirations(rows.rows, spec_.partition));
  return stored_.Store(rows.rows);
}

Status Match::Give(const Batch& keys, const std::vector<int>& key_columns, Output& out) {
  if (found_.empty()) return {};
  Batch result = TRY(found_.Take(keys, key_columns, stored_.lists()));
  return result.row_count == 0 ? Status() : EmitInPieces(std::move(result), batch_rows_, out);
}

Status Match::SetExpirations(const Batch& batch, const std::vector<int>& keys) {
  if (spec_.within_millis == 0) return {};
  std::vector<uint32_t> firsts;
  TimedRows due;
  for (size_t partition = 0; partition < stored_.size(); ++partition) {
    const std::vector<MatchAttempt>& attempts = stored_.runs(partition).attempts;
    std::optional<int64_t>& expires = stored_.expires(partition);
    if (attempts.empty() || expires) continue;
    int64_t time = 0;
    if (__builtin_add_overflow(attempts[0].start_time, spec_.within_millis - 1, &time))
      time = kEndOfTime;
    // After a restore with a shorter WITHIN the time may be before the watermark.
    if (progress_.floor() < kEndOfTime) time = std::max(time, progress_.floor() + 1);
    expires = time;
    firsts.push_back(stored_.FirstRowOf(partition));
    due.times.push_back(time);
    due.sequences.push_back(sequence_++);
  }
  const auto count = static_cast<uint32_t>(firsts.size());
  if (count == 0) return {};
  for (const int key : keys) {
    due.rows.columns.push_back(
        GatherColumn(*batch.columns[static_cast<size_t>(key)], firsts.data(), count));
  }
  const MutableColumnPtr times = Column::Make(Type::BigInt().WithNullable(false), count);
  std::ranges::copy(due.times, times->mutable_data<int64_t>());
  due.rows.columns.push_back(times);
  due.rows.row_count = count;
  return expiring_.Add(std::move(due));
}

Status Match::EndPartitions(const Batch& keys, int64_t time, std::span<const int64_t> due,
                            Output& out) {
  RETURN_IF_ERROR(stored_.Load(keys, key_places_));
  ended_ = time == kEndOfTime;
  Batch none;
  RETURN_IF_ERROR(values_.SetRows(stored_.kept(), none, stored_.lists()));
  for (uint32_t partition = 0; partition < stored_.size(); ++partition) {
    // If the partition has been without runs since, a later expiration counts, not this one.
    std::optional<int64_t>& expires = stored_.expires(partition);
    for (const uint32_t row : stored_.RowsOf(partition)) {
      if (!due.empty() && expires == due[row]) expires = std::nullopt;
    }
    EndRuns(stored_.runs(partition), time);
    RETURN_IF_ERROR(Decide(partition, partition));
  }
  RETURN_IF_ERROR(Give(keys, key_places_, out));
  RETURN_IF_ERROR(SetExpirations(keys, key_places_));
  RETURN_IF_ERROR(stored_.Store(keys));
  return state_->Tidy();
}

Status Match::Expire(int64_t limit, Output& out) {
  expiring_.Begin(limit);
  while (const auto portion = TRY(expiring_.Next())) {
    // The first time that later rows can have.
    const int64_t time = limit == kEndOfTime ? limit : limit + 1;
    RETURN_IF_ERROR(EndPartitions(portion->rows.rows, time, portion->rows.times, out));
  }
  if (limit < kEndOfTime) return {};
  const Batch keys = TRY(stored_.KeysPending());
  return keys.row_count == 0 ? Status() : EndPartitions(keys, limit, {}, out);
}

Status Match::Fire(int64_t limit, Output& out) {
  due_.Begin(limit);
  while (auto portion = TRY(due_.Next())) {
    ReportHeld();
    RETURN_IF_ERROR(TakeTurns(InOrder(std::move(portion->rows)), out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  return Expire(limit, out);
}

Status Match::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(Fire(watermark.millis, out));
  progress_.Advance(watermark.millis);
  ReportHeld();
  const std::optional<int64_t> pending = stored_.pending();
  if (pending) watermark.millis = std::min(watermark.millis, *pending - 1);
  return out.EmitWatermark(watermark);
}

Status Match::Flush(Output&) {
  RETURN_IF_ERROR(due_.Store());
  RETURN_IF_ERROR(expiring_.Store());
  ReportHeld();
  return {};
}

Status Match::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  state.push_back(progress_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeMatch(const graph::Node& node) {
  return OperatorPtr(std::make_unique<Match>(std::get<graph::MatchSpec>(node.spec)));
}

}  // namespace weir::operators
