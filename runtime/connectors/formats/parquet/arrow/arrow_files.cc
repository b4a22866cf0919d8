// The module libweir_parquet.so, and the only place that includes Arrow's headers.
#include "runtime/connectors/formats/parquet/arrow_files.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/config.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

namespace weir::connectors::parquet {
namespace {

// The most memory that a reader takes: a damaged file may claim any size of a page.
constexpr int64_t kMostReaderBytes = int64_t{2} << 30;
// That a batch should not exceed, as values are in the file.
constexpr int64_t kBatchBytes = 64 << 20;
// Of each column that is read, as it comes from the file.
constexpr int64_t kColumnBufferBytes = 128 << 10;
// A page's header and a footer say how long lists and texts within them are. Footers of wide tables
// are large; these are as much as a file of 2 GiB could have.
constexpr int32_t kMostFooterText = 64 << 20;
constexpr int32_t kMostFooterEntries = 8 << 20;

Fault FaultOf(const arrow::Status& status) {
  if (status.ok()) return {};
  const Fault::Kind kind = status.IsOutOfMemory() ? Fault::Kind::kMemory : Fault::Kind::kData;
  std::string reason = status.message();
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return {kind, std::move(reason)};
}

// Calls what may throw; Arrow's layer over Parquet catches most, but not all.
template <typename Call>
Fault Guarded(const Call& call) {
  try {
    return FaultOf(call());
  } catch (const std::bad_alloc&) {
    return {Fault::Kind::kMemory, "out of memory"};
  } catch (const std::exception& error) {
    return {Fault::Kind::kData, error.what()};
  }
}

// A file of the engine's as Arrow reads one.
class EngineFile final : public arrow::io::RandomAccessFile {
 public:
  explicit EngineFile(FileBytes* bytes) : bytes_(bytes) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return at_; }
  arrow::Result<int64_t> GetSize() override { return bytes_->size(); }
  arrow::Status Seek(int64_t position) override {
    at_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(at_, bytes, out));
    at_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, bytes));
    at_ += buffer->size();
    return buffer;
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    if (position < 0 || bytes < 0) return arrow::Status::Invalid("a place outside of the file");
    const int64_t read = bytes_->Read(position, bytes, out);
    if (read < 0) return arrow::Status::IOError("the file cannot be read");
    return read;
  }
  // What is behind the end is not allocated, whatever a damaged file claims.
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    if (position < 0 || bytes < 0 || position > bytes_->size())
      return arrow::Status::Invalid("a place outside of the file");
    bytes = std::min(bytes, bytes_->size() - position);
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::ResizableBuffer> buffer,
                          arrow::AllocateResizableBuffer(bytes, arrow::system_memory_pool()));
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position, bytes, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return buffer;
  }

 private:
  FileBytes* const bytes_;
  int64_t at_ = 0;
  bool closed_ = false;
};

class Reader final : public ArrowReader {
 public:
  explicit Reader(Int96Unit unit) : properties_(/*use_threads=*/false) {
    properties_.set_pre_buffer(false);
    properties_.set_coerce_int96_timestamp_unit(unit == Int96Unit::kMicros ? arrow::TimeUnit::MICRO
                                                                           : arrow::TimeUnit::NANO);
  }

  arrow::Status Open(FileBytes* bytes) {
    ::parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();
    properties.set_buffer_size(kColumnBufferBytes);
    properties.set_page_checksum_verification(true);
    properties.set_thrift_string_size_limit(kMostFooterText);
    properties.set_thrift_container_size_limit(kMostFooterEntries);
    auto raw = ::parquet::ParquetFileReader::Open(std::make_shared<EngineFile>(bytes), properties);
    metadata_ = raw->metadata();
    // Arrow's own note on how its types were before they were written would bring dictionaries,
    // views and types of its own back; Parquet's types say all that SQL knows.
    if (metadata_->key_value_metadata() != nullptr) {
      std::const_pointer_cast<arrow::KeyValueMetadata>(metadata_->key_value_metadata())
          ->Delete("ARROW:schema")
          .ok();
    }
    raw_ = std::move(raw);
    int64_t rows = 0;
    for (int group = 0; group < metadata_->num_row_groups(); ++group) {
      const int64_t has = metadata_->RowGroup(group)->num_rows();
      if (has < 0 || has > std::numeric_limits<int64_t>::max() - rows)
        return arrow::Status::Invalid("a row group claims ", has, " rows");
      rows += has;
      group_rows_.push_back(has);
    }
    return MakeFile();
  }

