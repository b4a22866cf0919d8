// Rows as every backend reads them: of each table one schema, sorted by key group and key
// (FORMAT.md).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "state/row/row_codec.h"

namespace weir::state {

// Makes all rows of one table rows of its newest schema, with id 1.
// One thread; made once a table.
class CanonicalRows {
 public:
  // `schema_record`: the table's, from the bookkeeping.
  static Result<CanonicalRows> Make(std::string_view schema_record);
  // The record that goes with the rewritten rows.
  const std::string& schema_record() const { return record_; }
  // Gives the rows of a record, each with a key of its own and as the one schema has it; the views
  // live for the call of `give`. Rows of lists are numbered anew, from 0 in each list: their
  // numbers on disk depend on when they came. REQUIRES: records come in the order of their keys.
  // kCorruption for bytes that no schema of the history wrote.
  using Give = std::function<Status(std::string_view key, std::string_view value)>;
  Status Rewrite(std::string_view key, std::string_view value, const Give& give);

 private:
  CanonicalRows(const StateSchema& schema, uint64_t newest, RowCodec reader, RowCodec writer,
                std::string record)
      : list_(schema.layout == StateLayout::kList),
        newest_(newest),
        reader_(std::move(reader)),
        writer_(std::move(writer)),
        record_(std::move(record)) {}
  Status RewriteRow(std::string_view value);
  Status RewriteList(std::string_view key, std::string_view value, const Give& give);

  bool list_;
  uint64_t newest_;
  RowCodec reader_;
  RowCodec writer_;
  std::string record_;
  std::string row_;
  std::string value_;     // what the last row became
  std::string list_key_;  // of the list that is being given, without a number
  uint64_t next_number_ = 0;
};

// Bookkeeping of one table without what only says that there is nothing.
std::map<std::string, std::string> CanonicalBookkeeping(
    const std::map<std::string, std::string>& all, const std::string& family,
    const std::string& schema_record);

}  // namespace weir::state
