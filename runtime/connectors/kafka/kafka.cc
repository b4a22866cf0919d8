// The connectors kafka and upsert-kafka: the options of tables over topics.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/kafka/kafka_options.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/scan_bounds.h"
#include "runtime/connectors/kafka/topic_sink.h"
#include "runtime/connectors/kafka/topic_source.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionEffect::kAccess;

// The options of both connectors: those of Flink's "Apache Kafka SQL Connector", and five that only
// Weir has.
constexpr std::array kSharedOptions = {
    OptionDescriptor{kafka::kTopic, OptionKind::kString, "", "", false,
                     "The topic, or several: 'a;b'.", graph::OptionEffect::kContents,
                     graph::OptionReach::kSystem},
    OptionDescriptor{kafka::kTopicPattern, OptionKind::kString, "", "", false,
                     "Every topic whose name it matches as a whole, those made later as well.",
                     graph::OptionEffect::kContents, graph::OptionReach::kSystem},
    OptionDescriptor{"key.format", OptionKind::kString, "", "", false,
                     "The format of the messages' keys; its options are 'key.<format>.…'."},
    OptionDescriptor{"key.fields-prefix", OptionKind::kString, "", "", false,
                     "What those columns are called in the table and not in the key."},
    OptionDescriptor{"value.fields-include", OptionKind::kEnum, "ALL", "ALL|EXCEPT_KEY", false,
                     "Whether the values have the columns of the key as well."},
    OptionDescriptor{"scan.bounded.mode", OptionKind::kEnum, "unbounded",
                     "unbounded|latest-offset|group-offsets|timestamp|specific-offsets", false,
                     "Where the table ends, by what is there when the job begins."},
    OptionDescriptor{"scan.bounded.specific-offsets", OptionKind::kString, "", "", false,
                     "The offsets that are not read any more, as those of the startup."},
    OptionDescriptor{"scan.bounded.timestamp-millis", OptionKind::kInteger, "", "", false,
                     "The time of the first record that is not read any more."},
    OptionDescriptor{"properties.isolation.level", OptionKind::kEnum, "read_committed",
                     "read_committed|read_uncommitted", false,
                     "Whether rows of transactions that are open or were aborted are read, too."},
    OptionDescriptor{kafka::kDiscoveryInterval, OptionKind::kDuration, "5 min", "", false,
                     "How often new partitions and topics are looked for; 0: never.", kAccess},
    OptionDescriptor{kafka::kOutOfRange, OptionKind::kEnum, "fail", "fail|earliest|latest", false,
                     "What is done where records were deleted before they were read.",
                     graph::OptionEffect::kRecovery},
    OptionDescriptor{kafka::kOtherCluster, OptionKind::kEnum, "fail", "fail|accept", false,
                     "Whether a job may go on in another cluster at the same offsets.",
                     graph::OptionEffect::kRecovery},
    OptionDescriptor{kafka::kDeliveryGuarantee, OptionKind::kEnum, "at-least-once",
                     "none|at-least-once|exactly-once", false,
                     "Whether a checkpoint waits until brokers have what came before it, and "
                     "whether it is then that readers of committed records see it.",
                     kAccess},
    OptionDescriptor{kafka::kIdPrefix, OptionKind::kString, "weir", "", false,
                     "What the transactional ids of exactly-once begin with.", kAccess},
    OptionDescriptor{kafka::kCommitTopic, OptionKind::kString, "__weir_commits", "", false,
                     "The compacted topic in which exactly-once says what was committed.", kAccess},
    OptionDescriptor{kafka::kInDoubt, OptionKind::kEnum, "fail", "fail|resend|skip", false,
                     "What is done with promised rows where that topic does not say whether they "
                     "were committed.",
                     graph::OptionEffect::kRecovery},
};

constexpr std::array kTopicOptions = {
    OptionDescriptor{kafka::kKeyFields, OptionKind::kString, "", "", false,
                     "The columns that are in the key: 'a;b'."},
    OptionDescriptor{"scan.startup.mode", OptionKind::kEnum, "group-offsets",
                     "earliest-offset|latest-offset|group-offsets|timestamp|specific-offsets",
                     false, "Where a job begins that does not go on from a checkpoint."},
    OptionDescriptor{"scan.startup.specific-offsets", OptionKind::kString, "", "", false,
                     "'partition:0,offset:42;partition:1,offset:300'."},
    OptionDescriptor{"scan.startup.timestamp-millis", OptionKind::kInteger, "", "", false,
                     "The time of the first record, in milliseconds since 1970."},
    OptionDescriptor{kafka::kPartitioner, OptionKind::kEnum, "default", "default|fixed|round-robin",
                     false, "Where a message goes: by its key; a partition a subtask; in turn.",
                     kAccess},
};

