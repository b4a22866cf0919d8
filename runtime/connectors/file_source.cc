// The filesystem connector's source: every file is a partition. Bounded, or unbounded with
// 'source.monitor-interval': then a file that appears is read once, whole, whatever its
// modification time. With 'source.time-domain' = 'table' all files are one partition, in order of
// modification time and name.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/connectors/block_reader.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/decode_ahead.h"
#include "runtime/connectors/file_names.h"
#include "runtime/connectors/partition_path.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {
namespace {

// Smaller files are not worth threads of their own.
constexpr uint64_t kParallelBytes = uint64_t{8} << 20;
constexpr std::string_view kTableSplit = "table";

// "v1 offset=123" or, where one split holds several files, "v1 offset=123 file=path".
struct FilePosition {
  uint64_t offset = 0;
  std::string file;

  std::string ToString() const {
    return fmt::format("v1 offset={}{}{}", offset, file.empty() ? "" : " file=", file);
  }
  static Result<FilePosition> Parse(std::string_view text) {
    FilePosition position;
    if (text.empty()) return position;
    constexpr std::string_view kPrefix = "v1 offset=";
    if (!text.starts_with(kPrefix)) {
      return Status::Corruption(fmt::format("position '{}' of a file is not understood", text));
    }
    text.remove_prefix(kPrefix.size());
    const size_t file = text.find(" file=");
    position.offset = static_cast<uint64_t>(TRY(graph::ParseInteger(text.substr(0, file))));
    if (file != std::string_view::npos) position.file = text.substr(file + 6);
    return position;
  }
};

// What all readers of one scan share.
struct FileScan {
  graph::ScanSpec spec;
  ScanColumns columns;
  const Format* format = nullptr;
  TimeZone zone;
  FileSystem* files = nullptr;
  std::string root;               // of the directories of partitions
  std::string default_partition;  // the name that stands for NULL

  Result<std::unique_ptr<Decoder>> NewDecoder() const {
    return MakeDecoder(*format, {spec.options, columns.record, columns.columns, zone, false,
                                 columns.format_metadata});
  }
};

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

// A column of those fields of `row` as one of `row`, with NULLs for the fields that it lacks.
ColumnPtr WidenRow(const Column& narrow, const Type& row, const std::vector<int>& fields) {
  const MutableColumnPtr wide = Column::Make(row, narrow.length(), narrow.is_constant());
  wide->ShareValidity(narrow.validity_buffer());
  size_t next = 0;
  for (size_t field = 0; field < row.fields().size(); ++field) {
    const bool kept = next < fields.size() && fields[next] == static_cast<int>(field);
    wide->AddChild(kept ? narrow.children()[next++]
                        : Column::MakeNull(row.fields()[field].type, narrow.length()));
  }
  return wide;
}

// Reads one file from an offset.
class OneFile {
 public:
  // `threads`: that a large file may be decoded with.
  OneFile(const FileScan& scan, FileInfo info, uint32_t threads)
      : scan_(scan), info_(std::move(info)), threads_(threads) {}

  Status Open(uint64_t offset, uint32_t max_rows) {
    RETURN_IF_ERROR(FindPartition());
    cutter_ = TRY(scan_.NewDecoder());
    Result<std::unique_ptr<BlockReader>> reader =
        BlockReader::Open(*scan_.files, info_.path, *cutter_, offset);
    if (!reader.ok()) return std::move(reader).status().WithContext("file '" + info_.path + "'");
    reader_ = std::move(reader).value();
    offset_ = std::max(offset, reader_->start());
    const uint32_t threads = info_.bytes >= kParallelBytes ? threads_ : 1;
    std::vector<std::unique_ptr<Decoder>> decoders;
    for (uint32_t i = 0; i < threads; ++i) {
      decoders.push_back(TRY(scan_.NewDecoder()));
      RETURN_IF_ERROR(TeachPrologue(*decoders.back()));
    }
    ahead_ = MakeDecodeAhead(*reader_, std::move(decoders), max_rows);
    return {};
  }

