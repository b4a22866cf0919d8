#include "runtime/connectors/filesystem/partition_commit.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/base/quoting.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/types/datetime.h"

namespace weir::connectors {
namespace {

using graph::TypedOptions;

constexpr std::string_view kTrigger = "sink.partition-commit.trigger";
constexpr std::string_view kPolicy = "sink.partition-commit.policy.kind";
constexpr std::string_view kZone = "sink.partition-commit.watermark-time-zone";
constexpr std::string_view kPattern = "partition.time-extractor.timestamp-pattern";
constexpr std::string_view kFormatter = "partition.time-extractor.timestamp-formatter";

Status BadOption(std::string_view key, std::string_view value, std::string_view why) {
  return Status::InvalidSql(fmt::format("'{}' = '{}': {}", key, value, why)).WithId("E2008");
}

std::vector<std::string> Listed(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string item = ToLower(text.substr(0, comma));
    std::erase(item, ' ');
    if (!item.empty()) items.push_back(std::move(item));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Replaces every $key in the pattern. `unknown` is set to a name that is no key.
std::string Filled(const std::string& pattern, const std::vector<std::string>& keys,
                   const std::vector<std::string>& values, std::string& unknown) {
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '$') {
      text += pattern[i];
      continue;
    }
    size_t end = i + 1;
    while (end < pattern.size() && IsNameCharacter(pattern[end])) ++end;
    const std::string name = pattern.substr(i + 1, end - i - 1);
    const auto key = std::find(keys.begin(), keys.end(), name);
    if (key == keys.end()) {
      unknown = "$" + name;
      return "";
    }
    text += values[static_cast<size_t>(key - keys.begin())];
    i = end - 1;
  }
  return text;
}

// Reads times as Flink's default extractor does: "yyyy-MM-dd[ HH:mm:ss[.fraction]]".
std::optional<int64_t> LocalMillis(const PartitionCommitPlan& plan, const std::string& text) {
  if (plan.formatter) {
    const auto parsed = plan.formatter->Parse(text);
    if (!parsed) return std::nullopt;
    return parsed->millis;
  }
  const std::optional<int64_t> micros = ParseTimestamp(text, 3);
  if (!micros) return std::nullopt;
  return *micros / 1000;
}

}  // namespace

Status CheckPartitionCommit(const TypedOptions& options) {
  for (const std::string& policy : Listed(options.Text(kPolicy))) {
    if (policy == "success-file") continue;
    if (policy == "metastore" || policy == "custom") {
      return Status::Unsupported(fmt::format("'{}' = '{}' is not supported yet", kPolicy, policy))
          .WithHint("'success-file' puts an empty file into the partition's directory");
    }
    return BadOption(kPolicy, policy, "no such policy; there is success-file");
  }
  if (options.Is("partition.time-extractor.kind", "custom")) {
    return Status::Unsupported("'partition.time-extractor.kind' = 'custom' is not supported yet")
        .WithHint("the default extractor takes 'partition.time-extractor.timestamp-pattern'");
  }
  const std::string_view zone = options.Text(kZone);
  if (!TimeZone::Find(zone).ok()) {
    return BadOption(kZone, zone, "no such time zone");
  }
  const std::string_view formatter = options.Text(kFormatter);
  if (formatter.empty()) return {};
  const Result<DateTimePattern> pattern = DateTimePattern::Compile(formatter);
  return pattern.ok() ? Status() : BadOption(kFormatter, formatter, pattern.status().message());
}

Result<PartitionCommitPlan> PartitionCommitOf(const TypedOptions& options,
                                              const std::vector<std::string>& keys) {
  PartitionCommitPlan plan;
  plan.success_file = !keys.empty() && !Listed(options.Text(kPolicy)).empty();
  plan.success_name = options.Text("sink.partition-commit.success-file.name");
  plan.by_partition_time = options.Is(kTrigger, "partition-time");
  plan.delay_millis = TRY(options.Millis("sink.partition-commit.delay"));
  plan.zone = TRY(TimeZone::Find(options.Text(kZone)));
  plan.pattern = options.Text(kPattern);
  if (options.Has(kFormatter)) {
    plan.formatter = TRY(DateTimePattern::Compile(options.Text(kFormatter)));
  }
  if (plan.by_partition_time && keys.empty()) {
    return BadOption(kTrigger, "partition-time", "the table has no partitions");
  }
  std::string unknown;
  Filled(plan.pattern, keys, keys, unknown);
  if (!unknown.empty()) return BadOption(kPattern, plan.pattern, "no partition key: " + unknown);
  return plan;
}

