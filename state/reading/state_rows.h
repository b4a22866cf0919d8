// Records of a table of state as columns of batches.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/types/batch.h"
#include "state/reading/state_columns.h"
#include "state/row/row_codec.h"

namespace weir::state {

// What the key of a record says (FORMAT.md, "Keys").
struct RecordKey {
  int64_t slice = 0;  // 0 where tables are not sliced
  std::string_view key;
  std::string_view sub_key;  // maps
};
// kCorruption E7001 where the bytes are too short.
Result<RecordKey> SplitKey(std::string_view record_key, const StateSchema& schema);

// Appends the bytes before a key: its group, and the slice of sliced tables.
void AppendPlace(uint16_t group, bool sliced, int64_t slice, std::string& out);

// Collects rows and makes a batch of them. Not thread-safe.
class StateRows {
 public:
  // Reads rows that `history` describes into the fields of `table`. The columns to make are
  // `wanted` of all `columns`, in that order. kCorruption when the saved rows cannot be read so.
  static Result<std::unique_ptr<StateRows>> Make(const StateTable& table,
                                                 std::vector<StateColumn> columns,
                                                 std::vector<int> wanted, const SavedSchema& saved);

  // Adds at most `most` of the rows in `value`, which are taken off it; returns how many. `value`
  // is that of the record `key`, or what is left of it. kCorruption E7001 where it is malformed.
  Result<uint32_t> Add(std::string_view key, std::string_view& value, uint32_t most);
  // Takes at most `most` rows off `value` without reading them; returns how many.
  Result<uint64_t> Pass(std::string_view& value, uint64_t most) const;
  uint32_t size() const { return static_cast<uint32_t>(keys_.size()); }
  // About the memory that the rows take.
  uint64_t bytes() const { return bytes_; }
  // The rows so far, and none of them afterwards.
  Result<Batch> Take();

 private:
  // Bytes of keys and strings, which stay where they are until the rows go.
  class Texts final : public StringOwner {
   public:
    explicit Texts(const RowLayout& layout) : layout_(layout) {}
    std::string_view Keep(std::string_view bytes);
    void SetString(std::byte* row, size_t field, std::string_view bytes) override;
    void Clear();

   private:
    static constexpr size_t kBlockBytes = 1 << 18;
    const RowLayout& layout_;
    std::deque<std::string> blocks_;
  };

  StateRows(const StateTable& table, std::vector<StateColumn> columns, std::vector<int> wanted,
            RowCodec codec);
  std::byte* NextRow();
  Result<ColumnPtr> Load(const StateColumn& column);
  Result<ColumnPtr> LoadKey(size_t index);
  Result<ColumnPtr> LoadSubKey(size_t index);
  Result<ColumnPtr> LoadResult(const StateColumn& column);
  ColumnPtr LoadTime(const StateColumn& column) const;

  const StateSchema schema_;
  const std::vector<StateColumn> columns_;
  const std::vector<int> wanted_;
  const RowCodec codec_;
  const size_t row_bytes_;
  std::vector<Type> key_types_, sub_key_types_;
  std::vector<std::unique_ptr<expr::Accumulator>> results_;  // one a column; null for others
  Texts texts_;
  std::vector<std::unique_ptr<uint64_t[]>> blocks_;  // rows, kRowsABlock each
  std::vector<std::byte*> rows_;
  std::vector<std::string_view> keys_, sub_keys_;
  std::vector<int64_t> slices_, written_;
  std::vector<ColumnPtr> key_columns_, sub_key_columns_;  // decoded once a batch
  uint64_t bytes_ = 0;
};

}  // namespace weir::state
