#include "runtime/connectors/filesystem/file_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/connectors/bad_rows.h"
#include "runtime/connectors/filesystem/json_array_stream.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

ColumnPtr MetadataColumn(std::string_view key, const FileInfo& file, const Type& type,
                         uint32_t rows) {
  const size_t slash = file.path.rfind('/');
  if (key == "file.path") return MakeConstantColumn(Value(type, file.path), rows);
  if (key == "file.name") {
    return MakeConstantColumn(
        Value(type, slash == std::string::npos ? file.path : file.path.substr(slash + 1)), rows);
  }
  if (key == "file.size")
    return MakeConstantColumn(Value(type, static_cast<int64_t>(file.bytes)), rows);
  constexpr int64_t kNanosPerMilliToMicros = 1'000'000;
  const int64_t micros = file.modified_nanos / kNanosPerMilliToMicros * 1'000;
  return MakeConstantColumn(Value(type, micros), rows);
}

}  // namespace

FormatSpec FileScan::DecodedSpec() const {
  return {spec.options, columns.record, columns.columns, zone, false, columns.format_metadata};
}

Status FileScan::CheckFormat() const {
  const bool records = format->open_file == nullptr;
  return records ? NewDecoder().status()
                 : format->descriptor->check_record(columns.record, spec.options);
}

Result<std::unique_ptr<Decoder>> FileScan::NewDecoder() const {
  return MakeDecoder(*format, DecodedSpec());
}

Result<std::unique_ptr<ByteStream>> FileReader::OpenStream() const {
  if (followed_ != nullptr) return FollowByteStream(followed_);
  std::unique_ptr<ByteStream> stream = TRY(OpenByteStream(*scan_.files, info_, limit_));
  if (scan_.format != &JsonFormat()) return stream;
  return LinesOfJsonArray(std::move(stream), info_.path);
}

Status FileReader::OpenRows(uint64_t row, uint32_t max_rows, uint64_t limit) {
  RETURN_IF_ERROR(FindPartition());
  offset_ = row;
  Result<std::unique_ptr<FileDecoder>> rows = scan_.format->open_file(
      scan_.DecodedSpec(), {TRY(scan_.files->OpenFound(info_)), std::min(limit, info_.bytes), row},
      max_rows);
  if (!rows.ok()) return std::move(rows).status().WithContext("file '" + info_.path + "'");
  rows_ = std::move(*rows);
  return {};
}

Result<bool> FileReader::NextRows(Batch& out) {
  Batch decoded;
  const Result<bool> found = rows_->Next(decoded);
  if (!found.ok()) return found.status().WithContext("file '" + info_.path + "'");
  offset_ = rows_->row();
  if (*found) out = Assemble(std::move(decoded));
  return *found;
}

Status FileReader::Open(uint64_t offset, uint32_t max_rows, uint64_t limit) {
  if (scan_.format->open_file != nullptr) return OpenRows(offset, max_rows, limit);
  limit_ = limit;
  cutter_ = TRY(scan_.NewDecoder());
  Result<std::unique_ptr<BlockReader>> reader =
      BlockReader::Open(TRY(OpenStream()), info_.path, *cutter_, offset);
  if (!reader.ok()) return std::move(reader).status().WithContext("file '" + info_.path + "'");
  return Begin(std::move(reader).value(), offset, max_rows);
}

Result<bool> FileReader::Follow(std::shared_ptr<const ReadableFile> file, uint64_t offset,
                                uint32_t max_rows, bool ended) {
  followed_ = std::move(file);
  threads_ = 1;
  cutter_ = TRY(scan_.NewDecoder());
  Result<std::unique_ptr<BlockReader>> reader =
      ended ? BlockReader::Open(TRY(OpenStream()), info_.path, *cutter_, offset)
            : BlockReader::Follow(TRY(OpenStream()), info_.path, *cutter_, offset);
  if (!reader.ok()) return std::move(reader).status().WithContext("file '" + info_.path + "'");
  if (*reader == nullptr) return false;
  RETURN_IF_ERROR(Begin(std::move(reader).value(), offset, max_rows));
  return true;
}

Status FileReader::Begin(std::unique_ptr<BlockReader> reader, uint64_t offset, uint32_t max_rows) {
  RETURN_IF_ERROR(FindPartition());
  reader_ = std::move(reader);
  offset_ = std::max(offset, reader_->start());
  const uint32_t threads = info_.bytes >= kParallelBytes ? threads_ : 1;
  std::vector<std::unique_ptr<Decoder>> decoders;
  for (uint32_t i = 0; i < threads; ++i) {
    decoders.push_back(TRY(scan_.NewDecoder()));
    RETURN_IF_ERROR(TeachPrologue(*decoders.back()));
  }
  ahead_ = MakeDecodeAhead(*reader_, std::move(decoders),
                           {max_rows, ReportsBadRecords(scan_.spec.options)});
  return {};
}

