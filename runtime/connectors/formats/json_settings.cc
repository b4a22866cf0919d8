#include "runtime/connectors/formats/json_settings.h"

#include <fmt/format.h>

#include "runtime/graph/typed_options.h"

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

}  // namespace

Status CheckJsonColumns(std::string_view format, const Schema& record) {
  for (const Field& field : record.fields) {
    Status status = CheckType(format, field.type);
    if (!status.ok()) return std::move(status).WithContext("column \"" + field.name + "\"");
  }
  return {};
}

JsonEncoding JsonEncodingOf(const graph::FormatDescriptor& format,
                            const graph::TableOptions& given) {
  const graph::TypedOptions options(format, given);
  JsonEncoding encoding;
  encoding.format = format.name;
  encoding.iso_timestamps = options.Is("timestamp-format.standard", "ISO-8601");
  encoding.plain_decimals = options.Flag("encode.decimal-as-plain-number");
  encoding.ignore_null_fields = options.Flag("encode.ignore-null-fields");
  if (options.Is("map-null-key.mode", "DROP")) encoding.null_keys = NullKeyMode::kDrop;
  if (options.Is("map-null-key.mode", "LITERAL")) encoding.null_keys = NullKeyMode::kLiteral;
  encoding.null_key = options.Text("map-null-key.literal");
  return encoding;
}

}  // namespace weir::connectors