  Fault Schema(ArrowSchema* out) override {
    return Guarded([&]() -> arrow::Status {
      std::shared_ptr<arrow::Schema> schema;
      ARROW_RETURN_NOT_OK(file_->GetSchema(&schema));
      return arrow::ExportSchema(*schema, out);
    });
  }

  std::vector<bool> Int96Leaves() const override {
    std::vector<bool> leaves;
    const ::parquet::SchemaDescriptor& schema = *metadata_->schema();
    for (int i = 0; i < schema.num_columns(); ++i)
      leaves.push_back(schema.Column(i)->physical_type() == ::parquet::Type::INT96);
    return leaves;
  }

  std::vector<int64_t> GroupRows() const override { return group_rows_; }

  Fault Select(const std::vector<int>& leaves, int64_t first_row, int64_t max_rows) override {
    return Guarded([&]() -> arrow::Status {
      std::vector<int> groups;
      skip_ = first_row;
      left_ = 0;
      for (size_t group = 0; group < group_rows_.size(); ++group) {
        if (groups.empty() && skip_ >= group_rows_[group]) {
          skip_ -= group_rows_[group];
          continue;
        }
        groups.push_back(static_cast<int>(group));
        left_ += group_rows_[group];
      }
      file_->set_batch_size(std::min(max_rows, RowsOfBatch(leaves)));
      ARROW_ASSIGN_OR_RAISE(batches_, file_->GetRecordBatchReader(groups, leaves));
      return arrow::Status::OK();
    });
  }

  Fault SelectedSchema(ArrowSchema* out) override {
    return Guarded([&] { return arrow::ExportSchema(*batches_->schema(), out); });
  }

  Fault Next(ArrowArray* out) override {
    out->release = nullptr;
    return Guarded([&]() -> arrow::Status {
      std::shared_ptr<arrow::RecordBatch> batch;
      for (;;) {
        ARROW_RETURN_NOT_OK(batches_->ReadNext(&batch));
        if (batch == nullptr) break;
        left_ -= batch->num_rows();
        if (skip_ < batch->num_rows()) break;
        skip_ -= batch->num_rows();
      }
      if (left_ < 0 || (batch == nullptr && left_ > 0))
        return arrow::Status::Invalid("it has another number of rows than its footer says");
      if (batch == nullptr) return arrow::Status::OK();
      if (skip_ > 0) batch = batch->Slice(std::exchange(skip_, 0));
      ARROW_RETURN_NOT_OK(batch->Validate());
      return arrow::ExportRecordBatch(*batch, out);
    });
  }

 private:
  // So many rows that a batch of the row group with the widest ones stays small.
  int64_t RowsOfBatch(const std::vector<int>& leaves) const {
    int64_t widest = 1;
    for (size_t group = 0; group < group_rows_.size(); ++group) {
      const auto metadata = metadata_->RowGroup(static_cast<int>(group));
      int64_t bytes = 0;
      for (const int leaf : leaves)
        bytes += std::clamp<int64_t>(metadata->ColumnChunk(leaf)->total_uncompressed_size(), 0,
                                     kMostReaderBytes);
      widest = std::max(widest, bytes / std::max<int64_t>(group_rows_[group], 1));
    }
    return std::max<int64_t>(kBatchBytes / widest, 1);
  }

  arrow::Status MakeFile() {
    ARROW_ASSIGN_OR_RAISE(file_,
                          ::parquet::arrow::FileReader::Make(&pool_, std::move(raw_), properties_));
    return arrow::Status::OK();
  }

  arrow::ProxyMemoryPool counted_{arrow::system_memory_pool()};
  arrow::CappedMemoryPool pool_{&counted_, kMostReaderBytes};
  ::parquet::ArrowReaderProperties properties_;
  std::shared_ptr<::parquet::FileMetaData> metadata_;
  std::unique_ptr<::parquet::ParquetFileReader> raw_;
  std::unique_ptr<::parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::vector<int64_t> group_rows_;
  int64_t skip_ = 0;  // rows of the next batches that lie before the one to begin with
  int64_t left_ = 0;  // rows that the selected row groups still have, by the footer
};

Fault OpenReader(FileBytes* bytes, Int96Unit unit, std::unique_ptr<ArrowReader>& out) {
  return Guarded([&]() -> arrow::Status {
    auto reader = std::make_unique<Reader>(unit);
    ARROW_RETURN_NOT_OK(reader->Open(bytes));
    out = std::move(reader);
    return arrow::Status::OK();
  });
}

