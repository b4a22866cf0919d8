// WindowAssign over SESSION windows: every row once its session has ended, with window_start,
// window_end and window_time.
//
// Accepts every kind of change and gives what it gets: the rows of each session, sessions in order
// of their ends, rows in order of their times, or of their arrival where the input has more than
// inserts, before the watermark that completes the session is forwarded. Which session a row
// belongs to, and what is late, is said by SessionWindows. State: "sessions" and "rows", erased
// when a session fires. Operator state: "progress", "sequence".
#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/operators/session/session_windows.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/row_sequence.h"

namespace weir::operators {
namespace {

constexpr size_t kColumns = 3;  // window_start, window_end, window_time
constexpr int kKindBits = 2;    // of field "change()", behind the order of arrival

// A stored row of a session, and its order of arrival.
struct SessionRow {
  RankChange change;
  int64_t arrival;
};

class SessionAssign final : public Operator {
 public:
  explicit SessionAssign(const graph::WindowAssignSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override {
    return windows_.OnProcessingTime(now, EmitTo(out));
  }
  Timestamp NextProcessingTime() const override { return windows_.NextProcessingTime(); }
  Status OnBarrier(uint64_t id, std::vector<OperatorStateEntry>& state) override;
  Status OnEndOfInput(Output& out) override { return windows_.FireAll(EmitTo(out)); }

 private:
  SessionWindows::Emit EmitTo(Output& out) {
    return [this, &out](const Batch& keys, std::vector<FiredSession>& fired) {
      return EmitRows(keys, fired, out);
    };
  }
  // Stores the rows `ids`.
  Status Store(const Batch& batch, const std::vector<uint32_t>& ids, const uint64_t* hashes);
  SessionRow RowAt(std::byte* row) const;
  Status EmitRows(const Batch& keys, const std::vector<FiredSession>& fired, Output& out);

  const graph::WindowAssignSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  std::vector<Type> types_;
  std::vector<Type> window_types_;
  std::vector<int> kept_;
  SessionWindows windows_;
  MapTable* rows_ = nullptr;
  size_t time_field_ = 0;
  bool in_order_ = false;  // of arrival: the input has more than inserts
  RankedRows ranked_;
  int64_t sequence_ = 0;
  std::vector<uint64_t> hash_scratch_;
  std::vector<uint8_t> created_;
  MatchRun run_;
};

Status SessionAssign::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  const Schema& input = *ctx.inputs[0];
  types_ = input.types();
  kept_ = graph::KeptColumns(spec_.keys, input);
  const std::vector<Field>& fields = ctx.node->output.fields;
  for (size_t i = 0; i < kColumns; ++i) {
    window_types_.push_back(fields[fields.size() - kColumns + i].type);
  }
  const bool local = window_types_.back().kind() == TypeKind::kTimestampLtz;
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  RETURN_IF_ERROR(windows_.Open(ctx,
                                {spec_.window,
                                 spec_.time_column,
                                 spec_.keys,
                                 {},
                                 false,
                                 local ? ctx.evaluation->time_zone : std::string()},
                                schema.tables));
  rows_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[1]));
  time_field_ = schema.tables[1].value.size() - 2;
  in_order_ = !ctx.node->changelog.append_only();
  ranked_.Open({spec_.keys, kept_, types_}, rows_->layout());
  sequence_ = TRY(RestoreSequence(ctx.restored));
  return {};
}

Status SessionAssign::OnBatch(int, Batch batch, Output& out) {
  RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.keys, hash_scratch_);
  RETURN_IF_ERROR(windows_.Fold(batch, hashes));
  const std::vector<uint32_t>& kept = windows_.ListKept(batch.row_count);
  return kept.empty() ? Status() : Store(batch, kept, hashes);
}