Result<int64_t> PartitionTimeMillis(const PartitionCommitPlan& plan,
                                    const std::vector<std::string>& keys,
                                    const std::vector<std::string>& values) {
  std::string unknown;
  const std::string text =
      plan.pattern.empty() ? values.at(0) : Filled(plan.pattern, keys, values, unknown);
  const std::optional<int64_t> millis = LocalMillis(plan, text);
  if (millis) return plan.zone.ToUtcMillis(*millis);
  return Status::DataError(fmt::format("a partition's values tell no time: '{}'", Quotable(text)))
      .WithId("E3005")
      .WithHint(fmt::format("'{}' puts values together as yyyy-MM-dd HH:mm:ss", kPattern));
}

Status OpenPartitions::Find() {
  if (found_) return {};
  if (TRY(Exists(*place_.files, *place_.root))) RETURN_IF_ERROR(FindBelow(*place_.root, 0));
  found_ = true;
  return {};
}

bool OpenPartitions::IsOurs(const std::string& name) const {
  return name.starts_with(place_.prefix) ||
         std::any_of(more_prefixes_.begin(), more_prefixes_.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

Status OpenPartitions::FindBelow(const std::string& directory, size_t depth) {
  const std::vector<FileInfo> entries = TRY(place_.files->List(directory));
  if (depth < place_.keys->size()) {
    for (const FileInfo& entry : entries) {
      const bool partition =
          entry.is_directory &&
          FileName(entry.path).starts_with(EscapePathName((*place_.keys)[depth]) + "=");
      if (partition) RETURN_IF_ERROR(FindBelow(entry.path, depth + 1));
    }
    return {};
  }
  std::optional<int64_t> first;
  bool others = false;  // files, visible or in progress
  for (const FileInfo& entry : entries) {
    const std::string name = FileName(entry.path);
    if (name == place_.plan->success_name) return {};
    others |= !IsHiddenName(name) || name.starts_with(".part-");
    if (entry.is_directory || IsHiddenName(name) || !IsOurs(name)) continue;
    const int64_t millis = entry.modified_nanos / 1'000'000;
    first = std::min(first.value_or(millis), millis);
  }
  // A sink creates a partition's directory for its first file. If it is empty, consumers have
  // removed all files, and the directory's own time is the best one left.
  if (!others) first = TRY(place_.files->Stat(directory)).modified_nanos / 1'000'000;
  if (first) open_.try_emplace(directory, *first);
  return {};
}

void OpenPartitions::Add(const std::string& directory) {
  if (directory.size() <= place_.root->size()) return;
  if (place_.files->Stat(JoinPath(directory, place_.plan->success_name)).ok()) return;
  open_.try_emplace(directory, place_.clock->Now().millis);
}

Result<bool> OpenPartitions::IsComplete(const std::string& directory, int64_t since,
                                        Timestamp watermark) const {
  if (watermark == Timestamp::Max()) return true;
  const PartitionCommitPlan& plan = *place_.plan;
  if (!plan.by_partition_time) {
    return plan.delay_millis == 0 || place_.clock->Now().millis > since + plan.delay_millis;
  }
  if (watermark == Timestamp::Min()) return false;
  const auto values = PartitionValuesOf(directory + "/", *place_.root, *place_.keys);
  if (!values) return false;
  const int64_t time = TRY(PartitionTimeMillis(plan, *place_.keys, *values));
  return watermark.millis > time + plan.delay_millis;
}

Status OpenPartitions::Complete(Timestamp watermark) {
  for (auto entry = open_.begin(); entry != open_.end();) {
    if (!TRY(IsComplete(entry->first, entry->second, watermark))) {
      ++entry;
      continue;
    }
    Status told = WriteFileAtomically(
        *place_.files, JoinPath(entry->first, place_.plan->success_name), "", Contents::kOutput);
    // A consumer may have taken the directory away with everything in it, and then needs no mark.
    if (!told.ok() && TRY(Exists(*place_.files, entry->first))) return told;
    entry = open_.erase(entry);
  }
  return {};
}

}  // namespace weir::connectors
