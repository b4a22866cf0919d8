// The loop over messages of the formats whose decoders append the rows of each message to columns
// of their own.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/connectors/formats/message_decoder.h"

namespace weir::connectors {

// The columns that are decoded: those that are read, or all where another one makes a message bad.
inline std::vector<int> DecodedColumns(const FormatSpec& spec, const Format& format) {
  return JudgesWholeRecords(format, spec.options) ? AllColumns(spec.record) : spec.columns;
}

// The types of the columns of a record that are decoded.
inline std::vector<Type> DecodedTypes(const FormatSpec& spec, const std::vector<int>& wanted) {
  std::vector<Type> types;
  for (const int column : wanted)
    types.push_back(spec.record.fields[static_cast<size_t>(column)].type);
  return types;
}

// Rows has a column for each of `wanted` (DecodedColumns), and these functions:
//   void Begin(BufferPtr memory)     begins a batch, of messages in `memory`
//   kRowsOfMessage                   the most rows of a message
//   Status Append(std::string_view message, std::string& column)
//                                    appends its rows. kDataError E3005 where the message is bad:
//                                    no row was appended, and `column` is set where one is at fault
//   uint32_t size()                  rows so far
//   bool full()                      whether the batch should end, however few they are
//   Batch Finish()                   the batch
template <typename Rows>
class RowMessageDecoder final : public MessageDecoder {
 public:
  RowMessageDecoder(const FormatSpec& spec, const std::vector<int>& wanted, Rows rows)
      : skips_bad_(spec.skip_bad), rows_(std::move(rows)) {
    for (const int column : spec.columns) {
      const auto found = std::find(wanted.begin(), wanted.end(), column);
      places_.push_back(static_cast<size_t>(found - wanted.begin()));
    }
  }

  Result<DecodedMessages> Decode(MessageBlock& block, size_t from, uint32_t max_rows,
                                 MessageRows& rows, BadMessage& bad) override {
    rows_.Begin(block.memory);
    rows.message_of.clear();
    DecodedMessages done;
    size_t at = from;
    for (; at < block.places.size() && HasRoom(max_rows) && !rows_.full(); ++at) {
      std::string column;
      Status status = rows_.Append(block.message(at), column);
      if (status.ok()) [[likely]] {
        rows.message_of.resize(rows_.size(), static_cast<uint32_t>(at));
        continue;
      }
      if (!skips_bad_ || status.code() != StatusCode::kDataError) {
        bad = {at, std::move(column)};
        return status;
      }
      ++done.skipped;
    }
    done.messages = at - from;
    Batch all = rows_.Finish();
    rows.batch = Batch{};
    rows.batch.row_count = all.row_count;
    rows.batch.row_kinds = std::move(all.row_kinds);
    for (const size_t place : places_) rows.batch.columns.push_back(all.columns[place]);
    return done;
  }

 private:
  // Whether a message's rows fit into the batch. The first one's always do.
  bool HasRoom(uint32_t max_rows) const {
    return rows_.size() == 0 || rows_.size() + Rows::kRowsOfMessage <= max_rows;
  }

  const bool skips_bad_;
  Rows rows_;
  std::vector<size_t> places_;  // of the columns that are read, among those that are decoded
};

}  // namespace weir::connectors
