#include "runtime/connectors/formats/parquet/parquet_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/arrow/column_reader.h"
#include "runtime/arrow/owned_arrow.h"
#include "runtime/connectors/formats/parquet/arrow_module.h"
#include "runtime/connectors/formats/parquet/read_plan.h"
#include "runtime/fault_point.h"
#include "runtime/types/not_null.h"

namespace weir::connectors::parquet {
namespace {

using arrow::ArrowTypeText;
using arrow::ColumnReader;
using arrow::OwnedArrow;
using arrow::ReadNode;
using arrow::SqlTypeOf;

// What Arrow reads of a file, and the failure of the file system that it does not understand.
class ReadBytes final : public FileBytes {
 public:
  ReadBytes(std::shared_ptr<const ReadableFile> file, uint64_t size)
      : file_(std::move(file)), size_(size) {}

  int64_t size() const override { return static_cast<int64_t>(size_); }
  int64_t Read(int64_t offset, int64_t bytes, void* out) override {
    const auto begin = static_cast<uint64_t>(offset);
    if (begin >= size_) return 0;
    const uint64_t most = std::min(static_cast<uint64_t>(bytes), size_ - begin);
    const Result<size_t> read = file_->Read(begin, most, static_cast<char*>(out));
    if (!read.ok()) {
      failure_ = read.status();
      return -1;
    }
    read_ += *read;
    return static_cast<int64_t>(*read);
  }
  const Status& failure() const { return failure_; }
  // How many bytes were read so far, for progress; never more than the file has.
  uint64_t bytes_read() const { return std::min(read_, size_); }

 private:
  const std::shared_ptr<const ReadableFile> file_;
  const uint64_t size_;
  uint64_t read_ = 0;
  Status failure_;
};

// What a fault of the module means.
Status StatusOf(const Fault& fault, const ReadBytes& bytes) {
  if (fault.none()) return {};
  if (!bytes.failure().ok()) return bytes.failure();
  if (fault.kind == Fault::Kind::kMemory) {
    return Status::DataError(fmt::format("reading it takes too much memory, so that it may be "
                                         "damaged: {}",
                                         fault.reason))
        .WithId("E3005");
  }
  return Status::DataError(fmt::format("it is no file of Parquet, or damaged: {}", fault.reason))
      .WithId("E3005");
}

// One pass of Arrow's over a file.
struct Pass {
  std::unique_ptr<ArrowReader> reader;
  OwnedArrow<ArrowArray> batch;
};

class ParquetDecoder final : public FileDecoder {
 public:
  ParquetDecoder(ReadSettings settings, FileToDecode file)
      : settings_(std::move(settings)),
        bytes_(std::move(file.file), file.bytes),
        columns_(settings_.zone),
        row_(file.first_row) {}

  Status Open(const FormatSpec& spec) {
    for (const int column : spec.columns)
      wanted_.push_back(spec.record.fields[static_cast<size_t>(column)]);
    const ArrowFiles* const arrow = TRY(LoadArrowFiles());
    RETURN_IF_ERROR(Check(arrow->open(&bytes_, Int96Unit::kMicros, micros_.reader)));
    OwnedArrow<ArrowSchema> schema;
    RETURN_IF_ERROR(Check(micros_.reader->Schema(schema.Fill())));
    const std::vector<bool> int96 = micros_.reader->Int96Leaves();
    const ReadPlan whole = TRY(PlanRead(*schema, int96, wanted_));
    rows_ = 0;
    for (const int64_t group : micros_.reader->GroupRows()) rows_ += static_cast<uint64_t>(group);
    counts_only_ = whole.leaves.empty();
    if (counts_only_ || row_ >= rows_) {
      plan_ = {};
      return {};
    }
    RETURN_IF_ERROR(Select(micros_, whole.leaves));
    // Of what is read Arrow gives what is selected, whose numbers are others than in the file.
    RETURN_IF_ERROR(Check(micros_.reader->SelectedSchema(schema.Fill())));
    std::vector<bool> selected;
    for (const int leaf : whole.leaves) selected.push_back(int96[static_cast<size_t>(leaf)]);
    plan_ = TRY(PlanRead(*schema, selected, wanted_));
    if (!plan_.nanos) return {};
    RETURN_IF_ERROR(Check(arrow->open(&bytes_, Int96Unit::kNanos, nanos_.reader)));
    return Select(nanos_, whole.leaves);
  }

