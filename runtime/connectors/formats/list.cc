#include <fmt/format.h>

#include <array>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {

std::span<const Format* const> AllFormats() {
  // One row a format.
  static const std::array all = {&CsvFormat(), &JsonFormat(), &ChangelogFormat(),
                                 &DebeziumJsonFormat()};
  return all;
}

const Format* FindFormat(std::string_view name) {
  for (const Format* format : AllFormats()) {
    if (EqualsIgnoreCase(format->descriptor->name, name)) return format;
  }
  return nullptr;
}

Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, FormatSpec spec) {
  if (format.make_decoder == nullptr) {
    return Status::Unsupported(fmt::format("the format '{}' cannot read", format.descriptor->name));
  }
  const graph::TypedOptions options(*format.descriptor, spec.options);
  spec.skip_bad = options.Knows("ignore-parse-errors") && options.Flag("ignore-parse-errors");
  return format.make_decoder(std::move(spec));
}

}  // namespace weir::connectors
