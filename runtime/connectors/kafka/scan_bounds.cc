#include "runtime/connectors/kafka/scan_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/base/check.h"
#include "runtime/base/names.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::kafka {
namespace {

Status WrongBound(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

// A value of the option for the mode, and the other option that this mode needs; "": none.
struct ModeOption {
  std::string_view word;
  std::string_view needs;
};
constexpr std::array<ModeOption, 5> kStartup = {
    {{"earliest-offset", ""},
     {"latest-offset", ""},
     {"group-offsets", ""},
     {"timestamp", "scan.startup.timestamp-millis"},
     {"specific-offsets", "scan.startup.specific-offsets"}}};
constexpr std::array<ModeOption, 5> kBounded = {
    {{"unbounded", ""},
     {"latest-offset", ""},
     {"group-offsets", ""},
     {"timestamp", "scan.bounded.timestamp-millis"},
     {"specific-offsets", "scan.bounded.specific-offsets"}}};

// The index in `modes` of the mode that option `key` names. kInvalidSql E2008 where the option that
// it needs is missing, or one is given that another mode needs.
Result<size_t> ModeOf(const graph::TypedOptions& options, std::string_view key,
                      const std::array<ModeOption, 5>& modes) {
  size_t mode = 0;
  while (!options.Is(key, modes[mode].word)) ++mode;
  for (size_t i = 0; i < modes.size(); ++i) {
    if (modes[i].needs.empty() || options.Has(modes[i].needs) == (i == mode)) continue;
    if (i == mode)
      return WrongBound(fmt::format("'{}' = '{}' needs '{}'", key, modes[i].word, modes[i].needs));
    return WrongBound(fmt::format("'{}' has a meaning with '{}' = '{}' alone", modes[i].needs, key,
                                  modes[i].word));
  }
  return mode;
}

// The number behind "name:".
std::optional<int64_t> Named(std::string_view text, std::string_view name) {
  text = TrimBlanks(text);
  if (!text.starts_with(name) || text.size() <= name.size() || text[name.size()] != ':')
    return std::nullopt;
  const Result<int64_t> value = graph::ParseInteger(TrimBlanks(text.substr(name.size() + 1)));
  if (!value.ok() || *value < 0) return std::nullopt;
  return *value;
}

Result<int64_t> GroupOffset(const ScanBounds& bounds, const std::vector<ClientSetting>& settings,
                            const std::string& topic, int32_t partition) {
  if (bounds.group.empty()) {
    return WrongBound("the offsets of a group need 'properties.group.id'")
        .WithHint("'scan.startup.mode' = 'earliest-offset' reads all that a topic has");
  }
  return Consumer::Committed(settings, bounds.group, topic, partition);
}

Result<int64_t> StartOfGroup(const ScanBounds& bounds, Consumer& consumer,
                             const std::vector<ClientSetting>& settings, const std::string& topic,
                             int32_t partition) {
  const int64_t committed = TRY(GroupOffset(bounds, settings, topic, partition));
  if (committed >= 0) return committed;
  if (EqualsIgnoreCase(bounds.reset, "earliest"))
    return TRY(consumer.Range(topic, partition)).begin;
  if (EqualsIgnoreCase(bounds.reset, "latest")) return TRY(consumer.Range(topic, partition)).end;
  return Status::External(fmt::format("the group '{}' has no offset for topic '{}', partition {}",
                                      bounds.group, topic, partition))
      .WithId("E4010")
      .WithHint("'properties.auto.offset.reset' = 'earliest' or 'latest' says where to begin then");
}

}  // namespace

Result<std::map<int32_t, int64_t>> ParseSpecificOffsets(std::string_view key,
                                                        std::string_view text) {
  const auto wrong = [key, given = text] {
    return WrongBound(fmt::format("the value of option '{}' is wrong: '{}'", key, given))
        .WithHint("partition:0,offset:42;partition:1,offset:300");
  };
  std::map<int32_t, int64_t> offsets;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t comma = pair.find(',');
    if (comma == std::string_view::npos) return wrong();
    const std::optional<int64_t> partition = Named(pair.substr(0, comma), "partition");
    const std::optional<int64_t> offset = Named(pair.substr(comma + 1), "offset");
    if (!partition || *partition > std::numeric_limits<int32_t>::max() || !offset) return wrong();
    offsets[static_cast<int32_t>(*partition)] = *offset;
  }
  if (offsets.empty()) return wrong();
  return offsets;
}

