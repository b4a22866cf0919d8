// The filesystem connector: the options of tables over files.
#include <fmt/format.h>

#include <array>

#include "runtime/base/local_path.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/partition_commit.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/graph/bad_records.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionEffect::kAccess;

constexpr std::array kFilesystemOptions = {
    OptionDescriptor{
        "path", OptionKind::kString, "", "", true,
        "A file, a directory (every file below it) or a glob; names ending in .gz are unpacked.",
        graph::OptionEffect::kContents, graph::OptionReach::kPath},
    OptionDescriptor{
        kRegexPattern, OptionKind::kString, "", "", false,
        "Of the files below the path those whose absolute path it matches as a whole."},
    OptionDescriptor{"source.monitor-interval", OptionKind::kDuration, "", "", false,
                     "Looks for new files this often; without it the input is bounded.", kAccess},
    OptionDescriptor{"source.settle-interval", OptionKind::kDuration, "1 s", "", false,
                     "A monitored file is read once it has not changed for so long.", kAccess},
    OptionDescriptor{"source.follow", OptionKind::kBoolean, "false", "", false,
                     "Reads monitored files as they grow, whole lines only, and never to an end.",
                     kAccess},
    OptionDescriptor{
        "source.time-domain", OptionKind::kEnum, "file", "file|table", false,
        "Whether each file is a partition of its own, or all are one, by modification time.",
        kAccess},
    OptionDescriptor{
        "sink.rolling-policy.file-size", OptionKind::kMemorySize, "128 mb", "", false,
        "A file that has grown beyond this is closed; also closed by every checkpoint.", kAccess},
    OptionDescriptor{"sink.rolling-policy.rollover-interval", OptionKind::kDuration, "30 min", "",
                     false, "A file that is older than this is closed.", kAccess},
    OptionDescriptor{"sink.rolling-policy.inactivity-interval", OptionKind::kDuration, "30 min", "",
                     false, "A file that got no rows for so long is closed.", kAccess},
    OptionDescriptor{
        "sink.rolling-policy.check-interval", OptionKind::kDuration, "1 min", "", false,
        "How often files of other partitions than the last row's are looked at.", kAccess},
    OptionDescriptor{
        "sink.missing-committed", OptionKind::kEnum, "accept", "accept|fail", false,
        "At a start, whether a file that a checkpoint promised and that is nowhere was "
        "committed and taken away, or stops the job.",
        graph::OptionEffect::kRecovery},
    OptionDescriptor{
        "sink.overwrite", OptionKind::kEnum, "partitions", "partitions|table", false,
        "What INSERT OVERWRITE replaces of a partitioned table: the partitions that get rows, or "
        "all, so that those go that get none."},
    OptionDescriptor{
        "partition.default-name", OptionKind::kString, kDefaultPartitionName, "", false,
        "Stands for NULL and empty text in the name of a partition; a value that is equal to it "
        "is written otherwise."},
    OptionDescriptor{"sink.partition-commit.trigger", OptionKind::kEnum, "process-time",
                     "process-time|partition-time", false,
                     "Whether a partition is complete by the clock or by the watermark."},
    OptionDescriptor{"sink.partition-commit.delay", OptionKind::kDuration, "0 s", "", false,
                     "How long after its time, or its first file, a partition is complete."},
    OptionDescriptor{"sink.partition-commit.watermark-time-zone", OptionKind::kString, "UTC", "",
                     false, "The zone of partition times when watermarks are instants."},
    OptionDescriptor{"sink.partition-commit.policy.kind", OptionKind::kString, "", "", false,
                     "What is done to a complete partition: success-file, or nothing."},
    OptionDescriptor{"sink.partition-commit.success-file.name", OptionKind::kString, "_SUCCESS", "",
                     false, "The file that says that a partition is complete."},
    OptionDescriptor{"partition.time-extractor.kind", OptionKind::kEnum, "default",
                     "default|custom", false, "custom is not supported yet."},
    OptionDescriptor{"partition.time-extractor.timestamp-pattern", OptionKind::kString, "", "",
                     false,
                     "A partition's time from its values: $dt $hm:00; else the first value."},
    OptionDescriptor{"partition.time-extractor.timestamp-formatter", OptionKind::kString, "", "",
                     false, "The pattern of that time: yyyy-MM-dd HH:mm:ss unless said otherwise."},
};

const std::array kFileMetadata = {
    graph::MetadataColumn{"file.path", Type::String().WithNullable(false),
                          "Path of the row's file."},
    graph::MetadataColumn{"file.name", Type::String().WithNullable(false),
                          "Name of the row's file."},
    graph::MetadataColumn{"file.size", Type::BigInt().WithNullable(false),
                          "Bytes of the row's file."},
    graph::MetadataColumn{"file.modification-time", Type::TimestampLtz(3).WithNullable(false),
                          "When the row's file was last changed."},
};

Status CheckFilesystem(const Schema&, const graph::TableOptions& given);
Status CheckFilesOfFormat(const Schema& physical, const graph::TableOptions& given);
bool IsMonitored(const graph::TableOptions& given);
std::string_view WhenFilesystemReadsLater(const graph::TableOptions& given);
bool IsOfManyFiles(const graph::TableOptions& given);

