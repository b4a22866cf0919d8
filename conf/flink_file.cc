#include "conf/flink_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <utility>

#include "runtime/base/local_path.h"
#include "runtime/base/result.h"

namespace weir::conf {
namespace {

constexpr std::string_view kFlatName = "flink-conf.yaml";
constexpr std::string_view kNestedName = "config.yaml";

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Calls visit(line without comment and blanks around it, its number) for every line that has any.
template <typename F>
void VisitLines(std::string_view text, const F& visit) {
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string_view said = Trimmed(line.substr(0, line.find('#')));
    if (!said.empty()) visit(said, number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool IsYaml(std::string_view text, std::string_view path) {
  if (FileName(path) == kNestedName) return true;
  if (FileName(path) == kFlatName) return false;
  bool nested = false;
  VisitLines(text, [&](std::string_view line, int) {
    nested = nested || line.ends_with(':') || line.starts_with("- ");
  });
  return nested;
}

FlinkFile ReadLines(std::string_view text) {
  constexpr std::string_view kSeparator = ": ";
  FlinkFile file;
  VisitLines(text, [&](std::string_view line, int number) {
    const size_t end = line.find(kSeparator);
    const std::string_view key = Trimmed(line.substr(0, end));
    if (end == std::string_view::npos || key.empty()) {
      file.skipped.push_back(number);
      return;
    }
    const std::string_view value = Trimmed(line.substr(end + kSeparator.size()));
    file.entries.push_back({std::string(key), std::string(value), number});
  });
  return file;
}

Result<std::string> ListText(const YAML::Node& list, const std::string& key) {
  std::string text;
  for (const YAML::Node& item : list) {
    if (!item.IsScalar())
      return Status::InvalidArgument(fmt::format("\"{}\" has no single value", key));
    text += (text.empty() ? "" : ";") + item.as<std::string>();
  }
  return text;
}

// Flattens the maps of a YAML document into entries. A key that it has twice is an error.
class YamlReader {
 public:
  explicit YamlReader(std::string path) : path_(std::move(path)) {}

  Status Add(const YAML::Node& node, const std::string& key) {
    if (node.IsNull()) return {};
    if (!node.IsMap()) return AddValue(node, key);
    for (const auto& entry : node) {
      const auto name = entry.first.as<std::string>();
      RETURN_IF_ERROR(Add(entry.second, key.empty() ? name : key + "." + name));
    }
    return {};
  }

  FlinkFile Take() { return std::move(file_); }

 private:
  Status AddValue(const YAML::Node& node, const std::string& key) {
    const int line = node.Mark().line + 1;
    const std::string place = fmt::format("{}:{}", path_, line);
    if (key.empty())
      return Status::InvalidArgument("there are no lines of the form key: value")
          .WithContext(place);
    Result<std::string> value = node.IsSequence() ? ListText(node, key) : node.as<std::string>();
    if (!value.ok()) return Status(value.status()).WithContext(place);
    const auto [first, added] = lines_.emplace(key, line);
    if (!added)
      return Status::InvalidArgument(
                 fmt::format("\"{}\" stands in line {} and again", key, first->second))
          .WithContext(place);
    file_.entries.push_back({key, *std::move(value), line});
    return {};
  }

  const std::string path_;
  FlinkFile file_;
  std::map<std::string, int> lines_;  // by key
};

Result<FlinkFile> ReadYaml(const std::string& text, const std::string& path) {
  YamlReader reader(path);
  try {
    for (const YAML::Node& document : YAML::LoadAll(text))
      RETURN_IF_ERROR(reader.Add(document, ""));
  } catch (const YAML::Exception& error) {
    return Status::InvalidArgument(fmt::format("{}:{}: {}", path, error.mark.line + 1, error.msg));
  }
  return reader.Take();
}

}  // namespace

bool IsNamedAsFlinks(std::string_view path) {
  return FileName(path) == kFlatName || FileName(path) == kNestedName;
}

Result<FlinkFile> ReadFlinkFile(const std::string& text, const std::string& path) {
  if (IsYaml(text, path)) return ReadYaml(text, path);
  return ReadLines(text);
}

}  // namespace weir::conf
