// Rows in the form that every backend reads: each table has one schema, sorted by key group and key
// (FORMAT.md).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "state/row/row_codec.h"

namespace weir::state {

// Converts all rows of one table to its newest schema, with id 1. One for each table; not
// thread-safe.
class CanonicalRows {
 public:
  // `schema_record`: the table's record in the bookkeeping.
  static Result<CanonicalRows> Make(std::string_view schema_record);
  // The schema record for the converted rows.
  const std::string& schema_record() const { return record_; }
  // Calls `give` with the rows of a record, each with its own key and in the one schema; views are
  // valid for the call. The rows of a list are numbered anew from 0, as their numbers on disk
  // depend on when they arrived. kCorruption for bytes that no schema of the history wrote.
  // REQUIRES: records come in the order of their keys.
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
  std::string value_;     // the converted form of the last row
  std::string list_key_;  // key, without a number, of the list that is being converted
  uint64_t next_number_ = 0;
};

// What canonical files keep for the table `family` of `all`, a snapshot's bookkeeping:
// `schema_record` in place of its schema, and those of its counters that are not zero.
std::map<std::string, std::string> CanonicalBookkeeping(
    const std::map<std::string, std::string>& all, const std::string& family,
    const std::string& schema_record);

}  // namespace weir::state