  // The next batch of records; false at the end of the file.
  Result<bool> Next(Batch& out) {
    for (;;) {
      while (next_ < block_.batches.size()) {
        DecodedBatch& piece = block_.batches[next_++];
        offset_ = piece.end_offset;
        skipped_ += piece.skipped;
        if (piece.batch.empty()) continue;
        out = Assemble(std::move(piece.batch));
        return true;
      }
      if (!block_.status.ok()) return BadRecordError();
      std::optional<DecodedBlock> block = TRY(ahead_->Next());
      if (!block) return false;
      block_ = std::move(*block);
      next_ = 0;
    }
  }

  uint64_t offset() const { return offset_; }
  uint64_t skipped() const { return skipped_; }
  uint64_t bytes_read() const { return reader_ ? reader_->file_offset() : 0; }
  const FileInfo& info() const { return info_; }

 private:
  Status TeachPrologue(Decoder& decoder) {
    return BlockReader::Open(*scan_.files, info_.path, decoder, 0).status();
  }

  // Puts decoded and metadata columns where the scan wants them.
  Batch Assemble(Batch decoded) const {
    for (const NarrowedColumn& narrowed : scan_.columns.narrowed) {
      ColumnPtr& column = decoded.columns[narrowed.place];
      column = WidenRow(*column, narrowed.type, narrowed.fields);
    }
    if (scan_.columns.metadata.empty()) {
      const bool in_order =
          std::is_sorted(scan_.columns.output.begin(), scan_.columns.output.end());
      if (in_order) return decoded;
    }
    Batch out = decoded;
    out.columns.assign(scan_.spec.columns.size(), nullptr);
    for (size_t i = 0; i < scan_.columns.output.size(); ++i) {
      out.columns[static_cast<size_t>(scan_.columns.output[i])] = decoded.columns[i];
    }
    for (const int place : scan_.columns.metadata) {
      const auto column = static_cast<size_t>(scan_.spec.columns[static_cast<size_t>(place)]);
      const Type& type = scan_.spec.table_schema.fields[column].type;
      const std::string& key = scan_.spec.metadata_keys[column];
      out.columns[static_cast<size_t>(place)] =
          key.empty() ? MakeConstantColumn(partition_.at(static_cast<int>(column)), out.row_count)
                      : MetadataColumn(key, info_, type, out.row_count);
    }
    return out;
  }

