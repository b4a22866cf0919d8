// Newline-delimited JSON objects with Flink's option names.
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/connectors/formats/json_encoder.h"
#include "runtime/connectors/formats/json_settings.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kJsonName = "json";

constexpr auto kJsonOptions = WithJsonValueOptions(std::array{graph::OptionDescriptor{
    "fail-on-missing-field", graph::OptionKind::kBoolean, "false", "", false,
    "A record that lacks a column is bad; otherwise the column is NULL."}});

const graph::FormatDescriptor kJsonDescriptor = {
    .name = kJsonName,
    .doc = "JSON objects, one a line, or files that are an array of them.",
    .decodes = true,
    .encodes = true,
    .messages = true,
    .line_a_row = true,
    .names_columns = true,
    .options = kJsonOptions,
};

Result<std::unique_ptr<Decoder>> MakeJsonDecoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckJsonColumns(kJsonName, spec.record));
  const graph::TypedOptions said(kJsonDescriptor, spec.options);
  const JsonDecoding options{.fail_on_missing_field = said.Flag("fail-on-missing-field")};
  if (options.fail_on_missing_field && said.Flag("ignore-parse-errors")) {
    return Status::InvalidSql(
               "'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true")
        .WithId("E2008");
  }
  return MakeJsonLinesDecoder(std::move(spec), options);
}

Result<std::unique_ptr<Encoder>> MakeJsonEncoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckJsonColumns(kJsonName, spec.record));
  JsonEncoding options = JsonEncodingOf(kJsonDescriptor, spec.options);
  return MakeJsonLinesEncoder(std::move(spec), std::move(options));
}

}  // namespace

const Format& JsonFormat() {
  static const Format format = {&kJsonDescriptor, MakeJsonDecoder, MakeJsonEncoder};
  return format;
}

}  // namespace weir::connectors
