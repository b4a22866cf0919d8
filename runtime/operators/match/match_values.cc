#include "runtime/operators/match/match_values.h"

#include <algorithm>
#include <utility>

#include "runtime/types/column_builder.h"

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

namespace {

// What FIRST names, of the cells with the firsts. If the run has not enough rows, that is `next`,
// where it would be the next one of them.
uint32_t FirstOf(const uint32_t* firsts, int offset, bool own, uint32_t next) {
  const uint32_t* end = firsts + offset + 1;
  const uint32_t* free = std::find(firsts, end, kNoRow);
  if (free == end) return end[-1];
  return own && free == end - 1 ? next : kNoRow;
}

// What LAST names, of the cells with the lasts, before which `next` would come.
uint32_t LastOf(const uint32_t* lasts, int offset, bool own, uint32_t next) {
  if (own && offset == 0) return next;
  return lasts[offset - (own ? 1 : 0)];
}

Result<ColumnPtr> OutputOf(const Type& type, const expr::Accumulator& accumulator,
                           std::span<std::byte* const> results) {
  const MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(results.size()));
  RETURN_IF_ERROR(accumulator.Output(results, *column));
  return ColumnPtr(column);
}

// The request's own row, or that which PREV names.
uint32_t OwnRow(const MatchValue& value, const MatchRequest& request) {
  if (value.shift == 0) return request.row;
  const std::vector<uint32_t>& recent = *request.recent;
  const int64_t place = std::ssize(recent) + value.shift;
  return place < 0 ? kNoRow : recent[static_cast<size_t>(place)];
}

}  // namespace

const Column* MatchValues::ArgumentOf(const MatchValue& value) const {
  const std::vector<int>& arguments = value.call.arguments;
  return arguments.empty() ? nullptr : columns_[static_cast<size_t>(arguments[0])].get();
}

// As Aggregated, for requests of which most are those before them with a row more, as they are for
// each row of a match: those go on with the accumulator of the one before.
Result<ColumnPtr> MatchValues::AggregatedSoFar(int number, std::span<const MatchRequest> requests) {
  const MatchValue& value = plan_.spec().values[static_cast<size_t>(number)];
  const Aggregate& aggregate = aggregates_[static_cast<size_t>(number)];
  const int cell = plan_.cells().All(plan_.cells().GroupOf(value.variables));
  rows_.Clear();
  rows_.Open(aggregate.layout);
  std::vector<std::byte*> results;
  uint32_t known = kNoRow;
  for (const MatchRequest& request : requests) {
    uint32_t link = request.cells[cell];
    for (ids_.clear(); link != known && link != kNoRow; link = lists_->at(link).before)
      ids_.push_back(lists_->at(link).row);
    std::ranges::reverse(ids_);
    if (link == known && !results.empty()) {
      results.push_back(rows_.Copy(results.back()));
    } else {
      results.push_back(rows_.Add());
      aggregate.accumulator->Initialize({&results.back(), 1});
    }
    known = request.cells[cell];
    std::vector<std::byte*> places(ids_.size(), results.back());
    const auto count = static_cast<uint32_t>(ids_.size());
    RETURN_IF_ERROR(aggregate.accumulator->Update({count, places.data(), ids_.data(), nullptr},
                                                  ArgumentOf(value), rows_));
  }
  return OutputOf(value.call.result_type, *aggregate.accumulator, results);
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
  const auto count = static_cast<uint32_t>(ids_.size());
  RETURN_IF_ERROR(aggregate.accumulator->Update({count, places.data(), ids_.data(), nullptr},
                                                ArgumentOf(value), rows_));
  return OutputOf(value.call.result_type, *aggregate.accumulator, results);
}

ColumnPtr MatchValues::Classifiers(const MatchValue& value, int variable, bool own,
                                   std::span<const MatchRequest> requests) const {
  const graph::MatchCells& cells = plan_.cells();
  const size_t group = cells.GroupOf(value.variables);
  const int classes = cells.Classes(group);
  const auto next = static_cast<uint32_t>(variable);
  ColumnBuilder builder(value.type, static_cast<uint32_t>(requests.size()));
  for (const MatchRequest& request : requests) {
    const uint32_t* firsts = request.cells + classes;
    const uint32_t found =
        value.kind == MatchValueKind::kFirst
            ? FirstOf(firsts, value.offset, own, next)
            : LastOf(firsts + cells.groups[group].firsts, value.offset, own, next);
    if (found == kNoRow) {
      builder.AppendNull();
    } else {
      builder.AppendString(plan_.spec().variables[found].name);
    }
  }
  return builder.Finish();
}

ColumnPtr MatchValues::OfRows(const MatchValue& value, bool own,
                              std::span<const MatchRequest> requests) {
  const auto count = static_cast<uint32_t>(requests.size());
  ids_.resize(count);
  if (value.kind == MatchValueKind::kCurrent) {
    for (uint32_t i = 0; i < count; ++i) ids_[i] = OwnRow(value, requests[i]);
  } else {
    const graph::MatchCells& cells = plan_.cells();
    const size_t group = cells.GroupOf(value.variables, value.shift);
    const bool first = value.kind == MatchValueKind::kFirst;
    const int begin = first ? cells.First(group) : cells.Last(group);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t next = own ? OwnRow(value, requests[i]) : kNoRow;
      const uint32_t* rows = requests[i].cells + begin;
      ids_[i] =
          first ? FirstOf(rows, value.offset, own, next) : LastOf(rows, value.offset, own, next);
    }
  }
  if (value.shift != 0) std::ranges::replace(ids_, MatchPlan::kOutside, kNoRow);
  const ColumnPtr& source = columns_[static_cast<size_t>(value.column)];
  const bool there = value.kind == MatchValueKind::kCurrent && value.shift == 0;
  return GatherOrNull(*source, ids_.data(), count,
                      there ? value.type : source->type().WithNullable(true));
}

Result<ColumnPtr> MatchValues::OfValue(int number, int variable,
                                       std::span<const MatchRequest> requests) {
  const MatchValue& value = plan_.spec().values[static_cast<size_t>(number)];
  const bool own =
      variable >= 0 && (value.variables.empty() ||
                        std::ranges::find(value.variables, variable) != value.variables.end());
  if (value.kind == MatchValueKind::kAggregate) {
    return value.running ? AggregatedSoFar(number, requests) : Aggregated(number, own, requests);
  }
  if (value.classifier) return Classifiers(value, variable, own, requests);
  if (value.kind != MatchValueKind::kCurrent || value.shift != 0 || variable < 0)
    return OfRows(value, own, requests);
  const auto count = static_cast<uint32_t>(requests.size());
  ids_.resize(count);
  for (uint32_t i = 0; i < count; ++i) ids_[i] = requests[i].row - kept_rows_;
  return GatherColumn(*batch_.columns[static_cast<size_t>(value.column)], ids_.data(), count);
}

Result<Batch> MatchValues::Of(std::span<const int> values, int variable,
                              std::span<const MatchRequest> requests) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(requests.size());
  for (const int value : values) batch.columns.push_back(TRY(OfValue(value, variable, requests)));
  return batch;
}

}  // namespace weir::operators
