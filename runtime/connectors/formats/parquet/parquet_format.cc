// Files of Apache Parquet: Flink's format parquet. Arrow's library reads and writes them, in a
// module of its own that a weir can be without.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/arrow/column_writer.h"
#include "runtime/arrow/owned_arrow.h"
#include "runtime/base/names.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/parquet/arrow_module.h"
#include "runtime/connectors/formats/parquet/parquet_reader.h"
#include "runtime/connectors/formats/parquet/writable.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionEffect::kAccess;

constexpr std::string_view kUtc = "utc-timezone";
constexpr std::string_view kTimeUnit = "timestamp.time.unit";
constexpr std::string_view kInt64 = "write.int64.timestamp";
constexpr std::string_view kBatchSize = "batch-size";
constexpr std::string_view kCodec = "compression";
constexpr std::string_view kBlockSize = "block.size";
constexpr std::string_view kPageSize = "page.size";
constexpr std::string_view kDictionaryPageSize = "dictionary.page.size";
constexpr std::string_view kDictionary = "enable.dictionary";
constexpr std::string_view kVersion = "writer.version";

// Those of Flink's "Parquet Format", then those of Hadoop's ParquetOutputFormat that mean something
// here.
constexpr std::array kParquetOptions = {
    OptionDescriptor{kUtc, OptionKind::kBoolean, "false", "", false,
                     "Instants in files are local times of UTC, else of the session's zone."},
    OptionDescriptor{kTimeUnit, OptionKind::kEnum, "micros", "nanos|micros|millis", false,
                     "The unit of times that are written as 64 bits.", kAccess},
    OptionDescriptor{kInt64, OptionKind::kBoolean, "false", "", false,
                     "Times are written as 64 bits, as they are; else as INT96, as instants.",
                     kAccess},
    OptionDescriptor{kBatchSize, OptionKind::kInteger, "", "", false,
                     "The most rows that are read at once; never more than 'pipeline.batch-size'.",
                     kAccess},
    OptionDescriptor{kCodec, OptionKind::kEnum, "snappy",
                     "uncompressed|snappy|gzip|brotli|lz4|lz4_raw|zstd", false,
                     "How pages are compressed.", kAccess},
    OptionDescriptor{kBlockSize, OptionKind::kMemorySize, "128 mb", "", false,
                     "A row group ends when it takes so much memory, or earlier where many files "
                     "are open.",
                     kAccess},
    OptionDescriptor{kPageSize, OptionKind::kMemorySize, "1 mb", "", false,
                     "A page ends when it has so many bytes, before they are compressed.", kAccess},
    OptionDescriptor{kDictionaryPageSize, OptionKind::kMemorySize, "1 mb", "", false,
                     "A column whose dictionary is larger goes on without one.", kAccess},
    OptionDescriptor{kDictionary, OptionKind::kBoolean, "true", "", false,
                     "Values are written as numbers of a dictionary's while that is small.",
                     kAccess},
    OptionDescriptor{kVersion, OptionKind::kEnum, "PARQUET_1_0", "PARQUET_1_0|PARQUET_2_0", false,
                     "The version of data pages.", kAccess},
};

Status CheckParquet(const Schema& schema, const graph::TableOptions& options);
Status CheckParquetRecord(const Schema& record, const graph::TableOptions& options);

const graph::FormatDescriptor kParquetDescriptor = {
    .name = "parquet",
    .doc = "Files of Apache Parquet, where weir was built with Apache Arrow.",
    .decodes = true,
    .encodes = true,
    .names_columns = true,
    .options = kParquetOptions,
    .check = CheckParquet,
    .check_record = CheckParquetRecord,
};

Status CheckParquet(const Schema&, const graph::TableOptions& given) {
  const graph::TypedOptions options(kParquetDescriptor, given);
  for (const std::string_view key : {kBlockSize, kPageSize, kDictionaryPageSize, kBatchSize}) {
    if (!options.Has(key)) continue;
    const int64_t value = TRY(key == kBatchSize ? options.Integer(key) : options.Bytes(key));
    if (value > 0 && value < int64_t{1} << 31) continue;
    return Status::InvalidSql(fmt::format("option 'parquet.{}' must be from 1 to 2^31 - 1", key))
        .WithId("E2008");
  }
  return {};
}

Status CheckParquetRecord(const Schema& record, const graph::TableOptions&) {
  RETURN_IF_ERROR(parquet::CheckWritable(record));
  return parquet::LoadArrowFiles().status();
}

