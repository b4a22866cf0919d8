#include "runtime/connectors/kafka/kafka_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/graph/bad_records.h"
#include "runtime/graph/key_options.h"

namespace weir::connectors::kafka {
namespace {

constexpr std::string_view kKeyFormat = "key.format";
constexpr std::string_view kFieldsPrefix = "key.fields-prefix";
constexpr std::string_view kFieldsInclude = "value.fields-include";

Status WrongOption(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

Status CheckField(const Schema& schema, const std::string& name, std::string_view prefix) {
  if (!schema.Find(name)) {
    std::vector<std::string> columns;
    for (const Field& field : schema.fields) columns.push_back(field.name);
    return WrongOption(fmt::format("'{}' names no column of the table: \"{}\"", kKeyFields, name))
        .WithHint(DidYouMean(name, columns));
  }
  if (name.starts_with(prefix)) return {};
  return WrongOption(fmt::format("'{}' has a column without '{}' in front of its name: \"{}\"",
                                 kKeyFields, prefix, name));
}

Status CheckPart(std::string_view format, const Schema& record,
                 const graph::TableOptions& options) {
  const Format* const found = FindFormat(format);
  if (found == nullptr || found->descriptor->check_record == nullptr) return {};
  return found->descriptor->check_record(record, options);
}

}  // namespace

std::vector<std::string> NamesIn(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const size_t end = std::min(list.find(';'), list.size());
    const std::string_view name = TrimBlanks(list.substr(0, end));
    if (!name.empty()) names.emplace_back(name);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

KeyOptions KeyOptionsOf(const graph::TableOptions& options) {
  KeyOptions key;
  key.format = graph::OptionValue(options, kKeyFormat);
  key.fields = NamesIn(graph::OptionValue(options, kKeyFields));
  key.prefix = graph::OptionValue(options, kFieldsPrefix);
  key.values_have_all =
      !EqualsIgnoreCase(graph::OptionValue(options, kFieldsInclude), "EXCEPT_KEY");
  key.of_format = graph::OptionsOfKey(options);
  // A bad key is a bad record, as a bad value is.
  const std::string_view errors = graph::OptionValue(options, graph::kErrorsTable);
  if (!errors.empty())
    key.of_format.push_back({std::string(graph::kErrorsTable), std::string(errors)});
  return key;
}

std::vector<std::string> ColumnsOfKeyAlone(const graph::TableOptions& options) {
  KeyOptions key = KeyOptionsOf(options);
  return key.values_have_all ? std::vector<std::string>() : std::move(key.fields);
}

Status CheckKeyOptions(const Schema& schema, const graph::TableOptions& options) {
  const KeyOptions key = KeyOptionsOf(options);
  if (key.format.empty()) {
    if (!key.fields.empty())
      return WrongOption(fmt::format("'{}' needs '{}'", kKeyFields, kKeyFormat));
    if (key.values_have_all) return {};
    return WrongOption(fmt::format("'{}' = 'EXCEPT_KEY' needs '{}'", kFieldsInclude, kKeyFormat));
  }
  const Format* format = FindFormat(key.format);
  if (format == nullptr || !format->descriptor->messages) {
    return WrongOption(fmt::format("the keys of messages have no format '{}'", key.format));
  }
  if (!format->descriptor->gives.append_only()) {
    return WrongOption(
        fmt::format("a key is no change: '{}' cannot be '{}'", kKeyFormat, key.format));
  }
  if (key.fields.empty())
    return WrongOption(fmt::format("'{}' needs '{}'", kKeyFormat, kKeyFields))
        .WithHint("'key.fields' = 'a;b' names the columns that are in the key");
  if (!key.prefix.empty() && key.values_have_all) {
    return WrongOption(
        fmt::format("'{}' needs '{}' = 'EXCEPT_KEY'", kFieldsPrefix, kFieldsInclude));
  }
  for (const std::string& name : key.fields) RETURN_IF_ERROR(CheckField(schema, name, key.prefix));
  return {};
}

Status CheckFilesOfFormats(const Schema& physical, const graph::TableOptions& options) {
  const KeyOptions key = KeyOptionsOf(options);
  const std::vector<std::string> alone = ColumnsOfKeyAlone(options);
  Schema values;
  Schema keys;
  for (const Field& field : physical.fields) {
    if (std::ranges::find(alone, field.name) == alone.end()) values.fields.push_back(field);
    if (std::ranges::find(key.fields, field.name) == key.fields.end()) continue;
    keys.fields.push_back({field.name.substr(key.prefix.size()), field.type});
  }
  RETURN_IF_ERROR(CheckPart(graph::OptionValue(options, "format"), values, options));
  if (key.format.empty()) return {};
  return CheckPart(key.format, keys, key.of_format).WithContext("the keys");
}

}  // namespace weir::connectors::kafka
