// The rows that a window emits when it fires.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/types/time_zone.h"

namespace weir::operators {

// Where a window's boundary appears in the output.
enum class WindowColumn : uint8_t { kStart, kEnd, kTime };

// Makes batches of keys, results and window columns.
// Boundaries are computed on the zone's wall clock and emitted as instants where the column is
// TIMESTAMP_LTZ.
class WindowResult {
 public:
  // `input` is the aggregate's input, `output` its output.
  WindowResult(const graph::WindowAggregateSpec& spec, const Schema& input, const Schema& output,
               const TimeZone& zone);

  // Inserts for the groups rows[i] with canonical keys[i] of the window that ends at `window_end`.
  Result<Batch> Make(const AggregateSet& set, int64_t window_end,
                     std::span<const std::string_view> keys,
                     std::span<std::byte* const> rows) const;

 private:
  int64_t MicrosOf(WindowColumn which, const Type& type, int64_t window_end) const;

  window::WindowSpec window_;
  TimeZone zone_;
  std::vector<Type> key_types_;
  std::vector<std::pair<WindowColumn, Type>> window_columns_;
};

// A constant column of one time, of TIMESTAMP or TIMESTAMP_LTZ up to precision 6.
ColumnPtr ConstantTime(const Type& type, int64_t micros, uint32_t rows);

}  // namespace weir::operators
