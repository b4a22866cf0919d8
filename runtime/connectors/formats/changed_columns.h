// Which columns a row before an update was given: Canal and Maxwell say only those that changed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// Decodes the rows once more, as maps from keys to texts: a column that is NULL may have been given
// as NULL or not at all, which a ROW does not tell. Not thread-safe.
class ChangedColumns {
 public:
  // `field` of an event has the row, or with `lists` several; `names` are those of its columns.
  ChangedColumns(const std::string& field, bool lists, std::vector<std::string> names);

  // Reads the events of `block` that begin at `starts`, in ascending order. REQUIRES: the decoder
  // of JSON lines took each of them, with `field` as a ROW or a list of ROWs.
  Status Read(const RecordBlock& block, std::span<const size_t> starts);

  // Whether row `row` of all rows of the events that were read was given column `column`.
  bool IsGiven(uint32_t row, size_t column) const {
    return given_[row * columns_.size() + column] != 0;
  }

 private:
  void Mark(const Column& keys, uint32_t begin, uint32_t end);

  const bool lists_;
  std::unordered_map<std::string, size_t> columns_;
  std::unique_ptr<Decoder> events_;
  std::vector<uint8_t> given_;  // a byte for each column of each row
};

}  // namespace weir::connectors
