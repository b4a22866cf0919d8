#include "runtime/operators/join/join_output.h"

#include <algorithm>
#include <numeric>

#include "runtime/operators/emit.h"

namespace weir::operators {
namespace {

std::vector<int> PlacesOf(const graph::JoinInput& input, const graph::JoinSideState& state) {
  std::vector<int> places(input.schema.size(), 0);
  for (size_t i = 0; i < input.keys.size(); ++i) {
    places[static_cast<size_t>(input.keys[i])] = -1 - static_cast<int>(i);
  }
  for (size_t i = 0; i < state.columns.size(); ++i) {
    places[static_cast<size_t>(state.columns[i])] = static_cast<int>(i);
  }
  return places;
}

bool IsAll(const uint32_t* ids, uint32_t count, uint32_t all) {
  if (count != all) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (ids[i] != i) return false;
  }
  return true;
}

}  // namespace

void JoinedRows::Clear() {
  kinds.clear();
  own.clear();
  other.clear();
  has_own.clear();
}

void JoinedRows::AddPair(RowKind kind, uint32_t own_row, uint32_t candidate) {
  kinds.push_back(kind);
  own.push_back(own_row);
  other.push_back(candidate);
  has_own.push_back(1);
}

void JoinedRows::AddOwn(RowKind kind, uint32_t own_row) {
  AddPair(kind, own_row, kNoRow);
}

void JoinedRows::AddOther(RowKind kind, uint32_t own_row, uint32_t candidate) {
  AddPair(kind, own_row, candidate);
  has_own.back() = 0;
}

Status JoinOutput::Open(const graph::JoinShape& shape, const graph::JoinSideState& left,
                        const graph::JoinSideState& right, const Schema& output,
                        const expr::EvaluationContext& evaluation) {
  shape_ = &shape;
  output_ = &output;
  places_[0] = PlacesOf(shape.left, left);
  places_[1] = PlacesOf(shape.right, right);
  stored_[0] = left.columns;
  stored_[1] = right.columns;
  if (!shape.residual) return {};
  residual_ = TRY(expr::MakeEvaluator({shape.residual}, evaluation));
  std::vector<int> columns;
  expr::CollectColumns(*shape.residual, columns);
  const size_t width = shape.left.schema.size();
  residual_columns_[0].assign(width, 0);
  residual_columns_[1].assign(shape.right.schema.size(), 0);
  for (const int column : columns) {
    const auto index = static_cast<size_t>(column);
    (index < width ? residual_columns_[0][index] : residual_columns_[1][index - width]) = 1;
  }
  return {};
}

Status JoinOutput::Load(const RowLayout& layout, std::span<std::byte* const> rows,
                        Candidates& candidates) const {
  candidates.stored.clear();
  const size_t count = stored_[other_port(candidates)].size();
  for (size_t field = 0; field < count; ++field) {
    candidates.stored.push_back(TRY(LoadColumn(layout, field, rows)));
  }
  return {};
}

ColumnPtr JoinOutput::OtherColumn(const Candidates& candidates, int column, const uint32_t* own,
                                  const uint32_t* other, uint32_t count) const {
  const int port = other_port(candidates);
  const graph::JoinInput& input = shape_->side(port);
  const Type type = input.schema.fields[static_cast<size_t>(column)].type.WithNullable(true);
  const int place = places_[port][static_cast<size_t>(column)];
  if (place >= 0) {
    // The output consists of all candidates in their order, as is usual in an inner join, so the
    // column that was loaded can be used as it is.
    if (IsAll(other, count, candidates.size())) {
      return candidates.stored[static_cast<size_t>(place)]->WithType(type);
    }
    return GatherOrNull(*candidates.stored[static_cast<size_t>(place)], other, count, type);
  }
  const auto key = static_cast<size_t>(-1 - place);
  const int own_column = shape_->side(candidates.port).keys[key];
  std::vector<uint32_t> ids(own, own + count);
  for (uint32_t i = 0; i < count; ++i) {
    if (other[i] == kNoRow) ids[i] = kNoRow;
  }
  return GatherOrNull(*candidates.batch->columns[static_cast<size_t>(own_column)], ids.data(),
                      count, type);
}

Status JoinOutput::EvaluateResidual(const Candidates& candidates, std::vector<uint8_t>& passes) {
  passes.assign(candidates.size(), residual_ ? 0 : 1);
  if (!residual_ || candidates.size() == 0) return {};
  std::vector<uint32_t> all(candidates.size());
  std::iota(all.begin(), all.end(), 0U);
  Batch pairs;
  pairs.row_count = candidates.size();
  for (int port = 0; port < 2; ++port) {
    const Schema& schema = shape_->side(port).schema;
    for (size_t c = 0; c < schema.size(); ++c) {
      if (residual_columns_[port][c] == 0) {
        pairs.columns.push_back(Column::MakeNull(schema.fields[c].type, candidates.size()));
      } else if (port == candidates.port) {
        pairs.columns.push_back(
            GatherColumn(*candidates.batch->columns[c], candidates.own.data(), candidates.size()));
      } else {
        pairs.columns.push_back(OtherColumn(candidates, static_cast<int>(c), candidates.own.data(),
                                            all.data(), candidates.size()));
      }
    }
  }
  const Selection selected = TRY(residual_->Filter(pairs));
  if (selected.all()) {
    std::fill(passes.begin(), passes.end(), uint8_t{1});
    return {};
  }
  for (uint32_t i = 0; i < selected.count(); ++i) passes[selected.ids()[i]] = 1;
  return {};
}

Batch JoinOutput::Build(const Candidates& candidates, const JoinedRows& rows) const {
  const auto count = static_cast<uint32_t>(rows.size());
  Batch result;
  result.row_count = count;
  std::vector<uint32_t> own = rows.own;
  for (uint32_t i = 0; i < count; ++i) {
    if (rows.has_own[i] == 0) own[i] = kNoRow;
  }
  const int sides = graph::GivesLeftOnly(shape_->type) ? 1 : 2;
  for (int port = 0; port < sides; ++port) {
    for (size_t c = 0; c < shape_->side(port).schema.size(); ++c) {
      const Type& type = output_->fields[result.columns.size()].type;
      const ColumnPtr column =
          port == candidates.port
              ? GatherOrNull(*candidates.batch->columns[c], own.data(), count, type)
              : OtherColumn(candidates, static_cast<int>(c), rows.own.data(), rows.other.data(),
                            count);
      result.columns.push_back(column->WithType(type));
    }
  }
  const bool inserts = std::all_of(rows.kinds.begin(), rows.kinds.end(),
                                   [](RowKind kind) { return kind == RowKind::kInsert; });
  if (inserts) return result;
  result.row_kinds = KindsOf(rows.kinds);
  return result;
}

}  // namespace weir::operators