const graph::ConnectorDescriptor kFilesystemDescriptor = {
    .name = "filesystem",
    .doc = "Files in a directory, read as partitions and written exactly once.",
    .source = true,
    .sink = true,
    .needs_format = true,
    .exactly_once_sink = true,
    .overwrite = true,
    .partitioned = true,
    .reports_bad = true,
    .sink_accepts = ChangelogMode::All(),
    .options = kFilesystemOptions,
    .metadata = kFileMetadata,
    .check = CheckFilesystem,
    .check_files = CheckFilesOfFormat,
    .unbounded = IsMonitored,
    .reads_later = WhenFilesystemReadsLater,
    .any_number_of_splits = IsOfManyFiles,
};

bool IsMonitored(const graph::TableOptions& given) {
  const graph::TypedOptions options(kFilesystemDescriptor, given);
  if (!options.Has("source.monitor-interval")) return false;
  const Result<int64_t> interval = options.Millis("source.monitor-interval");
  return interval.ok() && *interval > 0;
}

std::string_view WhenFilesystemReadsLater(const graph::TableOptions& given) {
  if (graph::TypedOptions(kFilesystemDescriptor, given).Flag("source.follow"))
    return "lines as they come";
  return IsMonitored(given) ? "files as they come" : "";
}

// Whether the table may be a partition for each of very many files, so that the source keeps the
// files that were read in a table of state. With a single time domain one position is enough: files
// are read in order, and it names the last one.
bool IsOfManyFiles(const graph::TableOptions& given) {
  return !graph::TypedOptions(kFilesystemDescriptor, given).Is("source.time-domain", "table");
}

Status CheckRegexPattern(const graph::TypedOptions& options) {
  if (!options.Has(kRegexPattern)) return {};
  Status status = expr::CompileWholeMatch(options.Text(kRegexPattern)).status();
  if (status.ok() || status.code() == StatusCode::kUnsupported) return status;
  return Status::InvalidSql(fmt::format("'{}' is wrong: {}", kRegexPattern, status.message()))
      .WithId("E2008");
}

Status CheckFilesystemFormat(const graph::TableOptions& given) {
  const Format* const format = FindFormat(graph::OptionValue(given, "format"));
  if (format == nullptr || format->descriptor->files) return {};
  return Status::Unsupported(
             fmt::format("'format' = '{}' in files is not supported yet", format->descriptor->name))
      .WithHint(format->descriptor->gives.append_only()
                    ? "the connectors 'kafka' and 'upsert-kafka' have messages of this format"
                    : "the connector 'kafka' has messages of this format");
}

Status CheckDefaultName(const graph::TypedOptions& options) {
  if (IsDefaultName(options.Text("partition.default-name"))) return {};
  return Status::InvalidSql(
             "'partition.default-name' needs a character that a path shows as it is, such as a "
             "letter: else NULL and the text of this name are one directory")
      .WithId("E2008");
}

// Whatever a format's messages may need is nothing to files.
Status CheckFilesOfFormat(const Schema& physical, const graph::TableOptions& given) {
  const Format* const format = FindFormat(graph::OptionValue(given, "format"));
  if (format == nullptr || format->open_file == nullptr) return {};
  return format->descriptor->check_record(physical, given);
}

// What only records that lie one behind the other can do.
Status CheckWholeFiles(const graph::TypedOptions& options, const graph::TableOptions& given) {
  const Format* const format = FindFormat(graph::OptionValue(given, "format"));
  if (format == nullptr || format->open_file == nullptr) return {};
  const std::string_view name = format->descriptor->name;
  if (options.Flag("source.follow")) {
    return Status::InvalidSql(
               fmt::format("'source.follow' = 'true' follows lines, and 'format' = '{}' has none",
                           name))
        .WithId("E2008")
        .WithHint("'source.monitor-interval' alone reads each file once it is complete");
  }
  if (!ReportsBadRecords(given)) return {};
  return Status::InvalidSql(fmt::format("'{}' takes bad records, and 'format' = '{}' has none: a "
                                        "file of it is read whole or not",
                                        graph::kErrorsTable, name))
      .WithId("E2008");
}

Status CheckFilesystem(const Schema&, const graph::TableOptions& given) {
  const graph::TypedOptions options(kFilesystemDescriptor, given);
  RETURN_IF_ERROR(CheckFilesystemFormat(given));
  RETURN_IF_ERROR(CheckWholeFiles(options, given));
  if (IsMonitored(given) && options.Is("source.time-domain", "table")) {
    return Status::Unsupported(
        "'source.time-domain' = 'table' over files that are monitored is not supported yet");
  }
  if (options.Flag("source.follow") && !IsMonitored(given)) {
    return Status::InvalidSql("'source.follow' = 'true' needs 'source.monitor-interval'")
        .WithId("E2008")
        .WithHint("'source.monitor-interval' = '1 s' looks for new files once a second");
  }
  RETURN_IF_ERROR(CheckDefaultName(options));
  RETURN_IF_ERROR(CheckPartitionCommit(options));
  RETURN_IF_ERROR(CheckRegexPattern(options));
  return FilePath(options.Text("path")).status();
}

}  // namespace

const Connector& FilesystemConnector() {
  static const Connector connector = {.descriptor = &kFilesystemDescriptor,
                                      .make_source = MakeFileSource,
                                      .make_sink = MakeFileSink,
                                      .check_source = CheckByMaking<MakeFileSource>,
                                      .check_sink = CheckByMaking<MakeFileSink>};
  return connector;
}

}  // namespace weir::connectors
