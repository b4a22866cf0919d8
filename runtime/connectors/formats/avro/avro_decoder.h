// Decodes records of Avro into columns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/avro/avro_walker.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors::avro {

// Collects the rows of records, each by the plan of its writer. Used by one thread. Rows are
// appended field by field, without memory of their own: long texts stay where they are.
class AvroRows : private AvroWalker {
 public:
  explicit AvroRows(const std::vector<Type>& columns);

  // Begins a batch; `memory` has the bytes of its records, and is kept alive by its columns.
  void Begin(BufferPtr memory);
  // Appends the row of a record, whose bytes 16 readable ones follow. False where it is bad: then
  // no row was appended, and failure() and column() say why.
  bool Append(const AvroPlan& plan, std::string_view record);
  uint32_t size() const { return rows_; }
  // Takes the last rows away, so that `rows` stay. REQUIRES: there are as many.
  void TruncateTo(uint32_t rows);
  // Whether the batch should end, however few rows it has: its records have so many values that
  // take no bytes (nulls, empty records) that more might fill the memory.
  bool full() const { return empty_in_batch_ >= kFull; }
  // The batch; empty afterwards.
  Batch Finish();

  using AvroWalker::failure;
  const std::string& column() const { return column_; }  // "": the record as a whole

 private:
  static constexpr uint64_t kFull = 1'000'000;

  bool AppendRecord(const AvroRoot& root);
  bool Run(const AvroNode& node, ColumnBuilder& out);
  bool RunNumber(const AvroNode& node, ColumnBuilder& out);
  bool RunNested(const AvroNode& node, ColumnBuilder& out);
  bool AppendTime(const AvroNode& node, ColumnBuilder& out);
  bool AppendDecimal(std::string_view bytes, ColumnBuilder& out);
  bool AppendText(std::string_view text, ColumnBuilder& out);
  bool AppendItems(const AvroNode& node, ColumnBuilder& out);
  bool AppendEntries(const AvroNode& node, ColumnBuilder& out);
  bool ReadEntries(const AvroNode& node, ColumnBuilder& out, const std::vector<bool>& left_out);
  bool AppendConstant(const AvroNode& node, ColumnBuilder& out);

  std::vector<ColumnBuilder> columns_;
  BufferPtr memory_;
  uint32_t rows_ = 0;
  bool copies_ = false;          // texts must be copied, as they are those of a default
  uint64_t empty_in_batch_ = 0;  // those of the earlier records of the batch
  std::vector<StringRef> keys_;
  std::string column_;
};

}  // namespace weir::connectors::avro
