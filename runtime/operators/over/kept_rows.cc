#include "runtime/operators/over/kept_rows.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "runtime/operators/stored_rows.h"
#include "runtime/types/leading_key.h"

namespace weir::operators {
namespace {

// `column` where `filter` is true, else NULL.
ColumnPtr Masked(const ColumnPtr& column, const Column& filter, uint32_t rows, const Type& type) {
  std::vector<uint32_t> ids(rows);
  for (uint32_t row = 0; row < rows; ++row) ids[row] = Passes(filter, row) ? row : kNoRow;
  return GatherOrNull(*column, ids.data(), rows, type);
}

}  // namespace

Status KeptRows::Open(const OverPlace& place, const StateSchema& schema) {
  spec_ = &place.spec;
  kept_ = graph::KeptArgumentsOf(place.spec);
  table_ = TRY(place.tasks.OpenMap(place.uid, schema));
  return {};
}

std::vector<ColumnPtr> KeptRows::ColumnsOf(const Batch& rows) const {
  std::vector<ColumnPtr> columns;
  for (const graph::KeptArgument& argument : kept_.columns) {
    const int value = argument.column < 0 ? argument.filter : argument.column;
    const ColumnPtr& column = rows.columns[static_cast<size_t>(value)];
    if (argument.filter < 0) {
      columns.push_back(Flatten(column));
      continue;
    }
    const Column& filter = *rows.columns[static_cast<size_t>(argument.filter)];
    columns.push_back(Masked(column, filter, rows.row_count, argument.type));
  }
  return columns;
}

Result<std::vector<ColumnPtr>> KeptRows::ColumnsOf(std::span<std::byte* const> rows) const {
  std::vector<ColumnPtr> columns;
  for (size_t field = 0; field < kept_.columns.size(); ++field) {
    columns.push_back(TRY(LoadColumn(layout(), field, rows)));
  }
  return columns;
}

OverArguments KeptRows::Arguments(std::vector<ColumnPtr> columns) const {
  OverArguments arguments;
  for (size_t i = 0; i < spec_->calls.size(); ++i) {
    if (spec_->calls[i].function != graph::OverFunction::kAggregate) continue;
    const int place = kept_.of_call[i];
    std::vector<uint8_t> passes;
    ColumnPtr value = place < 0 ? nullptr : columns[static_cast<size_t>(place)];
    if (place >= 0 && kept_.columns[static_cast<size_t>(place)].column < 0) {
      for (uint32_t row = 0; row < value->length(); ++row) passes.push_back(!value->IsNull(row));
      value = nullptr;
    }
    arguments.values.push_back(std::move(value));
    arguments.passes.push_back(std::move(passes));
  }
  return arguments;
}

Result<OverArguments> KeptRows::ArgumentsOf(std::span<std::byte* const> rows) const {
  return Arguments(TRY(ColumnsOf(rows)));
}

Status KeptRows::Visit(std::string_view key,
                       const std::function<bool(int64_t time, std::byte* row)>& visit) {
  return table_->VisitKey(key, false, [&](std::string_view sub_key, std::byte* row) {
    return visit(LeadingBigInt(sub_key), row);
  });
}

Result<KeptRows::Partitions> KeptRows::ReadAll(const KeyView& keys) {
  Partitions found;
  const uint32_t count = keys.batch->size();
  std::vector<size_t> sizes(count, 0);
  RETURN_IF_ERROR(table_->Probe(keys));
  MatchRun run;
  while (table_->NextMatches(run)) {
    for (const uint32_t probe : run.probes) ++sizes[probe];
    found.rows.insert(found.rows.end(), run.rows.begin(), run.rows.end());
  }
  found.begins.assign(size_t{count} + 1, 0);
  std::partial_sum(sizes.begin(), sizes.end(), found.begins.begin() + 1);
  return found;
}

Result<std::vector<std::byte*>> KeptRows::Add(const OverBlock& block,
                                              std::span<const uint32_t> ids) {
  const auto count = static_cast<uint32_t>(ids.size());
  Batch part = GatherBatch(block.rows.rows, ids.data(), count);
  part.key_hashes = nullptr;
  const MutableColumnPtr time = Column::Make(Type::BigInt().WithNullable(false), count);
  const MutableColumnPtr sequence = Column::Make(Type::BigInt().WithNullable(false), count);
  std::vector<uint64_t> hashes(count);
  for (uint32_t i = 0; i < count; ++i) {
    time->mutable_data<int64_t>()[i] = block.rows.times[ids[i]];
    sequence->mutable_data<int64_t>()[i] = block.rows.sequences[ids[i]];
    hashes[i] = block.hashes[ids[i]];
  }
  Batch values;
  values.row_count = count;
  for (ColumnPtr& column : ColumnsOf(part)) values.columns.push_back(std::move(column));
  const auto first = static_cast<int>(part.columns.size());
  part.columns.push_back(time);
  part.columns.push_back(sequence);
  std::vector<std::byte*> rows(count);
  std::vector<uint8_t> created(count, 0);
  RETURN_IF_ERROR(table_->FindOrCreate({&part, spec_->partition, hashes.data()},
                                       std::array{first, first + 1}, rows.data(), created.data()));
  std::vector<uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<int> places(columns());
  std::iota(places.begin(), places.end(), 0);
  StoreColumns(values, places, layout(), {rows.data(), all.data(), count}, *table_);
  return rows;
}

}  // namespace weir::operators
