// Partitions are searched for at every discovery; one that was found stays, whatever brokers list
// later. Those that the first discovery of a fresh start finds begin where the table says. Those
// that are found afterwards, even if that one has found none, begin at their first record, so that
// nothing is lost however late they are found.
#include "runtime/connectors/kafka/topic_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "runtime/connectors/kafka/kafka_options.h"
#include "runtime/connectors/kafka/partition_reader.h"
#include "runtime/connectors/kafka/scan_bounds.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::kafka {
namespace {

struct TopicSourceOptions {
  std::vector<std::string> topics;                // by name, or …
  std::function<bool(std::string_view)> matches;  // … by pattern
  std::string pattern;
  std::vector<ClientSetting> settings;
  ScanBounds bounds;
  int64_t discovery_millis = 0;
  bool accepts_other_cluster = false;
};

class TopicSource final : public Source {
 public:
  TopicSource(TopicScan scan, TopicSourceOptions options, std::shared_ptr<Consumer> consumer)
      : scan_(std::move(scan)), options_(std::move(options)), consumer_(std::move(consumer)) {}

  bool bounded() const override { return options_.bounds.ends(); }
  int64_t discovery_interval_millis() const override {
    return bounded() ? 0 : options_.discovery_millis;
  }

  void Continue() override { begun_ = true; }

  Status Remember(const Split& split) override {
    seen_.insert(split.id);
    RETURN_IF_ERROR(PartitionName::Parse(split.id).status());
    if (split.position.empty()) return {};
    return PartitionPosition::Parse(split.position).status();
  }

  Result<std::vector<Split>> Discover() override {
    const std::vector<FoundTopic> topics = TRY(Topics());
    if (bounded() && topics.empty()) return NoTopic();
    if (cluster_.empty()) cluster_ = consumer_->ClusterId();
    std::vector<Split> splits;
    for (const FoundTopic& topic : topics) {
      for (const int32_t partition : topic.partitions) {
        const PartitionName name{topic.name, partition};
        if (seen_.contains(name.ToString())) continue;
        const PartitionPosition position = TRY(Begin(name));
        splits.push_back({name.ToString(), position.ToString(), false});
      }
    }
    for (const Split& split : splits) seen_.insert(split.id);
    begun_ = true;
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    PartitionName name = TRY(PartitionName::Parse(split.id));
    PartitionPosition position = TRY(PartitionPosition::Parse(split.position));
    const std::string here = consumer_->ClusterId();
    const bool other = !position.cluster.empty() && !here.empty() && position.cluster != here;
    if (other && !options_.accepts_other_cluster) {
      return Status::RestoreRefused(
                 fmt::format("topic '{}', partition {}, was read from the cluster '{}', and this "
                             "is '{}': its offsets are others",
                             name.topic, name.partition, position.cluster, here))
          .WithHint(
              "'scan.other-cluster' = 'accept' reads on at the same offsets, as those of a "
              "mirror that keeps them");
    }
    if (other) position.cluster = here;
    return OpenPartition(scan_, consumer_, std::move(name), std::move(position));
  }

 private:
  Result<std::vector<FoundTopic>> Topics() {
    std::vector<FoundTopic> found;
    if (options_.matches) {
      found = TRY(consumer_->AllTopics());
      std::erase_if(found, [&](const FoundTopic& topic) { return !options_.matches(topic.name); });
      return found;
    }
    for (const std::string& name : options_.topics) {
      Result<FoundTopic> topic = consumer_->Topic(name);
      // A topic that was found before may be missing from the list for a moment.
      const bool known = std::ranges::any_of(seen_, [&](const std::string& id) {
        return id.starts_with(name) && id.size() > name.size() && id[name.size()] == '/';
      });
      if (!topic.ok() && known) continue;
      found.push_back(TRY(std::move(topic)));
    }
    return found;
  }

  Status NoTopic() const {
    return Status::NotFound(fmt::format("Kafka has no topic that '{}' = '{}' matches, which table "
                                        "{} reads",
                                        kTopicPattern, options_.pattern, scan_.spec.table))
        .WithId("E4002")
        .WithHint("a pattern has to match the whole name of a topic");
  }

  Result<PartitionPosition> Begin(const PartitionName& name) {
    PartitionPosition position;
    position.cluster = cluster_;
    position.offset = begun_ ? TRY(consumer_->Range(name.topic, name.partition)).begin
                             : TRY(StartOf(options_.bounds, *consumer_, options_.settings,
                                           name.topic, name.partition));
    position.end =
        TRY(EndOf(options_.bounds, *consumer_, options_.settings, name.topic, name.partition));
    return position;
  }