  Result<bool> Next(Batch& out) override {
    if (row_ >= rows_) return false;
    if (counts_only_) {
      const uint64_t count = std::min<uint64_t>(rows_ - row_, settings_.most_rows);
      return Take(NullColumns(static_cast<uint32_t>(count)), out);
    }
    RETURN_IF_ERROR(Check(micros_.reader->Next(micros_.batch.Fill())));
    if (micros_.batch.empty()) return false;
    if (nanos_.reader != nullptr) {
      RETURN_IF_ERROR(Check(nanos_.reader->Next(nanos_.batch.Fill())));
      if (nanos_.batch.empty() || nanos_.batch->length != micros_.batch->length)
        return Status::Internal("two readings of a file of Parquet give batches of other lengths");
    }
    Batch read;
    read.row_count = static_cast<uint32_t>(micros_.batch->length);
    for (const ReadNode& node : plan_.columns) read.columns.push_back(TRY(ColumnOf(node, read)));
    micros_.batch.Reset();
    nanos_.batch.Reset();
    return Take(std::move(read), out);
  }

  uint64_t row() const override { return row_; }
  uint64_t bytes_read() const override { return bytes_.bytes_read(); }

 private:
  Status Check(const Fault& fault) const { return StatusOf(fault, bytes_); }

  Status Select(Pass& pass, const std::vector<int>& leaves) const {
    return Check(pass.reader->Select(leaves, static_cast<int64_t>(row_), settings_.most_rows));
  }

  // What all rows of a file are that has none of the columns.
  Batch NullColumns(uint32_t count) const {
    Batch batch;
    batch.row_count = count;
    for (const Field& field : wanted_) batch.columns.push_back(Column::MakeNull(field.type, count));
    return batch;
  }

  Result<ColumnPtr> ColumnOf(const ReadNode& node, const Batch& batch) {
    if (node.child < 0) return Column::MakeNull(node.type, batch.row_count);
    const ArrowArray* nanos = nanos_.batch.empty() ? nullptr : nanos_.batch->children[node.child];
    Result<ColumnPtr> column = columns_.Read(node, *micros_.batch->children[node.child], nanos);
    if (!column.ok()) {
      return std::move(column).status().WithContext(
          fmt::format("rows {} to {}", row_ + 1, row_ + batch.row_count));
    }
    if (HasNotNull(node.type) && MayLackValues(**column))
      RETURN_IF_ERROR(CheckNotNull(node, **column));
    return column;
  }

  Status CheckNotNull(const ReadNode& node, const Column& column) const {
    for (uint32_t row = 0; row < column.length(); ++row) {
      if (!LacksValue(column, row)) continue;
      return Status::DataError(fmt::format("row {}, column \"{}\": {}", row_ + row + 1, node.path,
                                           WhatLacks(column, row, node.path)))
          .WithId("E3005");
    }
    return {};
  }

  bool Take(Batch read, Batch& out) {
    row_ += read.row_count;
    out = std::move(read);
    return true;
  }

  const ReadSettings settings_;
  std::vector<Field> wanted_;
  ReadBytes bytes_;
  ColumnReader columns_;
  Pass micros_;
  Pass nanos_;  // without a reader unless nanoseconds of an INT96 are read
  ReadPlan plan_;
  bool counts_only_ = false;  // no column that is read is in the file
  uint64_t rows_ = 0;         // of the file
  uint64_t row_;              // the next one
};

}  // namespace

Result<std::unique_ptr<FileDecoder>> OpenParquet(const FormatSpec& spec,
                                                 const ReadSettings& settings, FileToDecode file) {
  auto decoder = std::make_unique<ParquetDecoder>(settings, std::move(file));
  RETURN_IF_ERROR(decoder->Open(spec));
  return std::unique_ptr<FileDecoder>(std::move(decoder));
}

Result<Schema> ParquetColumns(FileSystem& files, const FileInfo& file) {
  const ArrowFiles* const arrow = TRY(LoadArrowFiles());
  ReadBytes bytes(TRY(files.Open(file.path)), file.bytes);
  std::unique_ptr<ArrowReader> reader;
  RETURN_IF_ERROR(StatusOf(arrow->open(&bytes, Int96Unit::kMicros, reader), bytes));
  OwnedArrow<ArrowSchema> schema;
  RETURN_IF_ERROR(StatusOf(reader->Schema(schema.Fill()), bytes));
  Schema columns;
  for (int64_t i = 0; i < schema->n_children; ++i) {
    const ArrowSchema& child = *schema->children[i];
    const std::optional<Type> type = SqlTypeOf(child);
    if (!type) {
      return Status::DataError(fmt::format("column \"{}\" is {}, of which there is no type here",
                                           child.name, ArrowTypeText(child)))
          .WithId("E3005")
          .WithHint("CREATE TABLE … WITH ('connector' = 'filesystem', …) with the other columns");
    }
    columns.fields.push_back({child.name, *type});
  }
  return columns;
}

}  // namespace weir::connectors::parquet
