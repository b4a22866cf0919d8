#include "runtime/connectors/formats/changed_columns.h"

#include <algorithm>

#include "runtime/connectors/formats/json_decoder.h"

namespace weir::connectors {
namespace {

FormatSpec MapsOf(const std::string& field, bool lists) {
  const Type map = Type::Map(Type::String(), Type::String());
  FormatSpec spec{{}, Schema{{{field, lists ? Type::Array(map) : map}}}, {0}, TimeZone(), true, {}};
  spec.row_starts = true;
  return spec;
}

}  // namespace

ChangedColumns::ChangedColumns(const std::string& field, bool lists, std::vector<std::string> names)
    : lists_(lists), events_(MakeJsonLinesDecoder(MapsOf(field, lists), {})) {
  for (size_t i = 0; i < names.size(); ++i) columns_.emplace(std::move(names[i]), i);
}

Status ChangedColumns::Read(const RecordBlock& block, std::span<const size_t> starts) {
  given_.clear();
  if (starts.empty()) return {};
  Batch events;
  BadRecord bad;
  RETURN_IF_ERROR(events_->Decode(block, starts.front(), UINT32_MAX, events, bad).status());
  const std::span<const size_t> found = events_->RowStarts();
  const Column& rows = *events.columns[0];
  const Column& maps = lists_ ? *rows.children()[0] : rows;
  for (size_t at = 0; const size_t start : starts) {
    // This decoder takes events that the other one refused; not the other way round.
    while (at < found.size() && found[at] < start) ++at;
    if (at == found.size() || found[at] != start)
      return Status::Internal("an event could not be read again");
    const uint32_t first = lists_ ? rows.offsets()[at] : static_cast<uint32_t>(at);
    const uint32_t last = lists_ ? rows.offsets()[at + 1] : first + 1;
    for (uint32_t row = first; row < last; ++row)
      Mark(*maps.children()[0], maps.offsets()[row], maps.offsets()[row + 1]);
    ++at;
  }
  return {};
}

void ChangedColumns::Mark(const Column& keys, uint32_t begin, uint32_t end) {
  const size_t row = given_.size();
  given_.resize(row + columns_.size(), 0);
  for (uint32_t i = begin; i < end; ++i) {
    const auto column = columns_.find(std::string(keys.ValueAt<StringRef>(i).view()));
    if (column != columns_.end()) given_[row + column->second] = 1;
  }
}

}  // namespace weir::connectors
