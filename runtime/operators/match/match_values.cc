#include "runtime/operators/match/match_values.h"

#include <algorithm>
#include <utility>

namespace weir::operators {

using graph::MatchValue;
using graph::MatchValueKind;

MatchValues::MatchValues(const MatchPlan& plan) : plan_(plan) {
  const std::vector<MatchValue>& values = plan.spec().values;
  aggregates_.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind != MatchValueKind::kAggregate) continue;
    std::vector<Type> types;
    for (const Field& field : expr::StateFields(values[i].call, false)) types.push_back(field.type);
    aggregates_[i].layout = RowLayout(std::move(types));
    aggregates_[i].accumulator =
        expr::MakeAccumulator(values[i].call, false, aggregates_[i].layout, 0);
  }
}

Status MatchValues::SetRows(const Batch& kept, const Batch& batch, const RowLists& lists) {
  lists_ = &lists;
  batch_ = batch;
  kept_rows_ = kept.row_count;
  for (ColumnPtr& column : batch_.columns) column = Flatten(column);
  columns_.assign(std::max(batch.columns.size(), columns_.size()), nullptr);
  const std::vector<int> places = graph::KeptByMatch(plan_.spec());
  for (size_t i = 0; i < places.size(); ++i) {
    const auto column = static_cast<size_t>(places[i]);
    if (column >= columns_.size()) columns_.resize(column + 1);
    if (batch_.row_count == 0) {
      columns_[column] = kept.columns[i];
    } else if (kept.row_count == 0) {
      columns_[column] = batch_.columns[column];
    } else {
      const Type type = batch_.columns[column]->type().WithNullable(true);
      Batch before;
      before.row_count = kept.row_count;
      before.columns.push_back(kept.columns[i]->WithType(type));
      Batch behind;
      behind.row_count = batch_.row_count;
      behind.columns.push_back(batch_.columns[column]->WithType(type));
      columns_[column] = Flatten(Concatenate(before, behind).columns[0]);
    }
  }
  return {};
}

bool MatchValues::Flag(int column, uint32_t row) const {
  const Column& flags = *batch_.columns[static_cast<size_t>(column)];
  return !flags.IsNull(row) && flags.ValueAt<uint8_t>(row) != 0;
}

// The row that FIRST names. If the run has not enough rows, that is the request's own row, where it
// is the next one.
uint32_t MatchValues::FirstRow(const MatchValue& value, bool own,
                               const MatchRequest& request) const {
  const graph::MatchCells& cells = plan_.cells();
  const uint32_t* first = request.cells + cells.First(cells.GroupOf(value.variables));
  const uint32_t* end = first + value.offset + 1;
  const uint32_t* free = std::find(first, end, kNoRow);
  if (free == end) return end[-1];
  return own && free == end - 1 ? request.row : kNoRow;
}

uint32_t MatchValues::LastRow(const MatchValue& value, bool own,
                              const MatchRequest& request) const {
  if (own && value.offset == 0) return request.row;
  const graph::MatchCells& cells = plan_.cells();
  const int last = cells.Last(cells.GroupOf(value.variables));
  return request.cells[last + value.offset - (own ? 1 : 0)];
}

Result<ColumnPtr> MatchValues::Aggregated(int number, bool own,
                                          std::span<const MatchRequest> requests) {
  const MatchValue& value = plan_.spec().values[static_cast<size_t>(number)];
  const Aggregate& aggregate = aggregates_[static_cast<size_t>(number)];
  const graph::MatchCells& cells = plan_.cells();
  const int cell = cells.All(cells.GroupOf(value.variables));
  rows_.Clear();
  rows_.Open(aggregate.layout);
  std::vector<std::byte*> results;
  for (size_t i = 0; i < requests.size(); ++i) results.push_back(rows_.Add());
  aggregate.accumulator->Initialize(results);
  std::vector<std::byte*> places;
  ids_.clear();
  for (size_t i = 0; i < requests.size(); ++i) {
    const size_t first = ids_.size();
    for (uint32_t link = requests[i].cells[cell]; link != kNoRow; link = lists_->at(link).before) {
      ids_.push_back(lists_->at(link).row);
    }
    // Lists have the newest row in front; LISTAGG and others go by the order.
    std::reverse(ids_.begin() + static_cast<std::ptrdiff_t>(first), ids_.end());
    if (own) ids_.push_back(requests[i].row);
    places.resize(ids_.size(), results[i]);
  }
  const bool counts = value.call.arguments.empty();
  const Column* argument =
      counts ? nullptr : columns_[static_cast<size_t>(value.call.arguments[0])].get();
  const auto count = static_cast<uint32_t>(ids_.size());
  RETURN_IF_ERROR(
      aggregate.accumulator->Update({count, places.data(), ids_.data(), nullptr}, argument, rows_));
  const MutableColumnPtr column =
      Column::Make(value.call.result_type, static_cast<uint32_t>(requests.size()));
  RETURN_IF_ERROR(aggregate.accumulator->Output(results, *column));
  return ColumnPtr(column);
}

Result<ColumnPtr> MatchValues::OfValue(int number, int variable,
                                       std::span<const MatchRequest> requests) {
  const MatchValue& value = plan_.spec().values[static_cast<size_t>(number)];
  const bool own =
      variable >= 0 && (value.variables.empty() ||
                        std::ranges::find(value.variables, variable) != value.variables.end());
  if (value.kind == MatchValueKind::kAggregate) return Aggregated(number, own, requests);
  const auto count = static_cast<uint32_t>(requests.size());
  const auto column = static_cast<size_t>(value.column);
  ids_.resize(count);
  if (value.kind == MatchValueKind::kCurrent) {
    for (uint32_t i = 0; i < count; ++i) ids_[i] = requests[i].row - kept_rows_;
    return GatherColumn(*batch_.columns[column], ids_.data(), count);
  }
  for (uint32_t i = 0; i < count; ++i) {
    ids_[i] = value.kind == MatchValueKind::kFirst ? FirstRow(value, own, requests[i])
                                                   : LastRow(value, own, requests[i]);
  }
  const ColumnPtr& source = columns_[column];
  return GatherOrNull(*source, ids_.data(), count, source->type().WithNullable(true));
}

Result<Batch> MatchValues::Of(std::span<const int> values, int variable,
                              std::span<const MatchRequest> requests) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(requests.size());
  for (const int value : values) batch.columns.push_back(TRY(OfValue(value, variable, requests)));
  return batch;
}

}  // namespace weir::operators
