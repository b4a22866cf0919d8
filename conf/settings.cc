#include "conf/settings.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <utility>

#include "conf/flink_options.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::conf {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;

// Calls set(dotted key, value, line) for every scalar below `node`.
template <typename F>
Status VisitScalars(const YAML::Node& node, const std::string& prefix, const F& set) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      RETURN_IF_ERROR(VisitScalars(entry.second, prefix.empty() ? key : prefix + "." + key, set));
    }
    return {};
  }
  const int line = node.Mark().line + 1;
  if (!node.IsScalar()) {
    return Status::InvalidArgument(
        fmt::format("line {}: \"{}\" has no single value", line, prefix));
  }
  return set(prefix, node.as<std::string>(), line);
}

}  // namespace

Status Settings::SetIn(std::map<std::string, std::string>& layer, std::string_view key,
                       std::string_view value) {
  std::string checked = TRY(CheckOption(key, value));
  const Option* option = FindOption(key);
  if (option != nullptr) {
    layer[std::string(option->key)] = std::move(checked);
  } else if (!FindFlinkOption(key)->refused) {
    without_effect_.emplace_back(key);
  }
  return {};
}

Status Settings::Set(std::string_view key, std::string_view value) {
  return SetIn(values_, key, value);
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
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return {};
    return VisitScalars(root, "", [&](const std::string& key, const std::string& value, int line) {
      return SetBase(key, value).WithContext(fmt::format("{}:{}", file, line));
    });
  } catch (const YAML::Exception& error) {
    return Status::InvalidArgument(fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg));
  }
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