  const TopicScan scan_;
  const TopicSourceOptions options_;
  const std::shared_ptr<Consumer> consumer_;
  // Used by the discovery thread, and before it begins.
  bool begun_ = false;  // by a discovery, in this run or before a checkpoint
  std::set<std::string> seen_;
  std::string cluster_;
};

OutOfRange OutOfRangeOf(const graph::TypedOptions& options) {
  if (options.Is(kOutOfRange, "earliest")) return OutOfRange::kEarliest;
  return options.Is(kOutOfRange, "latest") ? OutOfRange::kLatest : OutOfRange::kFail;
}

// Which columns of the scan are taken from the keys of messages: those that are not in the values,
// and with `upserts` all that keys have, as tombstones have no values.
Result<KeyColumns> KeyColumnsOf(const graph::ScanSpec& spec, const ScanColumns& columns,
                                bool upserts) {
  KeyColumns key;
  const KeyOptions options = KeyOptionsOf(spec.options);
  if (options.format.empty()) return key;
  key.format = FindFormat(options.format);
  key.fields = options.fields;
  key.options = options.of_format;
  for (const std::string& name : key.fields) {
    const size_t column = *spec.table_schema.Find(name);  // as was checked
    Field field = spec.table_schema.fields[column];
    field.name = field.name.substr(options.prefix.size());
    const auto read = std::ranges::find(spec.columns, static_cast<int>(column));
    const auto place = static_cast<int>(read - spec.columns.begin());
    const bool in_key = upserts || std::ranges::find(columns.others, place) != columns.others.end();
    if (read != spec.columns.end() && in_key) {
      key.columns.push_back(static_cast<int>(key.record.size()));
      key.places.push_back(place);
    }
    key.record.fields.push_back(std::move(field));
  }
  return key;
}

}  // namespace

Result<std::unique_ptr<MessageDecoder>> TopicScan::NewDecoder() const {
  return MakeMessageDecoder(*format, {spec.options, columns.record, columns.columns, zone, false,
                                      columns.format_metadata});
}

Result<std::unique_ptr<MessageDecoder>> TopicScan::NewKeyDecoder() const {
  return MakeMessageDecoder(*key.format, {key.options, key.record, key.columns, zone});
}

static Result<TopicScan> ScanOf(const graph::ConnectorDescriptor& connector,
                                const graph::ScanSpec& spec, const ConnectorContext& context) {
  TopicScan scan;
  scan.spec = spec;
  scan.columns = SplitScanColumns(spec, ColumnsOfKeyAlone(spec.options));
  scan.format = FindFormat(graph::OptionValue(spec.options, "format"));
  scan.upserts = !connector.primary_key_option.empty();
  scan.key = TRY(KeyColumnsOf(spec, scan.columns, scan.upserts));
  if (context.evaluation != nullptr) scan.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
  scan.out_of_range = OutOfRangeOf(graph::TypedOptions(connector, spec.options));
  scan.notices = context.notices;
  RETURN_IF_ERROR(scan.NewDecoder().status());
  if (!scan.key.columns.empty()) RETURN_IF_ERROR(scan.NewKeyDecoder().status());
  return scan;
}

Status CheckTopicSource(const graph::ConnectorDescriptor& connector, const graph::ScanSpec& spec,
                        const ConnectorContext& context) {
  return ScanOf(connector, spec, context).status();
}

Result<std::unique_ptr<Source>> MakeTopicSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec,
                                                const ConnectorContext& context) {
  const graph::TypedOptions said(connector, spec.options);
  TopicScan scan = TRY(ScanOf(connector, spec, context));
  TopicSourceOptions options;
  options.topics = NamesIn(said.Text(kTopic));
  if (said.Has(kTopicPattern)) {
    options.pattern = said.Text(kTopicPattern);
    options.matches = TRY(expr::CompileWholeMatch(options.pattern));
  }
  options.settings = TRY(ClientSettings(spec.options));
  options.bounds = TRY(BoundsOf(connector, spec.options));
  options.discovery_millis = TRY(said.Millis(kDiscoveryInterval));
  options.accepts_other_cluster = said.Is(kOtherCluster, "accept");
  std::shared_ptr<Consumer> consumer = TRY(Consumer::Open(options.settings));
  return std::unique_ptr<Source>(
      std::make_unique<TopicSource>(std::move(scan), std::move(options), std::move(consumer)));
}

}  // namespace weir::connectors::kafka
