#include "runtime/graph/any_table_options.h"

#include <array>

#include "runtime/base/names.h"
#include "runtime/graph/bad_records.h"
#include "runtime/graph/watermark_alignment_options.h"

namespace weir::graph {
namespace {

constexpr std::array kSourceOptions = {
    OptionDescriptor{kScanParallelism, OptionKind::kInteger, "", "", false,
                     "Subtasks that read the table; without it, as many as the job has.",
                     OptionEffect::kAccess},
    OptionDescriptor{kWatermarkEmitStrategy, OptionKind::kEnum, "on-event", "on-event|on-periodic",
                     false,
                     "When watermarks move; either way a row is late by the rows before it in its "
                     "partition.",
                     OptionEffect::kAccess},
    OptionDescriptor{kAlignmentGroup, OptionKind::kString, "", "", false,
                     "Tables of one query that name the same group wait for each other: none is "
                     "read that is ahead of another by more than the drift.",
                     OptionEffect::kAccess},
    OptionDescriptor{kAlignmentDrift, OptionKind::kDuration, "", "", false,
                     "How far the table may be ahead of the last one of its group, in event time.",
                     OptionEffect::kAccess},
    OptionDescriptor{kAlignmentInterval, OptionKind::kDuration, "1000 ms", "", false,
                     "How often it asks where the last one of its group is.",
                     OptionEffect::kAccess},
};

constexpr std::array kDecodedOptions = {
    OptionDescriptor{kErrorsScope, OptionKind::kEnum, "all-columns", "all-columns|read-columns",
                     false,
                     "With 'ignore-parse-errors': whether a value that is none makes a record bad "
                     "in every column, or only in those that a query reads."},
};

constexpr std::array kReportedOptions = {
    OptionDescriptor{kErrorsTable, OptionKind::kString, "", "", false,
                     "The table that bad records go into; they are left out of this one.",
                     OptionEffect::kAccess},
};

constexpr std::array kSinkOptions = {
    OptionDescriptor{kSinkParallelism, OptionKind::kInteger, "", "", false,
                     "Subtasks that write the table; without it, as many as give it its rows.",
                     OptionEffect::kAccess},
};

constexpr std::array kEnforcerOptions = {
    OptionDescriptor{kNotNullEnforcer, OptionKind::kEnum, "ERROR", "ERROR|DROP", false,
                     "NULL in a column that is NOT NULL.", OptionEffect::kAccess},
    OptionDescriptor{kTypeLengthEnforcer, OptionKind::kEnum, "IGNORE", "IGNORE|TRIM_PAD|ERROR",
                     false, "Values that do not fit CHAR(n), VARCHAR(n), BINARY(n), VARBINARY(n).",
                     OptionEffect::kAccess},
    OptionDescriptor{kNestedConstraintEnforcer, OptionKind::kEnum, "IGNORE",
                     "IGNORE|ROWS|ROWS_AND_COLLECTIONS", false,
                     "Whether both hold for fields and elements.", OptionEffect::kAccess},
};

}  // namespace

std::span<const OptionDescriptor> EnforcerOptions() {
  return kEnforcerOptions;
}

std::span<const OptionDescriptor> AnySourceOptions() {
  return kSourceOptions;
}

std::span<const OptionDescriptor> AnyDecodedOptions() {
  return kDecodedOptions;
}

std::span<const OptionDescriptor> AnyReportedOptions() {
  return kReportedOptions;
}

std::span<const OptionDescriptor> AnySinkOptions() {
  return kSinkOptions;
}

uint32_t SubtasksOf(const TableOptions& options, std::string_view key) {
  const std::string_view text = OptionValue(options, key);
  return text.empty() ? 0 : static_cast<uint32_t>(ParseInteger(text).value());
}

bool DeliversExactlyOnce(const ConnectorDescriptor& connector, const TableOptions& options) {
  return connector.exactly_once_sink ||
         EqualsIgnoreCase(OptionValue(options, "sink.delivery-guarantee"), "exactly-once");
}

}  // namespace weir::graph
