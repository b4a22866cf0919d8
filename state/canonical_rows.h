// Rows as every backend reads them: of each table one schema, sorted by key group and key
// (FORMAT.md).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "state/row_codec.h"

namespace weir::state {

// Makes all rows of one table rows of its newest schema, with id 1.
// One thread; made once a table.
class CanonicalRows {
 public:
  // `schema_record`: the table's, from the bookkeeping.
  static Result<CanonicalRows> Make(std::string_view schema_record);
  // The record that goes with the rewritten rows.
  const std::string& schema_record() const { return record_; }
  // `out`: the row as the one schema has it.
  // kCorruption for bytes that no schema of the history wrote.
  Status Rewrite(std::string_view value, std::string& out);

 private:
  CanonicalRows(uint64_t newest, RowCodec reader, RowCodec writer, std::string record)
      : newest_(newest),
        reader_(std::move(reader)),
        writer_(std::move(writer)),
        record_(std::move(record)) {}
  uint64_t newest_;
  RowCodec reader_;
  RowCodec writer_;
  std::string record_;
  std::string row_;
};

// Bookkeeping of one table without what only says that there is nothing.
std::map<std::string, std::string> CanonicalBookkeeping(
    const std::map<std::string, std::string>& all, const std::string& family,
    const std::string& schema_record);

}  // namespace weir::state
