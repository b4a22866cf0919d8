// Newline-delimited JSON objects with Flink's option names.
#include <fmt/format.h>

#include <array>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/connectors/formats/json_encoder.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kOptions = {
    OptionDescriptor{"fail-on-missing-field", OptionKind::kBoolean, "false", "", false,
                     "A record that lacks a column is bad; otherwise the column is NULL."},
    OptionDescriptor{"ignore-parse-errors", OptionKind::kBoolean, "false", "", false,
                     "Bad records are left out and counted instead of failing the job."},
    OptionDescriptor{"timestamp-format.standard", OptionKind::kEnum, "SQL", "SQL|ISO-8601", false,
                     "How timestamps are written: 'yyyy-MM-dd HH:mm:ss' or with T. Both are read."},
    OptionDescriptor{"encode.decimal-as-plain-number", OptionKind::kBoolean, "false", "", false,
                     "Writes 0.000000027 rather than 2.7E-8."},
    OptionDescriptor{"encode.ignore-null-fields", OptionKind::kBoolean, "false", "", false,
                     "Leaves fields that are NULL out."},
    OptionDescriptor{"map-null-key.mode", OptionKind::kEnum, "FAIL", "FAIL|DROP|LITERAL", false,
                     "What happens to map entries whose key is NULL when they are written."},
    OptionDescriptor{"map-null-key.literal", OptionKind::kString, "null", "", false,
                     "The key that 'map-null-key.mode' = 'LITERAL' writes."},
};

const graph::FormatDescriptor kDescriptor = {
    .name = "json",
    .doc = "JSON objects, one a line.",
    .decodes = true,
    .encodes = true,
    .options = kOptions,
};

bool Flag(const FormatSpec& spec, std::string_view key) {
  return EqualsIgnoreCase(graph::OptionValue(spec.options, key), "true");
}

// JSON's keys are strings, so those of maps must be.
Status CheckType(const Type& type) {
  const bool keyed = type.kind() == TypeKind::kMap || type.kind() == TypeKind::kMultiset;
  if (keyed && !type.fields()[0].type.is_character()) {
    return Status::Unsupported(fmt::format(
        "the json format cannot hold a {}: keys must be character strings", type.ToString()));
  }
  if (type.kind() == TypeKind::kNull)
    return Status::Unsupported("the json format cannot hold a NULL type");
  for (const TypeField& field : type.fields()) RETURN_IF_ERROR(CheckType(field.type));
  return {};
}

Status CheckColumns(const FormatSpec& spec) {
  for (const Field& field : spec.record.fields) {
    Status status = CheckType(field.type);
    if (!status.ok()) return std::move(status).WithContext("column \"" + field.name + "\"");
  }
  return {};
}

Result<std::unique_ptr<Decoder>> MakeJsonDecoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckColumns(spec));
  const JsonDecoding options{.fail_on_missing_field = Flag(spec, "json.fail-on-missing-field")};
  if (options.fail_on_missing_field && spec.skip_bad) {
    return Status::InvalidSql(
               "'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true")
        .WithId("E2008");
  }
  return MakeJsonLinesDecoder(std::move(spec), options);
}

Result<std::unique_ptr<Encoder>> MakeJsonEncoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckColumns(spec));
  const std::string_view null_keys =
      graph::OptionValue(spec.options, "json.map-null-key.mode", "FAIL");
  JsonEncoding options;
  options.iso_timestamps = EqualsIgnoreCase(
      graph::OptionValue(spec.options, "json.timestamp-format.standard"), "ISO-8601");
  options.plain_decimals = Flag(spec, "json.encode.decimal-as-plain-number");
  options.ignore_null_fields = Flag(spec, "json.encode.ignore-null-fields");
  if (EqualsIgnoreCase(null_keys, "DROP")) options.null_keys = NullKeyMode::kDrop;
  if (EqualsIgnoreCase(null_keys, "LITERAL")) options.null_keys = NullKeyMode::kLiteral;
  options.null_key = graph::OptionValue(spec.options, "json.map-null-key.literal", "null");
  return MakeJsonLinesEncoder(std::move(spec), std::move(options));
}

}  // namespace

const Format& JsonFormat() {
  static const Format format = {&kDescriptor, MakeJsonDecoder, MakeJsonEncoder};
  return format;
}

}  // namespace weir::connectors