Result<ScanBounds> BoundsOf(const graph::ConnectorDescriptor& connector,
                            const graph::TableOptions& given) {
  const graph::TypedOptions options(connector, given);
  ScanBounds bounds;
  bounds.startup = StartupMode::kEarliest;
  if (options.Knows("scan.startup.mode"))
    bounds.startup = static_cast<StartupMode>(TRY(ModeOf(options, "scan.startup.mode", kStartup)));
  bounds.bounded = static_cast<BoundedMode>(TRY(ModeOf(options, "scan.bounded.mode", kBounded)));
  if (bounds.startup == StartupMode::kTime)
    bounds.startup_millis = TRY(options.Integer("scan.startup.timestamp-millis"));
  if (bounds.bounded == BoundedMode::kTime)
    bounds.bounded_millis = TRY(options.Integer("scan.bounded.timestamp-millis"));
  for (const auto& [key, offsets] :
       {std::pair{"scan.startup.specific-offsets", &bounds.startup_offsets},
        {"scan.bounded.specific-offsets", &bounds.bounded_offsets}}) {
    if (options.Knows(key) && options.Has(key))
      *offsets = TRY(ParseSpecificOffsets(key, options.Text(key)));
  }
  bounds.group = PropertyOf(given, "group.id");
  bounds.reset = PropertyOf(given, "auto.offset.reset");
  return bounds;
}

Result<int64_t> StartOf(const ScanBounds& bounds, Consumer& consumer,
                        const std::vector<ClientSetting>& settings, const std::string& topic,
                        int32_t partition) {
  switch (bounds.startup) {
    case StartupMode::kEarliest:
      return TRY(consumer.Range(topic, partition)).begin;
    case StartupMode::kLatest:
      return TRY(consumer.Range(topic, partition)).end;
    case StartupMode::kGroup:
      return StartOfGroup(bounds, consumer, settings, topic, partition);
    case StartupMode::kTime:
      return consumer.OffsetOfTime(topic, partition, bounds.startup_millis);
    case StartupMode::kSpecific: {
      const auto found = bounds.startup_offsets.find(partition);
      if (found != bounds.startup_offsets.end()) return found->second;
      return TRY(consumer.Range(topic, partition)).begin;
    }
  }
  WEIR_UNREACHABLE();
}

Result<std::optional<int64_t>> EndOf(const ScanBounds& bounds, Consumer& consumer,
                                     const std::vector<ClientSetting>& settings,
                                     const std::string& topic, int32_t partition) {
  switch (bounds.bounded) {
    case BoundedMode::kUnbounded:
      return std::optional<int64_t>();
    case BoundedMode::kLatest:
      return std::optional<int64_t>(TRY(consumer.Range(topic, partition)).end);
    case BoundedMode::kTime:
      return std::optional<int64_t>(
          TRY(consumer.OffsetOfTime(topic, partition, bounds.bounded_millis)));
    case BoundedMode::kGroup:
      return std::optional<int64_t>(
          std::max<int64_t>(TRY(GroupOffset(bounds, settings, topic, partition)), 0));
    case BoundedMode::kSpecific: {
      const auto found = bounds.bounded_offsets.find(partition);
      return std::optional<int64_t>(found == bounds.bounded_offsets.end() ? 0 : found->second);
    }
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::connectors::kafka