// Collects what Arrow writes until the engine takes it.
class CollectedBytes final : public arrow::io::OutputStream {
 public:
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return taken_ + Size(); }
  arrow::Status Write(const void* data, int64_t bytes) override {
    bytes_.append(static_cast<const char*>(data), static_cast<size_t>(bytes));
    return arrow::Status::OK();
  }
  void TakeInto(std::string& out) {
    taken_ += Size();
    out += bytes_;
    bytes_.clear();
  }
  int64_t Size() const { return static_cast<int64_t>(bytes_.size()); }

 private:
  std::string bytes_;
  int64_t taken_ = 0;
  bool closed_ = false;
};

class Writer final : public ArrowWriter {
 public:
  arrow::Status Open(ArrowSchema* schema, const WriterSettings& settings) {
    ARROW_ASSIGN_OR_RAISE(schema_, arrow::ImportSchema(schema));
    row_group_bytes_ = settings.row_group_bytes;
    ARROW_ASSIGN_OR_RAISE(const arrow::Compression::type codec,
                          arrow::util::Codec::GetCompressionType(settings.codec));
    if (codec != arrow::Compression::UNCOMPRESSED && !arrow::util::Codec::IsAvailable(codec))
      return arrow::Status::NotImplemented("Arrow was built without ", settings.codec);
    ::parquet::WriterProperties::Builder properties;
    properties.memory_pool(&pool_);
    properties.compression(codec);
    properties.data_pagesize(settings.page_bytes);
    properties.dictionary_pagesize_limit(settings.dictionary_bytes);
    properties.data_page_version(settings.version_2 ? ::parquet::ParquetDataPageVersion::V2
                                                    : ::parquet::ParquetDataPageVersion::V1);
    properties.enable_page_checksum();
    properties.max_row_group_length(std::numeric_limits<int64_t>::max());
    if (!settings.dictionary) properties.disable_dictionary();
    ::parquet::ArrowWriterProperties::Builder of_arrow;
    of_arrow.set_use_threads(false);
    of_arrow.set_time_adjusted_to_utc(true);  // else TIME has no name that older readers know
    if (settings.int96) of_arrow.enable_deprecated_int96_timestamps();
    ARROW_ASSIGN_OR_RAISE(
        file_, ::parquet::arrow::FileWriter::Open(*schema_, &pool_, sink_, properties.build(),
                                                  of_arrow.build()));
    return arrow::Status::OK();
  }

  Fault Write(ArrowArray* batch, int64_t most_bytes, std::string& out) override {
    return Guarded([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(const auto rows, arrow::ImportRecordBatch(batch, schema_));
      if (held_bytes() >= std::min(most_bytes, row_group_bytes_)) full_ = true;
      // Not before there are rows for it: one without any would end the file.
      if (full_) ARROW_RETURN_NOT_OK(file_->NewBufferedRowGroup());
      full_ = false;
      ARROW_RETURN_NOT_OK(file_->WriteRecordBatch(*rows));
      sink_->TakeInto(out);
      return arrow::Status::OK();
    });
  }

  Fault Finish(std::string& out) override {
    return Guarded([&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(file_->Close());
      sink_->TakeInto(out);
      return arrow::Status::OK();
    });
  }

  int64_t held_bytes() const override { return pool_.bytes_allocated(); }

 private:
  arrow::ProxyMemoryPool pool_{arrow::system_memory_pool()};
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<CollectedBytes> sink_ = std::make_shared<CollectedBytes>();
  std::unique_ptr<::parquet::arrow::FileWriter> file_;
  int64_t row_group_bytes_ = 0;
  bool full_ = true;  // the row group; or there is none yet
};

Fault MakeWriter(ArrowSchema* schema, const WriterSettings& settings,
                 std::unique_ptr<ArrowWriter>& out) {
  return Guarded([&]() -> arrow::Status {
    auto writer = std::make_unique<Writer>();
    ARROW_RETURN_NOT_OK(writer->Open(schema, settings));
    out = std::move(writer);
    return arrow::Status::OK();
  });
}

}  // namespace
}  // namespace weir::connectors::parquet

extern "C" __attribute__((visibility("default")))
const weir::connectors::parquet::ArrowFiles weir_arrow_files;
const weir::connectors::parquet::ArrowFiles weir_arrow_files = {
    weir::connectors::parquet::kArrowFilesVersion, ARROW_VERSION_STRING,
    weir::connectors::parquet::OpenReader, weir::connectors::parquet::MakeWriter};