// As Flink's "Upsert Kafka SQL Connector".
constexpr std::array kUpsertOptions = {
    OptionDescriptor{kafka::kFlushRows, OptionKind::kInteger, "0", "", false,
                     "So many keys are held at most, and of each the last change alone is written; "
                     "0: every change.",
                     kAccess},
    OptionDescriptor{kafka::kFlushInterval, OptionKind::kDuration, "0 s", "", false,
                     "How long they are held at most, or to the next checkpoint.", kAccess},
};

template <size_t A, size_t B>
constexpr std::array<OptionDescriptor, A + B> Joined(const std::array<OptionDescriptor, A>& a,
                                                     const std::array<OptionDescriptor, B>& b) {
  std::array<OptionDescriptor, A + B> all{};
  std::ranges::copy(b, std::ranges::copy(a, all.begin()).out);
  return all;
}
constexpr auto kKafkaOptions = Joined(kSharedOptions, kTopicOptions);
constexpr auto kOptionsOfUpserts = Joined(kSharedOptions, kUpsertOptions);

const std::array kMessageMetadata = {
    graph::MetadataColumn{"topic", Type::String().WithNullable(false), "The message's topic."},
    graph::MetadataColumn{"partition", Type::Int().WithNullable(false), "Its partition."},
    graph::MetadataColumn{"headers", Type::Map(Type::String(), Type::Bytes()).WithNullable(false),
                          "Its headers; of equal names the last one."},
    graph::MetadataColumn{"offset", Type::BigInt().WithNullable(false),
                          "Its offset in the partition."},
    graph::MetadataColumn{"timestamp", Type::TimestampLtz(3).WithNullable(false), "Its time."},
    graph::MetadataColumn{"timestamp-type", Type::String().WithNullable(false),
                          "Whose time: CreateTime, LogAppendTime or NoTimestampType."},
};

Status CheckKafka(const Schema& schema, const graph::TableOptions& given);
Status CheckUpserts(const Schema& schema, const graph::TableOptions& given);
bool IsUnboundedKafka(const graph::TableOptions& given);
std::string_view WhenKafkaReadsLater(const graph::TableOptions& given);

const graph::ConnectorDescriptor kKafkaDescriptor = {
    .name = "kafka",
    .doc = "Topics of Apache Kafka, each partition with a time of its own.",
    .source = true,
    .sink = true,
    .needs_format = true,
    .has_keys = true,
    .reports_bad = true,
    .sink_accepts = ChangelogMode::All(),
    .options = kKafkaOptions,
    .metadata = kMessageMetadata,
    .open_prefix = kafka::kPropertyPrefix,
    .open_reach = kafka::ReachOfProperty,
    .check = CheckKafka,
    .check_files = kafka::CheckFilesOfFormats,
    .unbounded = IsUnboundedKafka,
    .reads_later = WhenKafkaReadsLater,
};

// Upserts and deletions by key, as in Flink: +U for every value, since a message does not say
// whether its key is new, and -D for tombstones.
ChangelogMode UpsertChanges(const graph::TableOptions&) {
  return {false, false, true, true};
}

const graph::ConnectorDescriptor kUpsertDescriptor = {
    .name = "upsert-kafka",
    .doc = "Topics of Apache Kafka whose messages are the last rows of their keys.",
    .source = true,
    .sink = true,
    .needs_format = true,
    .has_keys = true,
    .primary_key_option = kafka::kKeyFields,
    .reports_bad = true,
    .sink_accepts = {true, false, true, true},
    .options = kOptionsOfUpserts,
    .metadata = kMessageMetadata,
    .open_prefix = kafka::kPropertyPrefix,
    .open_reach = kafka::ReachOfProperty,
    .check = CheckUpserts,
    .check_files = kafka::CheckFilesOfFormats,
    .unbounded = IsUnboundedKafka,
    .reads_later = WhenKafkaReadsLater,
    .source_changes = UpsertChanges,
};

bool IsUnboundedKafka(const graph::TableOptions& given) {
  return graph::TypedOptions(kKafkaDescriptor, given).Is("scan.bounded.mode", "unbounded");
}

std::string_view WhenKafkaReadsLater(const graph::TableOptions& given) {
  return IsUnboundedKafka(given) ? "messages as they come" : "";
}