Status SessionAssign::Store(const Batch& batch, const std::vector<uint32_t>& ids,
                            const uint64_t* hashes) {
  const auto count = static_cast<uint32_t>(ids.size());
  const MutableColumnPtr times = Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
  const MutableColumnPtr numbers =
      Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
  const MutableColumnPtr changes =
      Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
  for (const uint32_t row : ids) {
    times->mutable_data<int64_t>()[row] = windows_.times()[row];
    changes->mutable_data<int64_t>()[row] =
        (sequence_ << kKindBits) + static_cast<int64_t>(batch.kind(row));
    numbers->mutable_data<int64_t>()[row] = sequence_++;
  }
  Batch part = Select(batch, ids.data(), count);
  const auto width = static_cast<int>(part.columns.size());
  part.columns.push_back(times);
  part.columns.push_back(numbers);
  part.columns.push_back(changes);
  std::vector<std::byte*> rows(count);
  created_.assign(count, 0);
  const int sub_key[] = {width, width + 1};
  RETURN_IF_ERROR(
      rows_->FindOrCreate({&part, spec_.keys, hashes}, sub_key, rows.data(), created_.data()));
  std::vector<int> stored = kept_;
  stored.push_back(width);
  stored.push_back(width + 2);
  StoreColumns(part, stored, rows_->layout(), {rows.data(), ids.data(), count}, *rows_);
  return {};
}

// The change of a stored row, with the id that it gets when it is added to ranked_ next.
SessionRow SessionAssign::RowAt(std::byte* row) const {
  const auto change = rows_->layout().Load<int64_t>(row, time_field_ + 1);
  const auto kind = static_cast<RowKind>(change & ((1 << kKindBits) - 1));
  return {{ranked_.stored_count(), kind, 0}, change >> kKindBits};
}

// Emits the stored rows of the fired sessions. A row belongs to the session of its key whose span
// contains its time; sessions of one key do not overlap.
Status SessionAssign::EmitRows(const Batch& keys, const std::vector<FiredSession>& fired,
                               Output& out) {
  // The keys in their places among the input's columns.
  Batch placed;
  placed.row_count = keys.row_count;
  placed.columns.assign(types_.size(), nullptr);
  std::vector<uint64_t> hashes(keys.row_count);
  std::vector<int> places;
  for (size_t i = 0; i < spec_.keys.size(); ++i) {
    placed.columns[static_cast<size_t>(spec_.keys[i])] = keys.columns[i];
    places.push_back(static_cast<int>(i));
  }
  HashKeys(keys, places, hashes.data());
  std::vector<std::vector<uint32_t>> of_key(keys.row_count);
  for (uint32_t i = 0; i < fired.size(); ++i) of_key[fired[i].key].push_back(i);
  RETURN_IF_ERROR(rows_->Probe({&keys, places, hashes.data()}));
  ranked_.Begin(placed);
  std::vector<std::vector<SessionRow>> of_session(fired.size());
  while (rows_->NextMatches(run_)) {
    for (size_t i = 0; i < run_.rows.size(); ++i) {
      const auto time = rows_->layout().Load<int64_t>(run_.rows[i], time_field_);
      for (const uint32_t session : of_key[run_.probes[i]]) {
        // A session's end is one gap behind its last row.
        const bool inside =
            time >= fired[session].start && time <= fired[session].end - spec_.window.size;
        if (!inside) continue;
        of_session[session].push_back(RowAt(run_.rows[i]));
        ranked_.AddStored(run_.rows[i], run_.probes[i]);
        break;
      }
    }
  }
  std::vector<RankChange> changes;
  std::vector<FiredSession> of_row;
  for (uint32_t i = 0; i < fired.size(); ++i) {
    // A change must not overtake an earlier one of the same row.
    if (in_order_) std::ranges::sort(of_session[i], {}, &SessionRow::arrival);
    for (const SessionRow& row : of_session[i]) changes.push_back(row.change);
    of_row.insert(of_row.end(), of_session[i].size(), fired[i]);
  }
  if (changes.empty()) return {};
  Batch result = TRY(ranked_.Gather(changes, false));
  constexpr SessionPart kParts[] = {SessionPart::kStart, SessionPart::kEnd, SessionPart::kTime};
  for (size_t i = 0; i < kColumns; ++i) {
    result.columns.push_back(SessionTimes(kParts[i], window_types_[i], of_row, windows_.zone()));
  }
  rows_->Erase(ranked_.stored());
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status SessionAssign::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(windows_.OnWatermark(watermark, EmitTo(out)));
  return out.EmitWatermark(watermark);
}

Status SessionAssign::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(windows_.SaveProgress());
  state.push_back(SaveSequence(sequence_));
  return {};
}

}  // namespace

Result<OperatorPtr> MakeSessionAssign(const graph::Node& node) {
  return OperatorPtr(std::make_unique<SessionAssign>(std::get<graph::WindowAssignSpec>(node.spec)));
}

}  // namespace weir::operators
