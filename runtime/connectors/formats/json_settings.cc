#include "runtime/connectors/formats/json_settings.h"

#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/graph/boolean_option.h"

namespace weir::connectors {
namespace {

// JSON's keys are strings, so those of maps must be.
Status CheckType(std::string_view format, const Type& type) {
  const bool keyed = type.kind() == TypeKind::kMap || type.kind() == TypeKind::kMultiset;
  if (keyed && !type.fields()[0].type.is_character()) {
    return Status::Unsupported(fmt::format(
        "the {} format cannot hold a {}: keys must be character strings", format, type.ToString()));
  }
  if (type.kind() == TypeKind::kNull) {
    return Status::Unsupported(fmt::format("the {} format cannot hold a NULL type", format));
  }
  for (const TypeField& field : type.fields()) RETURN_IF_ERROR(CheckType(format, field.type));
  return {};
}

std::string_view ValueOf(const graph::TableOptions& options, std::string_view format,
                         std::string_view key, std::string_view fallback = "") {
  return graph::OptionValue(options, fmt::format("{}.{}", format, key), fallback);
}

}  // namespace

Status CheckJsonColumns(std::string_view format, const Schema& record) {
  for (const Field& field : record.fields) {
    Status status = CheckType(format, field.type);
    if (!status.ok()) return std::move(status).WithContext("column \"" + field.name + "\"");
  }
  return {};
}

bool JsonFlag(const graph::TableOptions& options, std::string_view format, std::string_view key) {
  return graph::BooleanOption(options, fmt::format("{}.{}", format, key));
}

JsonEncoding JsonEncodingOf(const graph::TableOptions& options, std::string_view format) {
  const std::string_view null_keys = ValueOf(options, format, "map-null-key.mode", "FAIL");
  JsonEncoding encoding;
  encoding.format = format;
  encoding.iso_timestamps =
      EqualsIgnoreCase(ValueOf(options, format, "timestamp-format.standard"), "ISO-8601");
  encoding.plain_decimals = JsonFlag(options, format, "encode.decimal-as-plain-number");
  encoding.ignore_null_fields = JsonFlag(options, format, "encode.ignore-null-fields");
  if (EqualsIgnoreCase(null_keys, "DROP")) encoding.null_keys = NullKeyMode::kDrop;
  if (EqualsIgnoreCase(null_keys, "LITERAL")) encoding.null_keys = NullKeyMode::kLiteral;
  encoding.null_key = ValueOf(options, format, "map-null-key.literal", "null");
  return encoding;
}

}  // namespace weir::connectors