Status WrongKafka(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

Status CheckTopics(const graph::ConnectorDescriptor& connector,
                   const graph::TypedOptions& options) {
  const bool named = !kafka::NamesIn(options.Text(kafka::kTopic)).empty();
  const bool matched = options.Has(kafka::kTopicPattern);
  if (named == matched) {
    return WrongKafka(named ? "'topic' and 'topic-pattern' cannot both be given"
                            : fmt::format("the connector '{}' needs the option 'topic' or "
                                          "'topic-pattern'",
                                          connector.name));
  }
  if (!matched) return {};
  Status status = expr::CompileWholeMatch(options.Text(kafka::kTopicPattern)).status();
  if (status.ok() || status.code() == StatusCode::kUnsupported) return status;
  return WrongKafka(fmt::format("'{}' is wrong: {}", kafka::kTopicPattern, status.message()));
}

Status CheckKafkaFormat(const graph::TableOptions& given) {
  const Format* format = FindFormat(graph::OptionValue(given, "format"));
  if (format == nullptr) return {};
  if (!format->descriptor->messages) {
    return WrongKafka(fmt::format("messages have no format '{}'", format->descriptor->name));
  }
  const auto by_name = format->descriptor->finds_by_name;
  if (by_name == nullptr || !by_name(given)) return {};
  return WrongKafka("'csv.header' has no meaning here: a message has no first line");
}

Status CheckBoth(const graph::ConnectorDescriptor& connector, const graph::TableOptions& given) {
  RETURN_IF_ERROR(CheckTopics(connector, graph::TypedOptions(connector, given)));
  if (kafka::PropertyOf(given, "bootstrap.servers").empty()) {
    return WrongKafka(
               fmt::format("the connector '{}' needs the option 'properties.bootstrap.servers'",
                           connector.name))
        .WithHint("'properties.bootstrap.servers' = 'localhost:9092'");
  }
  RETURN_IF_ERROR(kafka::ClientSettings(given).status());
  RETURN_IF_ERROR(kafka::BoundsOf(connector, given).status());
  return CheckKafkaFormat(given);
}

Status CheckKafka(const Schema& schema, const graph::TableOptions& given) {
  RETURN_IF_ERROR(CheckBoth(kKafkaDescriptor, given));
  return kafka::CheckKeyOptions(schema, given);
}

Status CheckFlush(const graph::TypedOptions& options) {
  const bool rows = TRY(options.Integer(kafka::kFlushRows)) > 0;
  const bool interval = TRY(options.Millis(kafka::kFlushInterval)) > 0;
  if (rows == interval) return {};
  return WrongKafka(fmt::format("'{}' and '{}' are to be greater than zero together",
                                kafka::kFlushRows, kafka::kFlushInterval));
}

// Checks what can be checked without the PRIMARY KEY, which is not known yet.
Status CheckUpserts(const Schema& schema, const graph::TableOptions& given) {
  RETURN_IF_ERROR(CheckBoth(kUpsertDescriptor, given));
  RETURN_IF_ERROR(CheckFlush(graph::TypedOptions(kUpsertDescriptor, given)));
  const Format* format = FindFormat(graph::OptionValue(given, "format"));
  if (format != nullptr && !format->descriptor->gives.append_only()) {
    return WrongKafka(
               fmt::format("the values of '{}' are rows and no changes: 'value.format' cannot be "
                           "'{}'",
                           kUpsertDescriptor.name, format->descriptor->name))
        .WithHint("the connector 'kafka' reads and writes changes");
  }
  const kafka::KeyOptions key = kafka::KeyOptionsOf(given);
  if (key.format.empty()) {
    return WrongKafka(
        fmt::format("the connector '{}' needs the option 'key.format'", kUpsertDescriptor.name));
  }
  return key.fields.empty() ? Status() : kafka::CheckKeyOptions(schema, given);
}

Result<std::unique_ptr<Source>> MakeKafkaSource(const graph::ScanSpec& spec,
                                                const ConnectorContext& context) {
  return kafka::MakeTopicSource(kKafkaDescriptor, spec, context);
}

Status CheckKafkaSource(const graph::ScanSpec& spec, const ConnectorContext& context) {
  return kafka::CheckTopicSource(kKafkaDescriptor, spec, context);
}

Status CheckUpsertSource(const graph::ScanSpec& spec, const ConnectorContext& context) {
  return kafka::CheckTopicSource(kUpsertDescriptor, spec, context);
}

Result<std::unique_ptr<Sink>> MakeKafkaSink(const graph::SinkSpec& spec,
                                            const ConnectorContext& context) {
  return kafka::MakeTopicSink(kKafkaDescriptor, spec, context);
}

Result<std::unique_ptr<Source>> MakeUpsertSource(const graph::ScanSpec& spec,
                                                 const ConnectorContext& context) {
  return kafka::MakeTopicSource(kUpsertDescriptor, spec, context);
}

Result<std::unique_ptr<Sink>> MakeUpsertSink(const graph::SinkSpec& spec,
                                             const ConnectorContext& context) {
  return kafka::MakeTopicSink(kUpsertDescriptor, spec, context);
}

}  // namespace

const Connector& UpsertKafkaConnector() {
  static const Connector connector = {.descriptor = &kUpsertDescriptor,
                                      .make_source = MakeUpsertSource,
                                      .make_sink = MakeUpsertSink,
                                      .check_source = CheckUpsertSource,
                                      .check_sink = CheckByMaking<MakeUpsertSink>};
  return connector;
}

const Connector& KafkaConnector() {
  static const Connector connector = {.descriptor = &kKafkaDescriptor,
                                      .make_source = MakeKafkaSource,
                                      .make_sink = MakeKafkaSink,
                                      .check_source = CheckKafkaSource,
                                      .check_sink = CheckByMaking<MakeKafkaSink>};
  return connector;
}

}  // namespace weir::connectors
