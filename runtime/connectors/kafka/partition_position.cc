#include "runtime/connectors/kafka/partition_position.h"

#include <fmt/format.h>

#include <limits>

#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::kafka {
namespace {

constexpr std::string_view kPositionVersion = "v1";

// Takes the next word, up to a blank, off the front of the text.
std::string_view NextWord(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

Status NotUnderstood(std::string_view text) {
  return Status::Corruption(fmt::format("position '{}' of a topic is not understood", text))
      .WithId("E7001");
}

std::optional<int64_t> Offset(std::string_view text) {
  const Result<int64_t> value = graph::ParseInteger(text);
  if (!value.ok() || *value < 0) return std::nullopt;
  return *value;
}

}  // namespace

std::string PartitionName::ToString() const {
  return fmt::format("{}/{}", topic, partition);
}

Result<PartitionName> PartitionName::Parse(std::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return NotUnderstood(text);
  const std::optional<int64_t> partition = Offset(text.substr(slash + 1));
  if (!partition || *partition > std::numeric_limits<int32_t>::max()) return NotUnderstood(text);
  return PartitionName{std::string(text.substr(0, slash)), static_cast<int32_t>(*partition)};
}

std::string PartitionPosition::ToString() const {
  std::string text = fmt::format("{} offset={}", kPositionVersion, offset);
  if (end) text += fmt::format(" end={}", *end);
  if (!cluster.empty()) text += fmt::format(" cluster={}", cluster);
  return text;
}

Result<PartitionPosition> PartitionPosition::Parse(std::string_view text) {
  std::string_view rest = text;
  if (NextWord(rest) != kPositionVersion) return NotUnderstood(text);
  PartitionPosition position;
  bool has_offset = false;
  while (!rest.empty()) {
    const std::string_view word = NextWord(rest);
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) return NotUnderstood(text);
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(equals + 1);
    if (name == "cluster") {
      position.cluster = value;
      continue;
    }
    const std::optional<int64_t> offset = Offset(value);
    if (!offset) return NotUnderstood(text);
    if (name == "offset") {
      position.offset = *offset;
      has_offset = true;
    } else if (name == "end") {
      position.end = offset;
    } else {
      return NotUnderstood(text);
    }
  }
  if (!has_offset) return NotUnderstood(text);
  return position;
}

}  // namespace weir::connectors::kafka
