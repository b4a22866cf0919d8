// Changes of a table that wait to be written: rows and keys as texts, in a way of their database.
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

namespace weir::connectors::jdbc {

// One change: a row to be there, or with none a key to be deleted. Borrowed.
struct RowChange {
  std::optional<std::string_view> key;  // nothing: the table has no key, and rows are added to it
  std::optional<std::string_view> row;
};

// How a database's rows are written: values with something between them.
struct RowText {
  std::string_view between;
  // Appends one value, which may be NULL. kDataError E3001 for one that the database has not.
  Status (*append)(const Column& column, uint32_t row, std::string& out);
  // What the server never takes must fail before it is promised: of a whole row's text.
  Status (*check)(std::string_view row);
};

// Makes changes of the rows of batches.
class ChangeEncoder {
 public:
  // `key`: columns of the batches, in the order of the key; empty: rows are inserts.
  ChangeEncoder(const RowText& text, std::vector<int> key) : text_(text), key_(std::move(key)) {}
  // Calls take(const RowChange&) -> Status for each row.
  template <typename Take>
  Status ForEach(const Batch& batch, const Take& take) {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      RETURN_IF_ERROR(Encode(batch, row));
      RowChange change;
      if (!key_.empty()) change.key = key_text_;
      if (IsAddition(batch.kind(row))) change.row = row_text_;
      RETURN_IF_ERROR(take(change));
    }
    return {};
  }

 private:
  Status Encode(const Batch& batch, uint32_t row);

  const RowText text_;
  const std::vector<int> key_;
  std::string key_text_;
  std::string row_text_;
};

// Of several changes of a key the last one counts.
class RowChanges {
 public:
  // What is to become of a key, the text of which the map has.
  struct Held {
    std::optional<std::string> row;  // nothing: the key is deleted
    uint64_t place = 0;              // greater than those of all earlier changes
  };

  void Add(const RowChange& change);
  bool empty() const { return size() == 0; }
  size_t size() const { return added_ + keyed_.size(); }
  size_t bytes() const { return bytes_; }
  void Clear();
  // The rows without a key, a line each that ends with '\n': none has one within its text.
  const std::string& lines() const { return lines_; }
  const std::unordered_map<std::string, Held>& keyed() const { return keyed_; }

 private:
  std::string lines_;
  size_t added_ = 0;
  std::unordered_map<std::string, Held> keyed_;
  uint64_t places_ = 0;
  size_t bytes_ = 0;
};

}  // namespace weir::connectors::jdbc
