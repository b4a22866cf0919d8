#include "planner/catalog/option_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "planner/catalog/alignment_option_check.h"
#include "planner/catalog/flink_table_options.h"
#include "planner/catalog/lookup_option_check.h"
#include "planner/catalog/option_error.h"
#include "runtime/base/names.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/key_options.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/secret_text.h"
#include "runtime/graph/typed_options.h"

namespace weir::catalog {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::string_view kConnectorOption = "connector";
constexpr std::string_view kFormatOption = "format";
// For connectors with keys in their messages (ConnectorDescriptor::has_keys).
constexpr std::string_view kKeyFormatOption = "key.format";
constexpr std::string_view kValueFormatOption = "value.format";
constexpr std::string_view kValuePrefix = "value.";
constexpr int64_t kMostSubtasks = 1024;  // as parallelism.default (conf/options.def)

constexpr OptionDescriptor kCommonOptions[] = {
    {kConnectorOption, OptionKind::kString, "", "", true, "what the table is stored in"},
    {kIdleTimeoutOption, OptionKind::kDuration, "0 ms", "", false,
     "after this silence a partition no longer holds the watermark back"},
};

// An option that a table may have: its full key and what the descriptor says.
struct KnownOption {
  std::string key;
  const OptionDescriptor* descriptor;
};

// A format's descriptor may spell its keys with or without the format's name.
std::string FormatKey(const graph::FormatDescriptor& format, std::string_view key) {
  const std::string prefix = std::string(format.name) + ".";
  return key.starts_with(prefix) ? std::string(key) : prefix + std::string(key);
}

std::vector<KnownOption> KnownOptions(const CheckedOptions& checked) {
  std::vector<KnownOption> known;
  for (const OptionDescriptor& option : kCommonOptions)
    known.push_back({std::string(option.key), &option});
  for (const OptionDescriptor& option : checked.connector->options) {
    known.push_back({std::string(option.key), &option});
  }
  if (checked.format != nullptr) {
    for (const OptionDescriptor& option : checked.format->options)
      known.push_back({FormatKey(*checked.format, option.key), &option});
  }
  if (checked.key_format != nullptr) {
    for (const OptionDescriptor& option : checked.key_format->options) {
      const std::string key = FormatKey(*checked.key_format, option.key);
      known.push_back({std::string(graph::kKeyPrefix) + key, &option});
    }
  }
  const auto add = [&](std::span<const OptionDescriptor> options) {
    for (const OptionDescriptor& option : options)
      known.push_back({std::string(option.key), &option});
  };
  if (checked.connector->sink) add(graph::AnySinkOptions());
  if (!checked.connector->source) return known;
  if (checked.format != nullptr &&
      graph::FindOption(checked.format->options, "ignore-parse-errors") != nullptr) {
    add(graph::AnyDecodedOptions());
  }
  if (checked.format != nullptr && checked.connector->reports_bad) add(graph::AnyReportedOptions());
  add(graph::AnySourceOptions());
  add(graph::LookupOptions());
  return known;
}

Status CheckEnum(const PlacedOption& option, std::string_view allowed) {
  std::vector<std::string> choices;
  for (size_t begin = 0; begin <= allowed.size();) {
    const size_t end = std::min(allowed.find('|', begin), allowed.size());
    choices.emplace_back(allowed.substr(begin, end - begin));
    if (EqualsIgnoreCase(choices.back(), option.value)) return {};
    begin = end + 1;
  }
  return OptionError(fmt::format("the value of option '{}' must be one of {}, not '{}'", option.key,
                                 fmt::join(choices, ", "), option.value),
                     option.value_span, DidYouMean(option.value, choices));
}

Status CheckValue(const PlacedOption& option, const OptionDescriptor& descriptor) {
  Status status;
  switch (descriptor.kind) {
    case OptionKind::kString:
      return {};
    case OptionKind::kEnum:
      return CheckEnum(option, descriptor.allowed);
    case OptionKind::kBoolean:
      status = graph::ParseBoolean(option.value).status();
      break;
    case OptionKind::kInteger:
      status = graph::ParseInteger(option.value).status();
      break;
    case OptionKind::kDouble:
      status = graph::ParseDouble(option.value).status();
      break;
    case OptionKind::kDuration:
      status = graph::ParseDurationNanos(option.value).status();
      break;
    case OptionKind::kMemorySize:
      status = graph::ParseMemorySize(option.value).status();
      break;
  }
  if (status.ok()) return {};
  return OptionError(
      fmt::format("the value of option '{}' is wrong: {}", option.key, status.message()),
      option.value_span, status.hint());
}

// Refused with the table's definition: a job would fail for it only when it starts.
Status CheckSubtasks(const PlacedOption& option) {
  if (option.key != graph::kScanParallelism && option.key != graph::kSinkParallelism) return {};
  const int64_t subtasks = graph::ParseInteger(option.value).value();
  if (subtasks >= 1 && subtasks <= kMostSubtasks) return {};
  return OptionError(fmt::format("the value of option '{}' must be from 1 to {}, not {}",
                                 option.key, kMostSubtasks, subtasks),
                     option.value_span);
}

// `fields.<column>.x`: the column must exist; what x may be is the connector's own check.
Status CheckFieldOption(const PlacedOption& option, std::string_view prefix,
                        const std::vector<std::string>& columns) {
  const std::string_view rest = std::string_view(option.key).substr(prefix.size());
  for (const std::string& column : columns) {
    const size_t size = column.size();
    if (rest.size() > size + 1 && rest.starts_with(column) && rest[size] == '.') return {};
  }
  const std::string_view name = rest.substr(0, rest.find('.'));
  return OptionError(
      fmt::format("option '{}' names no column of the table: \"{}\"", option.key, name),
      option.key_span, DidYouMean(name, columns));
}

// The one option that has the last word of `key` in it: csv.field-delimiter for csv.delimiter.
std::string OptionWithWord(std::string_view key, const std::vector<std::string>& keys) {
  const std::string_view word = key.substr(key.find_last_of(".-") + 1);
  std::string found;
  for (const std::string& known : keys) {
    if (known.find(word) == std::string::npos) continue;
    if (!found.empty()) return "";
    found = fmt::format("did you mean \"{}\"?", known);
  }
  return found;
}

// Options of lookups, which every table has that can be looked up, are shown as one: "lookup.…".
std::string ListOfKeys(std::vector<std::string> keys) {
  const size_t all = keys.size();
  std::erase_if(keys,
                [](const std::string& key) { return key.starts_with(graph::kLookupOptionPrefix); });
  return fmt::format("{}{}", fmt::join(keys, ", "), keys.size() < all ? ", lookup.…" : "");
}

Status UnknownOption(const PlacedOption& option, const std::vector<KnownOption>& known,
                     const CheckedOptions& checked) {
  std::vector<std::string> keys;
  for (const KnownOption& row : known) keys.push_back(row.key);
  std::string hint = DidYouMean(option.key, keys);
  if (hint.empty()) hint = OptionWithWord(option.key, keys);
  if (hint.empty()) hint = fmt::format("its options are {}", ListOfKeys(keys));
  const std::string format =
      checked.format == nullptr ? "" : fmt::format(" with format '{}'", checked.format->name);
  return OptionError(fmt::format("the connector '{}'{} has no option '{}'", checked.connector->name,
                                 format, option.key),
                     option.key_span, std::move(hint));
}

// Whether an option is one of a client library, which the connector or a format judges.
bool IsOpen(std::string_view key, const CheckedOptions& checked) {
  return graph::IsOpenOption(key, checked.connector, checked.format, checked.key_format);
}

// What is shown in the place of a secret would be taken for one.
Status CheckHidden(const PlacedOption& option) {
  if (!graph::IsHidden(option.key, option.value)) return {};
  return OptionError(
      fmt::format("the value of option '{}' has {} where a secret was hidden as it was shown",
                  option.key, graph::kHiddenSecret),
      option.value_span,
      "write the secret itself; or better '${secret:NAME}', behind 'weir secret set NAME'");
}

// E2008 for a reference to a secret in an option whose reader does not look secrets up: the text of
// the reference would be taken for the value.
Status CheckSecrets(const PlacedOption& option, const std::vector<KnownOption>& known,
                    const CheckedOptions& checked) {
  if (!graph::RefersToSecret(option.value)) return {};
  if (IsOpen(option.key, checked)) return {};
  if (const Status status = graph::SecretsIn(option.value).status(); !status.ok())
    return OptionError(
        fmt::format("the value of option '{}' is wrong: {}", option.key, status.message()),
        option.value_span, status.hint());
  std::vector<std::string> others;
  for (const KnownOption& row : known) {
    if (row.descriptor->allowed != graph::kMayBeSecret) continue;
    if (row.key == option.key) return {};
    others.push_back(row.key);
  }
  return OptionError(
      fmt::format("the option '{}' takes no ${{secret:…}}", option.key), option.value_span,
      others.empty() ? "" : fmt::format("of this table {} does", fmt::join(others, ", ")));
}

Status CheckOne(const PlacedOption& option, const std::vector<KnownOption>& known,
                const CheckedOptions& checked, const std::vector<std::string>& columns) {
  if (option.key == kConnectorOption) return {};
  if (option.key == kFormatOption && checked.format != nullptr) return {};
  for (const KnownOption& row : known) {
    if (row.key != option.key) continue;
    RETURN_IF_ERROR(CheckValue(option, *row.descriptor));
    return CheckSubtasks(option);
  }
  const std::string_view prefix = checked.connector->field_option_prefix;
  if (!prefix.empty() && option.key.starts_with(prefix)) {
    return CheckFieldOption(option, prefix, columns);
  }
  if (IsOpen(option.key, checked)) return {};
  return UnknownOption(option, known, checked);
}

template <typename Descriptor>
std::vector<std::string> NamesOf(const std::vector<const Descriptor*>& descriptors) {
  std::vector<std::string> names;
  for (const Descriptor* descriptor : descriptors) names.emplace_back(descriptor->name);
  return names;
}

// Connectors and formats of Flink's that nothing implements, by the names that scripts have.
constexpr std::string_view kOtherConnectors[] = {
    "dynamodb",  "elasticsearch-6", "elasticsearch-7", "feedback",
    "firehose",  "hbase-1.4",       "hbase-2.2",       "hudi",
    "iceberg",   "kinesis",         "mongodb",         "mongodb-cdc",
    "mysql-cdc", "opensearch",      "opensearch-2",    "oracle-cdc",
    "paimon",    "postgres-cdc",    "prometheus",      "pulsar",
    "rabbitmq",  "redis",           "sqlserver-cdc",   "sqs"};
constexpr std::string_view kOtherFormats[] = {"orc", "protobuf-confluent"};

// E1002 for a connector or format that Flink has (`others`), else E2008 with a suggestion out of
// `names`, those that there are here.
Status NoSuchName(std::string_view what, const PlacedOption& option,
                  std::span<const std::string_view> others, const std::vector<std::string>& names) {
  const bool known = std::ranges::find(others, option.value) != others.end();
  std::string hint = known ? "" : DidYouMean(option.value, names);
  if (hint.empty()) hint = fmt::format("{}s are {}", what, fmt::join(names, ", "));
  if (known) {
    return Status::Unsupported(fmt::format("the {} '{}' is not supported yet", what, option.value))
        .WithHint(std::move(hint))
        .WithSpan(option.value_span);
  }
  return OptionError(fmt::format("there is no {} '{}'", what, option.value), option.value_span,
                     std::move(hint));
}

Result<const graph::ConnectorDescriptor*> FindConnector(const graph::ConnectorCatalog& connectors,
                                                        const std::vector<PlacedOption>& options,
                                                        SourceSpan place) {
  const std::vector<std::string> names = NamesOf(connectors.connectors);
  const PlacedOption* option = FindPlaced(options, kConnectorOption);
  if (option == nullptr) {
    return OptionError("the table has no option 'connector'", place,
                       fmt::format("WITH ('connector' = '…'), one of {}", fmt::join(names, ", ")));
  }
  if (const auto* found = connectors.FindConnector(option->value)) return found;
  return NoSuchName("connector", *option, kOtherConnectors, names);
}

// The format that an option names; null where there is no such option.
Result<const graph::FormatDescriptor*> FormatNamed(const graph::ConnectorCatalog& connectors,
                                                   const std::vector<PlacedOption>& options,
                                                   std::string_view key) {
  const PlacedOption* option = FindPlaced(options, key);
  if (option == nullptr) return static_cast<const graph::FormatDescriptor*>(nullptr);
  if (const auto* found = connectors.FindFormat(option->value)) return found;
  return NoSuchName("format", *option, kOtherFormats, NamesOf(connectors.formats));
}

Status FindFormats(const graph::ConnectorCatalog& connectors,
                   const std::vector<PlacedOption>& options, SourceSpan place,
                   CheckedOptions& checked) {
  if (!checked.connector->needs_format) return {};
  checked.format = TRY(FormatNamed(connectors, options, kFormatOption));
  if (checked.connector->has_keys)
    checked.key_format = TRY(FormatNamed(connectors, options, kKeyFormatOption));
  if (checked.format != nullptr) return {};
  return OptionError(
      fmt::format("the connector '{}' needs the option 'format'", checked.connector->name), place,
      fmt::format("formats are {}", fmt::join(NamesOf(connectors.formats), ", ")));
}

// 'format' for 'value.format', and then its options without "value.".
std::vector<PlacedOption> WithPlainFormat(std::vector<PlacedOption> options) {
  const PlacedOption* format = FindPlaced(options, kValueFormatOption);
  if (format == nullptr) return options;
  const std::string prefix = fmt::format("{}{}.", kValuePrefix, format->value);
  for (PlacedOption& option : options) {
    const bool of_format = option.key == kValueFormatOption || option.key.starts_with(prefix);
    if (of_format) option.key = option.key.substr(kValuePrefix.size());
  }
  return options;
}

Status CheckRequired(const std::vector<KnownOption>& known,
                     const std::vector<PlacedOption>& options, const CheckedOptions& checked,
                     SourceSpan place) {
  for (const KnownOption& row : known) {
    if (!row.descriptor->required || FindPlaced(options, row.key) != nullptr) continue;
    return OptionError(
        fmt::format("the connector '{}' needs the option '{}'", checked.connector->name, row.key),
        place, std::string(row.descriptor->doc));
  }
  return {};
}

// Where the option is that a failure names first; `place` where it names none.
SourceSpan PlaceOfNamed(const Status& failure, const std::vector<PlacedOption>& options,
                        SourceSpan place) {
  size_t first = std::string::npos;
  for (const PlacedOption& option : options) {
    const size_t at = failure.message().find(fmt::format("'{}'", option.key));
    if (at >= first) continue;
    first = at;
    place = option.key_span;
  }
  return place;
}

}  // namespace

