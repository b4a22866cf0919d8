// Changes of a table that wait to be written: rows as lines of COPY's text format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir::connectors::postgres {

// One change: a row to be there, or with none a key to be deleted. Borrowed.
struct RowChange {
  std::optional<std::string_view> key;  // nothing: the table has no key, and rows are added to it
  std::optional<std::string_view> row;
};

// Makes changes of the rows of batches.
class ChangeEncoder {
 public:
  // `key`: columns of the batches, in the order of the key; empty: rows are inserts.
  explicit ChangeEncoder(std::vector<int> key) : key_(std::move(key)) {}
  // Calls take(const RowChange&) -> Status for each row.
  template <typename Take>
  Status ForEach(const Batch& batch, const Take& take) {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      Encode(batch, row);
      RETURN_IF_ERROR(CheckTexts());
      RowChange change;
      if (!key_.empty()) change.key = key_text_;
      if (IsAddition(batch.kind(row))) change.row = row_text_;
      RETURN_IF_ERROR(take(change));
    }
    return {};
  }

 private:
  void Encode(const Batch& batch, uint32_t row);
  // What the server never takes must fail before it is promised.
  Status CheckTexts() const;

  const std::vector<int> key_;
  std::string key_text_;
  std::string row_text_;
};

// Of several changes of a key the last one counts.
class RowChanges {
 public:
  void Add(const RowChange& change);
  bool empty() const { return size() == 0; }
  size_t size() const { return added_ + keyed_.size(); }
  size_t bytes() const { return bytes_; }
  void Clear();
  // COPY's lines of the rows that are to be there, and of the keys that are not. Each of those with
  // a key has one more field: a number that is greater than those of all earlier changes.
  std::string Rows() const;
  std::string DeletedKeys() const;

 private:
  std::string lines_;  // of rows without a key
  size_t added_ = 0;
  struct Held {
    std::optional<std::string> row;  // nothing: the key is deleted
    uint64_t place = 0;
  };
  std::unordered_map<std::string, Held> keyed_;
  uint64_t places_ = 0;
  size_t bytes_ = 0;
};

}  // namespace weir::connectors::postgres
