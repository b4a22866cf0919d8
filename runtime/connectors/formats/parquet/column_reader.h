// Makes columns of arrays in Arrow's C data interface.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"
#include "runtime/connectors/formats/parquet/arrow_files.h"
#include "runtime/connectors/formats/parquet/read_plan.h"
#include "runtime/types/column.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors::parquet {

// Copies what it reads. Not thread-safe.
class ColumnReader {
 public:
  // `zone`: in which local times are where a file has instants, and the other way round.
  explicit ColumnReader(TimeZone zone) : zone_(std::move(zone)) {}

  // The rows of an array, which is of a file's column or field that `node` describes. `nanos`: the
  // same array with INT96 in nanoseconds; null where none is needed. kDataError E3005 for a value
  // that the type does not have: message names the column.
  Result<ColumnPtr> Read(const ReadNode& node, const ArrowArray& array, const ArrowArray* nanos);

 private:
  // Values of an array, counted behind its own offset.
  struct Slice {
    const ArrowArray* array;
    const ArrowArray* nanos;
    int64_t start;
    uint32_t count;

    int64_t first() const { return array->offset + start; }
    template <typename T>
    const T* values() const {
      return static_cast<const T*>(array->buffers[1]) + first();
    }
    Slice Child(int64_t number, int64_t from, uint32_t size) const {
      return {array->children[number], nanos == nullptr ? nullptr : nanos->children[number], from,
              size};
    }
  };

  Result<ColumnPtr> ReadSlice(const ReadNode& node, const Slice& slice);
  Status Fill(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillIntegers(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillDecimals(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillTimes(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillTimestamps(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillTexts(const ReadNode& node, const Slice& slice, Column& out) const;
  Status FillFixedBytes(const ReadNode& node, const Slice& slice, Column& out) const;
  Result<ColumnPtr> ReadList(const ReadNode& node, const Slice& slice);
  Result<ColumnPtr> ReadRow(const ReadNode& node, const Slice& slice);
  template <typename From, typename To, typename Convert>
  Status Each(const ReadNode& node, const Slice& slice, Column& out, Convert convert) const;
  template <typename From>
  Status IntegersOf(const ReadNode& node, const Slice& slice, Column& out) const;
  template <typename Offset>
  Status TextsOf(const ReadNode& node, const Slice& slice, Column& out) const;

  const TimeZone zone_;
};

}  // namespace weir::connectors::parquet