Result<CheckedOptions> CheckOptions(const graph::ConnectorCatalog& connectors,
                                    const std::vector<PlacedOption>& given, const Schema& columns,
                                    SourceSpan place, std::span<const std::string> computed) {
  CheckedOptions checked;
  checked.connector = TRY(FindConnector(connectors, given, place));
  const std::vector<PlacedOption> options =
      checked.connector->has_keys ? WithPlainFormat(given) : given;
  RETURN_IF_ERROR(FindFormats(connectors, options, place, checked));
  const std::vector<KnownOption> known = KnownOptions(checked);
  std::vector<std::string> names(computed.begin(), computed.end());
  for (const Field& field : columns.fields) names.push_back(field.name);
  std::unordered_set<std::string> seen;
  for (const PlacedOption& option : options) {
    if (!seen.insert(option.key).second) {
      return OptionError(fmt::format("option '{}' is given twice", option.key), option.key_span);
    }
    if (const FlinkTableOption* flink =
            FindFlinkTableOption(option.key, *checked.connector, checked.format)) {
      RETURN_IF_ERROR(
          CheckFlinkTableOption(*flink, option.key, option.value).WithSpan(option.value_span));
      continue;
    }
    RETURN_IF_ERROR(CheckHidden(option));
    RETURN_IF_ERROR(CheckSecrets(option, known, checked));
    RETURN_IF_ERROR(CheckOne(option, known, checked, names));
    checked.options.push_back({option.key, option.value});
  }
  RETURN_IF_ERROR(CheckRequired(known, options, checked, place));
  RETURN_IF_ERROR(CheckLookupOptions(options, *checked.connector));
  RETURN_IF_ERROR(CheckAlignmentOptions(options));
  Status status;
  if (checked.format != nullptr && checked.format->check != nullptr) {
    status = checked.format->check(columns, checked.options);
  }
  if (status.ok() && checked.key_format != nullptr && checked.key_format->check != nullptr) {
    status = checked.key_format->check(columns, graph::OptionsOfKey(checked.options))
                 .WithContext("the keys");
  }
  if (status.ok() && checked.connector->check != nullptr) {
    status = checked.connector->check(columns, checked.options);
  }
  if (status.ok()) return checked;
  return Status(status).WithSpan(PlaceOfNamed(status, options, place));
}

}  // namespace weir::catalog
