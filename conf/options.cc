#include "conf/options.h"

#include <fmt/format.h>

#include <array>

#include "conf/flink_options.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::conf {
namespace {

constexpr std::array kOptions = {
#define WEIR_OPTION(key, aliases, type, scope, default_value, shipped, allowed, doc) \
  Option{key, aliases, OptionType::type, OptionScope::scope, default_value, shipped, allowed, doc},
#include "conf/options.def"
#undef WEIR_OPTION
};

// The parts of `text` between separators; empty parts are left out.
std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Status Mismatch(const Option& option, std::string_view value, std::string_view expected) {
  return Status::InvalidArgument(
             fmt::format("option \"{}\" takes {}, not '{}'", option.key, expected, value))
      .WithId("E6001");
}

Result<std::string> CheckInteger(const Option& option, std::string_view value) {
  const Result<int64_t> number = graph::ParseInteger(value);
  if (!number.ok()) return Mismatch(option, value, "a whole number");
  const size_t dots = option.allowed.find("..");
  if (dots != std::string_view::npos) {
    const int64_t least = graph::ParseInteger(option.allowed.substr(0, dots)).value();
    const int64_t most = graph::ParseInteger(option.allowed.substr(dots + 2)).value();
    if (*number < least || *number > most) {
      return Mismatch(option, value, fmt::format("a whole number from {} to {}", least, most));
    }
  }
  return std::to_string(*number);
}

Result<std::string> CheckPath(const Option& option, std::string_view value) {
  return option.allowed == "s3" ? FilePath(value) : LocalPath(value);
}

Result<std::string> CheckPaths(const Option& option, std::string_view value) {
  std::vector<std::string> paths;
  for (const std::string& path : PathsOf(value)) paths.push_back(TRY(CheckPath(option, path)));
  return fmt::format("{}", fmt::join(paths, ";"));
}

// Splits at every ':', ',' and ';', as Flink does, but not at the ':' of a URL (file:/a, s3://b).
std::vector<std::string> SplitDirectories(std::string_view value) {
  std::vector<std::string> directories(1);
  for (size_t i = 0; i < value.size(); ++i) {
    const bool of_url = value[i] == ':' && (value.substr(i + 1).starts_with("//") ||
                                            EqualsIgnoreCase(directories.back(), "file"));
    if (of_url || std::string_view(":,;").find(value[i]) == std::string_view::npos) {
      directories.back() += value[i];
    } else if (!directories.back().empty()) {
      directories.emplace_back();
    }
  }
  if (directories.back().empty()) directories.pop_back();
  return directories;
}

Result<std::string> CheckDirectories(const Option& option, std::string_view value) {
  std::vector<std::string> paths;
  for (const std::string& directory : SplitDirectories(value)) {
    paths.push_back(TRY(LocalPath(directory)));
    if (!paths.back().starts_with('/'))
      return Mismatch(option, value, "absolute directories, separated by ':' or ','");
  }
  return fmt::format("{}", fmt::join(paths, ";"));
}

Result<std::string> CheckEnum(const Option& option, std::string_view value) {
  const std::vector<std::string> allowed = Split(option.allowed, '|');
  for (const std::string& candidate : allowed) {
    if (EqualsIgnoreCase(candidate, value)) return candidate;
  }
  return Mismatch(option, value, fmt::format("one of {}", fmt::join(allowed, ", ")))
      .WithHint(DidYouMean(value, allowed));
}

// Whether a word of a key ends with what was written: 'timezone' for 'local-time-zone'. Fewer than
// kLeast letters end so many keys that they say nothing.
bool EndsWith(std::string_view word, std::string_view said) {
  constexpr size_t kLeast = 5;
  const auto letters = [](std::string_view text) {
    std::string out = ToLower(text);
    std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
    return out;
  };
  return said.size() >= kLeast && letters(word).ends_with(letters(said));
}

// CheckOption for a key that is no option of ours: one of Flink's, or else E6001 with the option
// that may have been meant.
Result<std::string> CheckOther(std::string_view key, std::string_view value) {
  if (const FlinkOption* option = FindFlinkOption(key); option != nullptr) {
    RETURN_IF_ERROR(CheckFlinkOption(*option, key, value));
    return std::string(value);
  }
  std::vector<std::string> keys;
  std::vector<std::string> longer;  // 'parallelism' for 'parallelism.default'
  for (const Option& candidate : kOptions) {
    keys.emplace_back(candidate.key);
    const std::vector<std::string> words = Split(candidate.key, '.');
    if (EqualsIgnoreCase(words.front(), key) || EqualsIgnoreCase(words.back(), key) ||
        EndsWith(words.back(), key))
      longer.push_back(fmt::format("'{}'", candidate.key));
  }
  for (const std::string_view candidate : FlinkKeys()) keys.emplace_back(candidate);
  std::string hint = DidYouMean(key, keys);
  if (hint.empty() && !longer.empty() && longer.size() <= 3)
    hint = fmt::format("did you mean {}?", fmt::join(longer, " or "));
  return Status::InvalidArgument(fmt::format("no option is named \"{}\"", key))
      .WithId("E6001")
      .WithHint(std::move(hint));
}

}  // namespace

