#include "conf/settings.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "conf/flink_file.h"
#include "conf/flink_options.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/secret_text.h"
#include "runtime/types/machine_zone.h"
#include "runtime/types/time_zone.h"

namespace weir::conf {
namespace {

constexpr std::string_view kTimeZoneKey = "table.local-time-zone";

constexpr int64_t kNanosPerMilli = 1'000'000;

int LineOf(const YAML::Node& node) {
  return node.Mark().line + 1;
}

// Sets every option of a conf file once.
class FileSetter {
 public:
  explicit FileSetter(std::function<Status(const std::string&, const std::string&)> set)
      : set_(std::move(set)) {}

  Status operator()(const std::string& key, const YAML::Node& value) {
    if (!value.IsScalar())
      return Status::InvalidArgument(fmt::format("\"{}\" has no single value", key));
    const Option* option = FindOption(key);
    const std::string name = option != nullptr ? std::string(option->key) : ToLower(key);
    const auto [first, added] = lines_.emplace(name, LineOf(value));
    if (added) return set_(key, value.as<std::string>());
    const std::string also = EqualsIgnoreCase(key, name) ? "" : fmt::format(", as \"{}\"", key);
    return Status::InvalidArgument(fmt::format("option \"{}\" is set twice, in line {} and again{}",
                                               name, first->second, also));
  }

 private:
  const std::function<Status(const std::string&, const std::string&)> set_;
  std::map<std::string, int> lines_;  // by option
};

// The only document of a conf file; null for an empty one.
Result<YAML::Node> OnlyDocument(const std::string& text) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.empty()) return YAML::Node();
  if (documents.size() > 1) {
    return Status::InvalidArgument(
        fmt::format("options are read from one document, and another one begins in line {}",
                    LineOf(documents[1])));
  }
  if (!documents[0].IsNull() && !documents[0].IsMap())
    return Status::InvalidArgument("there are no lines of the form key: value");
  return documents[0];
}

// Flink 1's key for how often a failed job is started again where no restart strategy is said. 0
// and less say nothing.
constexpr std::string_view kRetriesKey = "execution-retries.default";

struct FlinkDefault {
  std::string_view key;
  std::string_view value;
};
constexpr FlinkDefault kFlinkDefaults[] = {
#define WEIR_FLINK_DEFAULT(key, value) {key, value},
#include "conf/flink_defaults.def"
#undef WEIR_FLINK_DEFAULT
};

// 0 for the name of an option or of nothing; 1, 2, … for its other names, in their order.
size_t AgeOf(std::string_view key) {
  const Option* option = FindOption(key);
  if (option == nullptr || EqualsIgnoreCase(option->key, key)) return 0;
  const std::string names = ToLower(option->aliases);
  const size_t place = names.find(ToLower(key));
  return 1 + static_cast<size_t>(std::count(names.begin(), names.begin() + place, ' '));
}

// Calls set(dotted key, node) for everything below `node` that is no map.
template <typename F>
Status VisitValues(const YAML::Node& node, const std::string& prefix, const F& set) {
  if (!node.IsMap()) return set(prefix, node);
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    RETURN_IF_ERROR(VisitValues(entry.second, prefix.empty() ? key : prefix + "." + key, set));
  }
  return {};
}

}  // namespace

Status Settings::SetIn(std::map<std::string, std::string>& layer, std::string_view key,
                       std::string_view value) {
  std::string checked = TRY(CheckOption(key, value));
  const Option* option = FindOption(key);
  // Jobs remember the name of the zone: where they go on, the machine may have another.
  if (option != nullptr && option->key == kTimeZoneKey) {
    if (checked == "default") checked = MachineZone();
    RETURN_IF_ERROR(TimeZone::Find(checked).status());
  }
  if (option != nullptr) {
    if (std::optional<FlinkNote> note = NoteOfValue(option->key, value); note)
      without_effect_.push_back(*std::move(note));
    layer[std::string(option->key)] = std::move(checked);
  } else if (const FlinkOption& other = *FindFlinkOption(key); !other.refused) {
    without_effect_.push_back({std::string(key), other.reason});
  }
  return {};
}

Status Settings::Set(std::string_view key, std::string_view value) {
  return SetIn(values_, key, value);
}

void Settings::NoteSaid(std::string_view key) {
  if (const Option* option = FindOption(key); option != nullptr) said_.emplace(option->key);
}

bool Settings::Says(std::string_view key) const {
  const Option* option = FindOption(key);
  if (option == nullptr) return false;
  const std::string name(option->key);
  return values_.contains(name) || said_.contains(name);
}

Status Settings::Reset(std::string_view key) {
  const Option* option = FindOption(key);
  if (option == nullptr) return KnowsOption(key) ? Status() : CheckOption(key, "").status();
  values_.erase(std::string(option->key));
  return {};
}

std::string Settings::TakeWithoutEffect(std::string_view place) {
  return WithoutEffectText(std::exchange(without_effect_, {}), place);
}

