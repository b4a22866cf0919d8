#include "runtime/operators/rank/rank_revision.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/fault_point.h"
#include "runtime/graph/rank_state.h"
#include "runtime/operators/rank/rank_bound.h"
#include "runtime/types/column_builder.h"

namespace weir::operators {
namespace {

constexpr uint8_t kVersion = 1;
constexpr const char* kName = "ranks";

bool Shows(const graph::RankSpec& spec, int64_t rank) {
  return rank >= spec.first && rank <= spec.last;
}

}  // namespace

class RankRevision::Changes {
 public:
  Changes(const std::vector<Type>& types, bool output_rank, uint32_t batch_rows)
      : types_(types), output_rank_(output_rank), batch_rows_(batch_rows) {}

  Status Add(const RankSnapshot& snapshot, uint32_t row, RowKind kind, Output& out) {
    if (builders_.empty()) Begin();
    for (size_t i = 0; i < snapshot.columns.size(); ++i) {
      builders_[i].AppendFrom(*snapshot.columns[i], row);
    }
    ranks_.push_back(snapshot.ranks[row]);
    kinds_.push_back(kind);
    return kinds_.size() == batch_rows_ ? Send(out) : Status();
  }

  // Emits those rows of a partition whose rank `wanted` accepts.
  template <typename F>
  Status AddWhere(const RankSnapshot& snapshot, RowKind kind, Output& out, F&& wanted) {
    for (uint32_t i = 0; i < snapshot.ranks.size(); ++i) {
      if (wanted(snapshot.ranks[i])) RETURN_IF_ERROR(Add(snapshot, i, kind, out));
    }
    return {};
  }

  Status Send(Output& out) {
    if (kinds_.empty()) return {};
    Batch batch;
    batch.row_count = static_cast<uint32_t>(kinds_.size());
    for (ColumnBuilder& builder : builders_) batch.columns.push_back(builder.Finish());
    if (output_rank_) {
      const MutableColumnPtr ranks =
          Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
      std::copy(ranks_.begin(), ranks_.end(), ranks->mutable_data<int64_t>());
      batch.columns.push_back(ranks);
    }
    batch.row_kinds = MakeBuffer<uint8_t>(batch.row_count);
    std::transform(kinds_.begin(), kinds_.end(), batch.row_kinds->as<uint8_t>(),
                   [](RowKind kind) { return static_cast<uint8_t>(kind); });
    builders_.clear();
    ranks_.clear();
    kinds_.clear();
    return out.Emit(std::move(batch));
  }

 private:
  void Begin() {
    for (const Type& type : types_) builders_.emplace_back(type, batch_rows_);
  }

  const std::vector<Type>& types_;
  bool output_rank_;
  uint32_t batch_rows_;
  std::vector<ColumnBuilder> builders_;
  std::vector<int64_t> ranks_;
  std::vector<RowKind> kinds_;
};

// Bytes of the entry: version, the first and the last rank as eight bytes each. All subtasks of a
// checkpoint note the same ranks, since what is owed is emitted before a barrier passes.
Status RankRevision::Open(const graph::RankSpec& spec, const OperatorContext& ctx,
                          const Tables& tables) {
  spec_ = &spec;
  saved_ = spec;
  tables_ = tables;
  batch_rows_ = ctx.batch_rows;
  for (const OperatorStateEntry& entry : ctx.restored) {
    if (entry.name != kName) continue;
    ByteReader reader(entry.bytes);
    const auto version = reader.Little<uint8_t>();
    saved_.first = reader.Little<int64_t>();
    saved_.last = reader.Little<int64_t>();
    if (reader.failed() || version != kVersion) {
      return Status::Corruption("the saved ranks cannot be read");
    }
  }
  pending_ = saved_.first != spec.first || saved_.last != spec.last;
  if (DefectPlanted("meaning-of-offset")) pending_ = false;
  const Schema& input = *ctx.inputs[0];
  types_ = input.types();
  for (const int key : spec.partition) key_types_.push_back(types_[static_cast<size_t>(key)]);
  wide_ = spec;
  wide_.last = std::max(spec.last, saved_.last);
  const std::vector<int> kept = graph::KeptColumns(spec.partition, input);
  wide_reader_.Open(wide_, input, kept, *tables_.rows);
  reader_.Open(spec, input, kept, *tables_.rows);
  return {};
}

Status RankRevision::Emit(Output& out) {
  if (!pending_) return {};
  pending_ = false;
  Changes changes(types_, spec_->output_rank, batch_rows_);
  RETURN_IF_ERROR(
      tables_.bounds->Scan([&](const ScannedRows& run) { return ReviseRun(run, changes, out); }));
  return changes.Send(out);
}

Status RankRevision::Seed(Output& others, Output& seeded) {
  RETURN_IF_ERROR(Emit(others));
  Changes changes(types_, spec_->output_rank, batch_rows_);
  RETURN_IF_ERROR(
      tables_.bounds->Scan([&](const ScannedRows& run) { return ShowRun(run, changes, seeded); }));
  return changes.Send(seeded);
}

Result<Batch> RankRevision::PartitionsOf(const ScannedRows& run) const {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(run.keys.size());
  batch.columns.assign(types_.size(), nullptr);
  std::vector<ColumnPtr> keys = TRY(DecodeKeys(run.keys, key_types_));
  for (size_t i = 0; i < keys.size(); ++i) {
    batch.columns[static_cast<size_t>(spec_->partition[i])] = std::move(keys[i]);
  }
  return batch;
}

Status RankRevision::ShowRun(const ScannedRows& run, Changes& changes, Output& out) {
  const Batch batch = TRY(PartitionsOf(run));
  RankSnapshot snapshot;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    RETURN_IF_ERROR(reader_.Read(batch, row, snapshot));
    RETURN_IF_ERROR(changes.AddWhere(snapshot, RowKind::kInsert, out,
                                     [&](int64_t rank) { return Shows(*spec_, rank); }));
  }
  return {};
}