std::span<const Option> AllOptions() {
  return kOptions;
}

const Option* FindOption(std::string_view key) {
  for (const Option& option : kOptions) {
    if (EqualsIgnoreCase(option.key, key)) return &option;
    for (const std::string& alias : Split(option.aliases, ' ')) {
      if (EqualsIgnoreCase(alias, key)) return &option;
    }
  }
  return nullptr;
}

bool KnowsOption(std::string_view key) {
  return FindOption(key) != nullptr || FindFlinkOption(key) != nullptr;
}

Result<std::string> CheckOption(std::string_view key, std::string_view value) {
  const Option* option = FindOption(key);
  if (option == nullptr) return CheckOther(key, value);
  switch (option->type) {
    case OptionType::kBoolean: {
      const Result<bool> parsed = graph::ParseBoolean(value);
      if (!parsed.ok()) return Mismatch(*option, value, "true or false");
      return std::string(*parsed ? "true" : "false");
    }
    case OptionType::kInteger:
      return CheckInteger(*option, ValueHere(option->key, value));
    case OptionType::kDouble: {
      const Result<double> number = graph::ParseDouble(value);
      if (!number.ok()) return Mismatch(*option, value, "a number such as 1.5");
      return std::string(value);
    }
    case OptionType::kString:
      return std::string(value);
    case OptionType::kDuration: {
      const Result<int64_t> nanos = graph::ParseDurationNanos(value);
      if (!nanos.ok() || *nanos < 0) {
        return Mismatch(*option, value, "a duration such as '10 s' or '500 ms'");
      }
      return std::string(value);
    }
    case OptionType::kMemory: {
      if (!graph::ParseMemorySize(value).ok()) {
        return Mismatch(*option, value, "a size such as '512 mb' or '4 gb'");
      }
      return std::string(value);
    }
    case OptionType::kEnum:
      return CheckEnum(*option, ValueHere(option->key, value));
    case OptionType::kPath:
      if (DefectPlanted("file-url-is-relative")) return std::string(value);
      return CheckPath(*option, value);
    case OptionType::kPaths:
      return CheckPaths(*option, value);
    case OptionType::kDirectories:
      return CheckDirectories(*option, value);
  }
  WEIR_UNREACHABLE();
}

std::vector<std::string> PathsOf(std::string_view value) {
  return Split(value, ';');
}

std::vector<std::string> PathsIn(const Option& option, std::string_view value) {
  switch (option.type) {
    case OptionType::kPath:
      return value.empty() ? std::vector<std::string>() : std::vector{std::string(value)};
    case OptionType::kPaths:
      return PathsOf(value);
    case OptionType::kDirectories:
      return SplitDirectories(value);
    default:
      return {};
  }
}

Status CheckJobOption(std::string_view key) {
  const Option* option = FindOption(key);
  if (option == nullptr) return {};
  if (option->scope == OptionScope::kJob || option->scope == OptionScope::kTable) return {};
  return Status::InvalidArgument(fmt::format("option \"{}\" is of the {}, not of a job",
                                             option->key, OptionScopeName(option->scope)))
      .WithId("E6001")
      .WithHint(fmt::format("SET '{}' = '…' holds for the {}", option->key,
                            OptionScopeName(option->scope)));
}

std::string_view OptionScopeName(OptionScope scope) {
  switch (scope) {
    case OptionScope::kProcess:
      return "process";
    case OptionScope::kSession:
      return "session";
    case OptionScope::kJob:
      return "job";
    case OptionScope::kTable:
      return "table";
  }
  WEIR_UNREACHABLE();
}

std::string_view OptionTypeName(OptionType type) {
  switch (type) {
    case OptionType::kBoolean:
      return "boolean";
    case OptionType::kInteger:
      return "integer";
    case OptionType::kDouble:
      return "number";
    case OptionType::kString:
      return "string";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kMemory:
      return "memory size";
    case OptionType::kEnum:
      return "enum";
    case OptionType::kPath:
      return "path";
    case OptionType::kPaths:
      return "paths";
    case OptionType::kDirectories:
      return "directories";
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::conf