std::map<std::string, std::string> Settings::given_values() const {
  std::map<std::string, std::string> given = base_;
  for (const auto& [key, value] : values_) given[key] = value;
  return given;
}

std::map<std::string, std::string> Settings::recorded_values() const {
  std::map<std::string, std::string> values = given_values();
  if (!DefectPlanted("secret-options-recorded"))
    std::erase_if(values, [](const auto& one) { return graph::NamesASecret(one.first); });
  return values;
}

std::string Settings::Get(std::string_view key) const {
  const Option* option = FindOption(key);
  WEIR_CHECK(option != nullptr);
  for (const auto* layer : {&values_, &base_}) {
    const auto found = layer->find(std::string(option->key));
    if (found != layer->end()) return found->second;
  }
  return std::string(option->default_value);
}

bool Settings::GetBool(std::string_view key) const {
  return Get(key) == "true";
}

int64_t Settings::GetInteger(std::string_view key) const {
  return graph::ParseInteger(Get(key)).value();
}

double Settings::GetDouble(std::string_view key) const {
  return graph::ParseDouble(Get(key)).value();
}

int64_t Settings::GetMillis(std::string_view key) const {
  return graph::ParseDurationNanos(Get(key)).value() / kNanosPerMilli;
}

uint64_t Settings::GetBytes(std::string_view key) const {
  return graph::ParseMemorySize(Get(key)).value();
}

Status Settings::SetBase(std::string_view key, std::string_view value) {
  return SetIn(base_, key, value);
}

Status Settings::LoadYaml(const std::string& text, const std::string& file) {
  try {
    const Result<YAML::Node> root = OnlyDocument(text);
    if (!root.ok()) return Status(root.status()).WithContext(file);
    if (root->IsNull()) return {};
    FileSetter set(
        [&](const std::string& key, const std::string& value) { return SetBase(key, value); });
    return VisitValues(*root, "", [&](const std::string& key, const YAML::Node& value) {
      return set(key, value).WithContext(fmt::format("{}:{}", file, LineOf(value)));
    });
  } catch (const YAML::Exception& error) {
    return Status::InvalidArgument(fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg));
  }
}

Result<std::vector<int>> Settings::LoadFlink(const std::string& text, const std::string& file) {
  for (const FlinkDefault& row : kFlinkDefaults) RETURN_IF_ERROR(SetBase(row.key, row.value));
  FlinkFile read = TRY(ReadFlinkFile(text, file));
  std::ranges::stable_sort(read.entries, std::greater(),
                           [](const FlinkEntry& entry) { return AgeOf(entry.key); });
  bool retries = false;
  std::map<std::string_view, const FlinkEntry*> said;  // by option, the one that holds so far
  for (const FlinkEntry& entry : read.entries) {
    if (EqualsIgnoreCase(entry.key, kRetriesKey)) {
      const Result<int64_t> number = graph::ParseInteger(entry.value);
      retries = !number.ok() || *number > 0;
      if (!retries) continue;
    }
    if (!KnowsOption(entry.key)) {  // a plugin's or a program's, which Flink hands on unread
      without_effect_.push_back({entry.key, "no option of Flink's, which passes it over, too"});
      continue;
    }
    RETURN_IF_ERROR(
        SetBase(entry.key, entry.value).WithContext(fmt::format("{}:{}", file, entry.line)));
    const Option* option = FindOption(entry.key);
    if (option == nullptr) continue;
    const FlinkEntry* before = std::exchange(said[option->key], &entry);
    if (before != nullptr && before->value != entry.value)
      without_effect_.push_back({fmt::format("{} = {}", before->key, before->value),
                                 "the file says the same option again, and that holds"});
  }
  // Flink's restart strategy where none is said: a number of retries is one; a job without
  // checkpoints then has none.
  if (base_.contains("restart-strategy.type")) return std::move(read.skipped);
  if (retries || GetMillis("execution.checkpointing.interval") > 0)
    RETURN_IF_ERROR(
        SetBase("restart-strategy.type", retries ? "fixed-delay" : "exponential-delay"));
  return std::move(read.skipped);
}

std::string PrintShippedYaml() {
  std::string text =
      "# Options of weir as shipped. A line without '#' differs from the built-in default.\n"
      "# SET 'key' = 'value' in SQL and -D key=value on the command line go before this file.\n"
      "# Made from conf/options.def by `weir options --yaml`.\n";
  for (const Option& option : AllOptions()) {
    text += fmt::format("\n# {}\n", option.doc);
    text += fmt::format("# {}{}{}; of the {}; default: {}\n", OptionTypeName(option.type),
                        option.allowed.empty() ? "" : ": ", option.allowed,
                        OptionScopeName(option.scope),
                        option.default_value.empty() ? "none" : option.default_value);
    const bool active = !option.shipped_value.empty();
    const std::string_view value = active ? option.shipped_value : option.default_value;
    text += fmt::format("{}{}: {}\n", active ? "" : "#", option.key,
                        value.empty() ? "\"\"" : std::string(value));
  }
  return text;
}

}  // namespace weir::conf
