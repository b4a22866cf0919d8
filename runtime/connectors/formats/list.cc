#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/not_null_decoder.h"
#include "runtime/connectors/formats/whole_record_decoder.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/bad_records.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {

std::span<const Format* const> AllFormats() {
  // One row for each format.
  static const std::array all = {&CsvFormat(),
                                 &JsonFormat(),
                                 &ChangelogFormat(),
                                 &DebeziumJsonFormat(),
                                 &CanalJsonFormat(),
                                 &MaxwellJsonFormat(),
                                 &OggJsonFormat(),
                                 &RawFormat(),
                                 &AvroFormat(),
                                 &AvroConfluentFormat(),
                                 &DebeziumAvroConfluentFormat(),
                                 &ProtobufFormat(),
                                 &ParquetFormat()};
  return all;
}

const Format* FindFormat(std::string_view name) {
  for (const Format* format : AllFormats()) {
    if (EqualsIgnoreCase(format->descriptor->name, name)) return format;
  }
  return nullptr;
}

bool Decoder::MakeLine(std::span<char> message) const {
  return std::find(message.begin(), message.end(), '\n') == message.end();
}

bool ReportsBadRecords(const graph::TableOptions& options) {
  return !graph::OptionValue(options, graph::kErrorsTable).empty();
}

bool DropsBadRecords(const Format& format, const graph::TableOptions& options) {
  return SkipsBadRecords(format, options) && !ReportsBadRecords(options);
}

bool IsFaultOfRecord(const Status& failure) {
  return failure.code() == StatusCode::kDataError && failure.id() != "E3007";
}

bool SkipsBadRecords(const Format& format, const graph::TableOptions& given) {
  if (ReportsBadRecords(given)) return true;
  const graph::TypedOptions options(*format.descriptor, given);
  return options.Knows("ignore-parse-errors") && options.Flag("ignore-parse-errors");
}

std::string HintOnBadRecords(const Format& format, std::string_view prefix) {
  if (!graph::TypedOptions(*format.descriptor, {}).Knows("ignore-parse-errors"))
    return fmt::format("'{}format' = 'raw' over a column of BYTES takes any record", prefix);
  return fmt::format(
      "'{}{}.ignore-parse-errors' = 'true' leaves bad records out and counts them, '{}' = 't' also "
      "writes them to a table",
      prefix, format.descriptor->name, graph::kErrorsTable);
}

bool JudgesWholeRecords(const Format& format, const graph::TableOptions& options) {
  return SkipsBadRecords(format, options) &&
         graph::TypedOptions(graph::AnyDecodedOptions(), options)
             .Is(graph::kErrorsScope, "all-columns");
}

std::vector<int> AllColumns(const Schema& record) {
  std::vector<int> all(record.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

static Result<std::unique_ptr<Decoder>> MakeChecked(const Format& format, FormatSpec spec) {
  if (!ReadsNotNull(spec)) return format.make_decoder(std::move(spec));
  spec.row_starts = true;
  return MakeNotNullDecoder(TRY(format.make_decoder(spec)), spec);
}

Result<std::unique_ptr<Decoder>> MakeDecoder(const Format& format, FormatSpec spec) {
  if (format.make_decoder == nullptr) {
    return Status::Unsupported(fmt::format("the format '{}' cannot read", format.descriptor->name));
  }
  spec.skip_bad = DropsBadRecords(format, spec.options);
  if (!JudgesWholeRecords(format, spec.options)) return MakeChecked(format, std::move(spec));
  std::vector<int> columns = std::exchange(spec.columns, AllColumns(spec.record));
  const size_t width = spec.record.size();
  return MakeWholeRecordDecoder(TRY(MakeChecked(format, std::move(spec))), width,
                                std::move(columns));
}

}  // namespace weir::connectors
