// What the formats with JSON records share: the types that they can hold, and the options that say
// how values are written.
#pragma once

#include <array>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/connectors/formats/json_encoder.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// Options of every JSON format, without the format's name: Flink's names and defaults
// (JsonFormatOptions).
inline constexpr std::array kJsonValueOptions = {
    graph::OptionDescriptor{"ignore-parse-errors", graph::OptionKind::kBoolean, "false", "", false,
                            "Bad records are left out and counted instead of failing the job."},
    graph::OptionDescriptor{
        "timestamp-format.standard", graph::OptionKind::kEnum, "SQL", "SQL|ISO-8601", false,
        "How timestamps are written: 'yyyy-MM-dd HH:mm:ss' or with T. Both are read."},
    graph::OptionDescriptor{"encode.decimal-as-plain-number", graph::OptionKind::kBoolean, "false",
                            "", false, "Writes 0.000000027 rather than 2.7E-8."},
    graph::OptionDescriptor{"encode.ignore-null-fields", graph::OptionKind::kBoolean, "false", "",
                            false, "Leaves fields that are NULL out."},
    graph::OptionDescriptor{"map-null-key.mode", graph::OptionKind::kEnum, "FAIL",
                            "FAIL|DROP|LITERAL", false,
                            "What happens to map entries whose key is NULL when they are written."},
    graph::OptionDescriptor{"map-null-key.literal", graph::OptionKind::kString, "null", "", false,
                            "The key that 'map-null-key.mode' = 'LITERAL' writes."},
};

// kJsonValueOptions behind those that a format has of its own.
template <size_t N>
constexpr std::array<graph::OptionDescriptor, kJsonValueOptions.size() + N> WithJsonValueOptions(
    const std::array<graph::OptionDescriptor, N>& own) {
  std::array<graph::OptionDescriptor, kJsonValueOptions.size() + N> all{};
  for (size_t i = 0; i < N; ++i) all[i] = own[i];
  for (size_t i = 0; i < kJsonValueOptions.size(); ++i) all[N + i] = kJsonValueOptions[i];
  return all;
}

// kUnsupported, naming the column and `format`, for a type that JSON cannot hold: NULL, and maps
// whose keys are not character strings.
Status CheckJsonColumns(std::string_view format, const Schema& record);

// How the table wants values to be written. REQUIRES: the options were checked.
JsonEncoding JsonEncodingOf(const graph::FormatDescriptor& format,
                            const graph::TableOptions& given);

}  // namespace weir::connectors
