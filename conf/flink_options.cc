#include "conf/flink_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "runtime/base/names.h"

namespace weir::conf {
namespace {

constexpr std::array kFlinkOptions = {
#define WEIR_NO_EFFECT(key, reason) FlinkOption{key, false, "", reason},
#define WEIR_REFUSED(key, accepted, reason) FlinkOption{key, true, accepted, reason},
#include "conf/flink_options.def"
#undef WEIR_REFUSED
#undef WEIR_NO_EFFECT
};

constexpr std::string_view kFlinkKeys[] = {
#define WEIR_FLINK_KEY(key) key,
#include "conf/flink_keys.def"
#undef WEIR_FLINK_KEY
};

// The prefix of the values that are refused, if all others are accepted.
constexpr std::string_view kNot = "not ";

// Whether `key` is `pattern` or, if that ends in '*', begins with what stands before the '*' and is
// longer. Case does not count.
bool Fits(std::string_view pattern, std::string_view key) {
  if (!pattern.ends_with('*')) return EqualsIgnoreCase(pattern, key);
  pattern.remove_suffix(1);
  return key.size() > pattern.size() && EqualsIgnoreCase(pattern, key.substr(0, pattern.size()));
}

bool IsOneOf(std::string_view value, std::string_view words) {
  while (!words.empty()) {
    const size_t end = std::min(words.find('|'), words.size());
    if (EqualsIgnoreCase(words.substr(0, end), value)) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool IsAccepted(const FlinkOption& option, std::string_view value) {
  if (option.accepted.starts_with(kNot))
    return !IsOneOf(value, option.accepted.substr(kNot.size()));
  return IsOneOf(value, option.accepted);
}

// A value of Flink's that stands for another one here, or for what another one does.
struct FlinkValue {
  std::string_view key;
  std::string_view value;
  std::string_view here;
  std::string_view said;    // in a notice
  std::string_view reason;  // "": nothing is said of it
};
constexpr FlinkValue kFlinkValues[] = {
    {"state.backend.type", "forst", "rocksdb", "state.backend.type = forst",
     "it is rocksdb: state that is worked on is on disks of this machine"},
    // Flink 1 names backends and strategies by the classes that make them, too.
    {"state.backend.type", "org.apache.flink.runtime.state.memory.MemoryStateBackendFactory",
     "jobmanager", "", ""},
    {"state.backend.type", "org.apache.flink.runtime.state.filesystem.FsStateBackendFactory",
     "filesystem", "", ""},
    {"state.backend.type", "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory",
     "hashmap", "", ""},
    {"state.backend.type", "org.apache.flink.contrib.streaming.state.RocksDBStateBackendFactory",
     "rocksdb", "", ""},
    {"state.backend.type",
     "org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory", "rocksdb", "",
     ""},
    {"state.backend.type", "org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory",
     "rocksdb", "", ""},
    {"state.backend.type", "org.apache.flink.state.forst.ForStStateBackendFactory", "rocksdb",
     "state.backend.type = forst",
     "it is rocksdb: state that is worked on is on disks of this machine"},
    // In Flink -1 means: as many as the parallelism asks for, 128 at least.
    {"pipeline.max-parallelism", "-1", "128", "pipeline.max-parallelism = -1",
     "it is 128 whatever the parallelism"},
    {"restart-strategy.type", "org.apache.flink.runtime.executiongraph.restart.NoRestartStrategy",
     "none", "", ""},
    {"restart-strategy.type",
     "org.apache.flink.runtime.executiongraph.restart.FixedDelayRestartStrategy", "fixed-delay", "",
     ""},
    {"restart-strategy.type",
     "org.apache.flink.runtime.executiongraph.restart.FailureRateRestartStrategy", "failure-rate",
     "", ""},
    {"execution.state-recovery.claim-mode", "LEGACY", "LEGACY", "claim-mode = LEGACY",
     "it is NO_CLAIM: checkpoints never need a savepoint's files"},
    // RestartStrategyOptions.RestartStrategyType of Flink takes both spellings.
    {"restart-strategy.type", "fixeddelay", "fixed-delay", "", ""},
    {"restart-strategy.type", "failurerate", "failure-rate", "", ""},
    {"restart-strategy.type", "exponentialdelay", "exponential-delay", "", ""},
};

const FlinkValue* FindFlinkValue(std::string_view key, std::string_view value) {
  const auto* const found = std::ranges::find_if(kFlinkValues, [&](const FlinkValue& one) {
    return one.key == key && EqualsIgnoreCase(one.value, value);
  });
  return found != std::end(kFlinkValues) ? found : nullptr;
}

}  // namespace

std::span<const FlinkOption> FlinkOptions() {
  return kFlinkOptions;
}

std::span<const std::string_view> FlinkKeys() {
  return kFlinkKeys;
}

const FlinkOption* FindFlinkOption(std::string_view key) {
  const auto fits = [&](std::string_view known) { return Fits(known, key); };
  if (std::none_of(std::begin(kFlinkKeys), std::end(kFlinkKeys), fits)) return nullptr;
  const FlinkOption* found = nullptr;
  for (const FlinkOption& option : kFlinkOptions) {
    const bool closer = found == nullptr || option.key.size() > found->key.size();
    if (closer && Fits(option.key, key)) found = &option;
  }
  return found;
}

Status CheckFlinkOption(const FlinkOption& option, std::string_view key, std::string_view value) {
  if (!option.refused || IsAccepted(option, value)) return {};
  return Status::Unsupported(
      fmt::format("option \"{}\" of Flink's cannot be '{}' here: {}", key, value, option.reason));
}

std::string FlinkOptionText(const FlinkOption& option, std::string_view key) {
  if (!option.refused)
    return fmt::format("{}, of Flink's, has no effect here: {}.", key, option.reason);
  std::string_view values = option.accepted;
  const bool except = values.starts_with(kNot);
  if (except) values.remove_prefix(kNot.size());
  return fmt::format(
      "{}, of Flink's, is refused here{}: {}.", key,
      values.empty() ? "" : fmt::format(" {} '{}'", except ? "as" : "save as", values),
      option.reason);
}

std::string_view ValueHere(std::string_view key, std::string_view value) {
  const FlinkValue* known = FindFlinkValue(key, value);
  return known != nullptr ? known->here : value;
}

std::optional<FlinkNote> NoteOfValue(std::string_view key, std::string_view value) {
  const FlinkValue* known = FindFlinkValue(key, value);
  if (known == nullptr || known->reason.empty()) return std::nullopt;
  return FlinkNote{std::string(known->said), known->reason};
}

std::string WithoutEffectText(const std::vector<FlinkNote>& notes, std::string_view place) {
  if (notes.empty()) return "";
  std::vector<std::string_view> reasons;  // in the order of their first note
  std::map<std::string_view, std::vector<std::string>> said;
  for (const FlinkNote& note : notes) {
    std::vector<std::string>& of_reason = said[note.reason];
    if (of_reason.empty()) reasons.push_back(note.reason);
    if (std::ranges::find(of_reason, note.said) == of_reason.end()) of_reason.push_back(note.said);
  }
  std::vector<std::string> texts;
  for (const std::string_view reason : reasons)
    texts.push_back(fmt::format("{} ({})", fmt::join(said[reason], ", "), reason));
  return fmt::format("NOTICE: {}options of Flink's without effect here: {}", place,
                     fmt::join(texts, ", "));
}

}  // namespace weir::conf