Status RankRevision::ReviseRun(const ScannedRows& run, Changes& changes, Output& out) {
  const Batch batch = TRY(PartitionsOf(run));
  RankSnapshot snapshot;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    RETURN_IF_ERROR(wide_reader_.Read(batch, row, snapshot));
    const auto goes = [&](int64_t rank) { return Shows(saved_, rank) && !Shows(*spec_, rank); };
    const auto comes = [&](int64_t rank) { return Shows(*spec_, rank) && !Shows(saved_, rank); };
    RETURN_IF_ERROR(changes.AddWhere(snapshot, RowKind::kDelete, out, goes));
    RETURN_IF_ERROR(changes.AddWhere(snapshot, RowKind::kInsert, out, comes));
    if (spec_->strategy != graph::RankStrategy::kRetract) {
      const auto behind =
          std::upper_bound(snapshot.ranks.begin(), snapshot.ranks.end(), spec_->last);
      RETURN_IF_ERROR(
          EraseBehind(run.keys[row], static_cast<size_t>(snapshot.ranks.end() - behind)));
    }
    RETURN_IF_ERROR(reader_.Read(batch, row, snapshot));
    if (RefreshesShown(*spec_)) reader_.Refresh(snapshot);
    std::byte* const bound = run.rows[row];
    tables_.bounds->MarkChanged({&bound, 1});
    SetRankBound(*spec_, snapshot, bound, *tables_.bounds);
  }
  return {};
}

// Erases the last `count` rows of a partition.
Status RankRevision::EraseBehind(std::string_view key, size_t count) {
  if (count == 0) return {};
  std::vector<std::byte*> rows;
  RETURN_IF_ERROR(tables_.rows->VisitKey(key, true, [&](std::string_view, std::byte* row) {
    rows.push_back(row);
    return rows.size() < count;
  }));
  tables_.rows->Erase(rows);
  return {};
}

OperatorStateEntry RankRevision::Save() const {
  OperatorStateEntry entry{kName, ""};
  AppendLittle(entry.bytes, kVersion);
  AppendLittle(entry.bytes, spec_->first);
  AppendLittle(entry.bytes, spec_->last);
  return entry;
}

void SetRankBound(const graph::RankSpec& spec, const RankSnapshot& snapshot, std::byte* row,
                  ValueTable& bounds) {
  const RowLayout& layout = bounds.layout();
  const bool full = spec.function == graph::RankFunction::kDenseRank
                        ? !snapshot.ranks.empty() && snapshot.ranks.back() == spec.last
                        : static_cast<int64_t>(snapshot.ranks.size()) >= spec.last;
  if (full) {
    layout.ClearNull(row, kRankBound);
    bounds.SetString(row, kRankBound, snapshot.last_order);
    return;
  }
  if (!layout.IsNull(row, kRankBound)) bounds.SetString(row, kRankBound, "");
  layout.SetNull(row, kRankBound);
}

}  // namespace weir::operators