Result<bool> FileReader::Next(Batch& out) {
  if (rows_ != nullptr) return NextRows(out);
  for (;;) {
    while (next_ < block_.batches.size()) {
      if (block_.batches[next_].taken && scan_.spec.reports_bad) {
        out = TakeBadRecords();
        return true;
      }
      DecodedBatch& piece = block_.batches[next_++];
      offset_ = piece.end_offset;
      skipped_ += piece.skipped;
      if (piece.batch.empty()) continue;
      out = Assemble(std::move(piece.batch));
      return true;
    }
    if (!block_.status.ok()) return DecodingError();
    std::optional<DecodedBlock> block = TRY(ahead_->Next());
    if (!block) return false;
    block_ = std::move(*block);
    next_ = 0;
  }
}

Status FileReader::TeachPrologue(Decoder& decoder) {
  return BlockReader::Open(TRY(OpenStream()), info_.path, decoder, 0).status();
}

Batch FileReader::TakeBadRecords() {
  if (lines_ == nullptr) lines_ = std::make_unique<LineCounter>(*scan_.files, info_.path);
  std::vector<BadRow> rows;
  while (next_ < block_.batches.size() && block_.batches[next_].taken) {
    DecodedBatch& piece = block_.batches[next_++];
    offset_ = piece.end_offset;
    skipped_ += piece.skipped;
    const Result<uint64_t> line = lines_->LineOf(piece.taken->offset);
    rows.push_back({std::move(piece.taken->raw), PlaceInFile(line, piece.taken->offset),
                    std::move(piece.taken->column), std::move(piece.taken->message)});
  }
  return MakeBadRows(scan_.spec, rows);
}

std::string FileReader::PlaceInFile(const Result<uint64_t>& line, uint64_t offset) const {
  return fmt::format("file '{}', line {}, byte {}", info_.path,
                     line.ok() ? std::to_string(*line) : "?", offset);
}

Batch FileReader::Assemble(Batch decoded) const {
  Batch rows = ArrangeColumns(scan_.columns, std::move(decoded), [this](int place, uint32_t count) {
    const auto column = static_cast<size_t>(scan_.spec.columns[static_cast<size_t>(place)]);
    const std::string& key = scan_.spec.metadata_keys[column];
    if (key.empty()) return MakeConstantColumn(partition_.at(static_cast<int>(column)), count);
    return MetadataColumn(key, info_, scan_.spec.table_schema.fields[column].type, count);
  });
  if (scan_.spec.reports_bad) AddNoBadRecord(rows);
  return rows;
}

// Finds the values of the partition columns that the scan returns, by column of the table.
Status FileReader::FindPartition() {
  const std::vector<std::string>& keys = scan_.spec.partition_keys;
  if (keys.empty()) return {};
  const auto names = PartitionNamesOf(info_.path, scan_.root, keys);
  for (const int place : scan_.columns.others) {
    const int column = scan_.spec.columns[static_cast<size_t>(place)];
    const Field& field = scan_.spec.table_schema.fields[static_cast<size_t>(column)];
    if (!scan_.spec.metadata_keys[static_cast<size_t>(column)].empty()) continue;
    const auto key = std::find(keys.begin(), keys.end(), field.name);
    const std::string& name = names.value()[static_cast<size_t>(key - keys.begin())];
    Result<Value> value = PartitionValue(name, field.type, scan_.default_partition);
    if (!value.ok()) return std::move(value).status().WithContext("file '" + info_.path + "'");
    if (value->is_null() && !field.type.nullable()) {
      return Status::DataError(fmt::format("NULL in a NOT NULL column: '{}', partition of file "
                                           "'{}'",
                                           field.name, info_.path))
          .WithId("E3004");
    }
    partition_.insert_or_assign(column, std::move(*value));
  }
  return {};
}

Status FileReader::DecodingError() const {
  if (!IsFaultOfRecord(block_.status) && !DefectPlanted("memory-is-a-bad-record")) {
    Status failure = block_.status;
    return std::move(failure).WithContext(fmt::format("file '{}'", info_.path));
  }
  const Result<uint64_t> line = LineOfOffset(*scan_.files, info_.path, block_.bad_offset);
  const graph::FormatDescriptor& format = *scan_.format->descriptor;
  const bool may_be_header = !block_.bad.column.empty() && line.ok() && *line == 1 &&
                             format.finds_by_name != nullptr &&
                             !format.finds_by_name(scan_.spec.options);
  const std::string header =
      may_be_header
          ? fmt::format("where the first line has the names of the columns, '{}.header' = 'true'; ",
                        format.name)
          : "";
  return Status::DataError(fmt::format("{}{}: {}", PlaceInFile(line, block_.bad_offset),
                                       block_.bad.column.empty()
                                           ? ""
                                           : fmt::format(", column \"{}\"", block_.bad.column),
                                       block_.status.message()))
      .WithId("E3005")
      .WithHint(header + HintOnBadRecords(*scan_.format));
}

}  // namespace weir::connectors