TimeZone ZoneOfInstants(const FormatSpec& spec, const graph::TypedOptions& options) {
  return options.Flag(kUtc) ? TimeZone::Utc() : spec.zone;
}

Result<std::unique_ptr<FileDecoder>> OpenParquetFile(const FormatSpec& spec, FileToDecode file,
                                                     uint32_t max_rows) {
  const graph::TypedOptions options(kParquetDescriptor, spec.options);
  if (options.Has(kBatchSize)) {
    const auto most = static_cast<uint32_t>(TRY(options.Integer(kBatchSize)));
    max_rows = std::min(max_rows, most);
  }
  return parquet::OpenParquet(spec, {ZoneOfInstants(spec, options), max_rows}, std::move(file));
}

class ParquetEncoder final : public Encoder {
 public:
  ParquetEncoder(Schema columns, arrow::ArrayLayout layout)
      : columns_(std::move(columns)), layout_(std::move(layout)) {}

  Status Open(const parquet::WriterSettings& settings) {
    const parquet::ArrowFiles* const arrow = TRY(parquet::LoadArrowFiles());
    arrow::OwnedArrow<ArrowSchema> schema;
    arrow::MakeArrowSchema(columns_, layout_, schema.Fill());
    return StatusOfWriting(arrow->make_writer(schema.get(), settings, writer_));
  }

  Status Append(const Batch& batch, std::string& out) override {
    arrow::OwnedArrow<ArrowArray> rows;
    Status made = arrow::MakeArrowBatch(columns_, layout_, batch, rows.Fill());
    if (!made.ok()) return std::move(made).WithContext(kNotWritten);
    return StatusOfWriting(writer_->Write(rows.get(), most_bytes_, out));
  }
  Status Finish(std::string& out) override { return StatusOfWriting(writer_->Finish(out)); }
  void KeepAtMost(uint64_t bytes) override { most_bytes_ = static_cast<int64_t>(bytes); }

 private:
  static constexpr std::string_view kNotWritten = "rows cannot be written as Parquet";

  // Nothing but Arrow itself and its memory can fail: what is written is in memory.
  static Status StatusOfWriting(const parquet::Fault& fault) {
    if (fault.none()) return {};
    return Status::DataError(fmt::format("{}: {}", kNotWritten, fault.reason)).WithId("E3001");
  }

  const Schema columns_;
  const arrow::ArrayLayout layout_;
  std::unique_ptr<parquet::ArrowWriter> writer_;
  int64_t most_bytes_ = int64_t{1} << 31;
};

int DigitsOfUnit(const graph::TypedOptions& options) {
  return options.Is(kTimeUnit, "nanos") ? 9 : options.Is(kTimeUnit, "micros") ? 6 : 3;
}

// The name of the codec as Arrow has it. Parquet's older LZ4 is Hadoop's.
std::string CodecOf(const graph::TypedOptions& options) {
  for (const std::string_view same : {"uncompressed", "snappy", "gzip", "brotli", "lz4_raw"})
    if (options.Is(kCodec, same)) return std::string(same);
  return options.Is(kCodec, "zstd") ? "zstd" : "lz4_hadoop";
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Encoder>> MakeParquetEncoder(FormatSpec spec) {
  RETURN_IF_ERROR(parquet::CheckWritable(spec.record));
  const graph::TypedOptions options(kParquetDescriptor, spec.options);
  parquet::WriterSettings settings;
  settings.codec = CodecOf(options);
  settings.int96 = !options.Flag(kInt64);
  settings.dictionary = options.Flag(kDictionary);
  settings.version_2 = options.Is(kVersion, "PARQUET_2_0");
  settings.row_group_bytes = TRY(options.Bytes(kBlockSize));
  settings.page_bytes = TRY(options.Bytes(kPageSize));
  settings.dictionary_bytes = TRY(options.Bytes(kDictionaryPageSize));
  arrow::ArrayLayout layout{settings.int96, DigitsOfUnit(options), ZoneOfInstants(spec, options)};
  auto encoder = std::make_unique<ParquetEncoder>(spec.record, std::move(layout));
  RETURN_IF_ERROR(encoder->Open(settings));
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace

const Format& ParquetFormat() {
  static const Format format = {
      &kParquetDescriptor,   nullptr,         MakeParquetEncoder, nullptr, nullptr,
      /*whole_types=*/false, OpenParquetFile,
      /*file_end=*/"PAR1"};
  return format;
}

}  // namespace weir::connectors