  // The values of partition columns that the scan gives, by column of the table.
  Status FindPartition() {
    const std::vector<std::string>& keys = scan_.spec.partition_keys;
    if (keys.empty()) return {};
    const auto values = PartitionValuesOf(info_.path, scan_.root, keys);
    for (const int place : scan_.columns.metadata) {
      const int column = scan_.spec.columns[static_cast<size_t>(place)];
      const Field& field = scan_.spec.table_schema.fields[static_cast<size_t>(column)];
      if (!scan_.spec.metadata_keys[static_cast<size_t>(column)].empty()) continue;
      const auto key = std::find(keys.begin(), keys.end(), field.name);
      const std::string& text = values.value()[static_cast<size_t>(key - keys.begin())];
      Result<Value> value = PartitionValue(text, field.type, scan_.default_partition);
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

  Status BadRecordError() const {
    const Result<uint64_t> line = LineOfOffset(*scan_.files, info_.path, block_.bad_offset);
    return Status::DataError(fmt::format("file '{}', line {}, byte {}{}: {}", info_.path,
                                         line.ok() ? std::to_string(*line) : "?", block_.bad_offset,
                                         block_.bad.column.empty()
                                             ? ""
                                             : fmt::format(", column \"{}\"", block_.bad.column),
                                         block_.status.message()))
        .WithId("E3005")
        .WithHint(
            fmt::format("'{}.ignore-parse-errors' = 'true' leaves bad records out and counts them",
                        scan_.format->descriptor->name));
  }

  const FileScan& scan_;
  FileInfo info_;
  uint32_t threads_;
  std::map<int, Value> partition_;
  std::unique_ptr<Decoder> cutter_;
  std::unique_ptr<BlockReader> reader_;
  std::unique_ptr<DecodeAhead> ahead_;  // after reader_: its threads end first
  DecodedBlock block_;
  size_t next_ = 0;
  uint64_t offset_ = 0;
  uint64_t skipped_ = 0;
};

// Reads a split: a list of files one behind the other, mostly of one.
class FileSplitReader final : public SplitReader {
 public:
  FileSplitReader(const FileScan& scan, std::vector<FileInfo> files, FilePosition position,
                  uint32_t threads)
      : scan_(scan), files_(std::move(files)), position_(std::move(position)), threads_(threads) {
    for (const FileInfo& file : files_) statistics_.bytes_total += file.bytes;
    if (!position_.file.empty()) {
      while (at_ < files_.size() && files_[at_].path != position_.file) {
        statistics_.bytes_read += files_[at_++].bytes;
      }
    }
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    for (;;) {
      if (!file_) {
        if (at_ == files_.size()) return ReadOutcome::kEndOfSplit;
        file_ = std::make_unique<OneFile>(scan_, files_[at_], threads_);
        RETURN_IF_ERROR(file_->Open(position_.offset, max_rows));
      }
      const bool found = TRY(file_->Next(out));
      position_.offset = file_->offset();
      if (files_.size() > 1) position_.file = files_[at_].path;
      if (found) return ReadOutcome::kRows;
      FinishFile();
    }
  }

  std::string Position() const override { return position_.ToString(); }

  ReaderStatistics statistics() const override {
    ReaderStatistics now = statistics_;
    if (file_) {
      now.bytes_read += file_->bytes_read();
      now.records_skipped += file_->skipped();
    }
    return now;
  }

 private:
  void FinishFile() {
    statistics_.bytes_read += files_[at_].bytes;
    statistics_.records_skipped += file_->skipped();
    file_.reset();
    if (++at_ < files_.size()) position_ = {0, files_[at_].path};
  }

  const FileScan& scan_;
  std::vector<FileInfo> files_;
  FilePosition position_;
  uint32_t threads_;
  size_t at_ = 0;
  std::unique_ptr<OneFile> file_;
  ReaderStatistics statistics_;
};

class FileSource final : public Source {
 public:
  // `threads`: that may decode at once, over all files.
  FileSource(FileScan scan, std::string path, uint32_t threads, int64_t monitor_millis,
             bool table_domain)
      : scan_(std::move(scan)),
        path_(std::move(path)),
        threads_(threads),
        monitor_millis_(monitor_millis),
        table_domain_(table_domain) {}

  bool bounded() const override { return monitor_millis_ == 0; }
  int64_t discovery_interval_millis() const override { return monitor_millis_; }

  Result<std::vector<Split>> Discover() override {
    const std::vector<FileInfo> found = TRY(Find());
    if (found.empty() && bounded()) {
      return Status::NotFound(fmt::format("no file is found at '{}', which table {} reads", path_,
                                          scan_.spec.table))
          .WithId("E4002")
          .WithHint("relative paths begin at the working directory");
    }
    if (table_domain_) return std::vector<Split>{{std::string(kTableSplit), "", false}};
    large_files_ = static_cast<uint32_t>(std::ranges::count_if(
        found, [](const FileInfo& file) { return file.bytes >= kParallelBytes; }));
    std::vector<Split> splits;
    for (const FileInfo& file : found) splits.push_back({file.path, "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    FilePosition position = TRY(FilePosition::Parse(split.position));
    std::vector<FileInfo> files;
    if (split.id == kTableSplit && table_domain_) {
      files = TRY(Find());
      std::stable_sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) {
        return a.modified_nanos < b.modified_nanos;
      });
      RETURN_IF_ERROR(CheckPresent(files, position.file));
    } else {
      files.push_back(TRY(scan_.files->Stat(split.id)));
    }
    return std::unique_ptr<SplitReader>(
        std::make_unique<FileSplitReader>(scan_, std::move(files), std::move(position), Threads()));
  }

 private:
  // For each file that is read. Files are read side by side: blocks that are handed from one thread
  // to another cost more than they gain where all cores have a file of their own.
  uint32_t Threads() const { return std::max(1U, threads_ / std::max(1U, large_files_.load())); }
  // Files that lie in no partition are none of the table's.
  Result<std::vector<FileInfo>> Find() const {
    std::vector<FileInfo> found = TRY(FindFiles(*scan_.files, path_));
    if (scan_.spec.partition_keys.empty()) return found;
    std::erase_if(found, [&](const FileInfo& file) {
      return !PartitionValuesOf(file.path, path_, scan_.spec.partition_keys);
    });
    return found;
  }

  // Without the file at which reading stopped, nobody knows which others were read.
  Status CheckPresent(const std::vector<FileInfo>& files, const std::string& path) const {
    const auto same = [&](const FileInfo& file) { return file.path == path; };
    if (path.empty() || std::any_of(files.begin(), files.end(), same)) return {};
    return Status::NotFound(fmt::format("the file at which reading of table {} stopped is gone: {}",
                                        scan_.spec.table, path))
        .WithId("E4002")
        .WithHint("put it back, or start the job anew: DROP JOB, then run it again");
  }

  FileScan scan_;
  std::string path_;
  uint32_t threads_;
  int64_t monitor_millis_;
  bool table_domain_;
  std::atomic<uint32_t> large_files_{1};  // set by Discover, read where splits are opened
};

}  // namespace

namespace {

// A ROW type of those fields alone.
Type RowOfFields(const Type& row, const std::vector<int>& fields) {
  std::vector<TypeField> kept;
  for (const int field : fields) kept.push_back(row.fields()[static_cast<size_t>(field)]);
  return Type::Row(std::move(kept)).WithNullable(row.nullable());
}

}  // namespace

namespace {

bool IsPartitionKey(const graph::ScanSpec& spec, size_t column) {
  const std::vector<std::string>& keys = spec.partition_keys;
  return std::find(keys.begin(), keys.end(), spec.table_schema.fields[column].name) != keys.end();
}

}  // namespace

ScanColumns SplitScanColumns(const graph::ScanSpec& spec) {
  ScanColumns split;
  std::vector<int> place_in_record(spec.table_schema.size(), -1);
  for (size_t c = 0; c < spec.table_schema.size(); ++c) {
    if (!spec.metadata_keys[c].empty() || IsPartitionKey(spec, c)) continue;
    place_in_record[c] = static_cast<int>(split.record.size());
    split.record.fields.push_back(spec.table_schema.fields[c]);
  }
  std::vector<int> of_format;
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const auto column = static_cast<size_t>(spec.columns[i]);
    const int place = place_in_record[column];
    const std::string_view key = spec.metadata_keys[column];
    if (key.starts_with(graph::kFormatMetadataPrefix)) {
      split.format_metadata.emplace_back(key.substr(graph::kFormatMetadataPrefix.size()));
      of_format.push_back(static_cast<int>(i));
    } else if (place < 0) {
      split.metadata.push_back(static_cast<int>(i));
    } else {
      split.columns.push_back(place);
      split.output.push_back(static_cast<int>(i));
      if (i < spec.fields.size() && !spec.fields[i].empty()) {
        Type& type = split.record.fields[static_cast<size_t>(place)].type;
        split.narrowed.push_back({split.columns.size() - 1, type, spec.fields[i]});
        type = RowOfFields(type, spec.fields[i]);
      }
    }
  }
  split.output.insert(split.output.end(), of_format.begin(), of_format.end());
  return split;
}

Result<std::unique_ptr<Source>> MakeFileSource(const graph::ScanSpec& spec,
                                               const ConnectorContext& context) {
  FileScan scan;
  scan.spec = spec;
  scan.columns = SplitScanColumns(spec);
  scan.format = FindFormat(graph::OptionValue(spec.options, "format"));
  WEIR_CHECK(scan.format != nullptr);
  scan.files = context.files;
  if (context.evaluation != nullptr) scan.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
  RETURN_IF_ERROR(scan.NewDecoder().status());
  std::string path = TRY(LocalPath(graph::OptionValue(spec.options, "path")));
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (!spec.partition_keys.empty() && IsGlob(path)) {
    return Status::InvalidSql(
               fmt::format("table {} has partitions, and a pattern as its path", spec.table))
        .WithId("E2008");
  }
  scan.root = path;
  scan.default_partition =
      graph::OptionValue(spec.options, "partition.default-name", kDefaultPartitionName);
  const std::string_view monitor = graph::OptionValue(spec.options, "source.monitor-interval");
  const int64_t millis = monitor.empty() ? 0 : TRY(graph::ParseDurationNanos(monitor)) / 1'000'000;
  const bool table_domain =
      EqualsIgnoreCase(graph::OptionValue(spec.options, "source.time-domain"), "table");
  return std::unique_ptr<Source>(std::make_unique<FileSource>(
      std::move(scan), std::move(path), context.parallelism, millis, table_domain));
}

}  // namespace weir::connectors
