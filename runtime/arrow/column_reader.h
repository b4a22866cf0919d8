// Makes columns of arrays in Arrow's C data interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/abi/weir/arrow.h"
#include "runtime/arrow/arrow_type.h"
#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/time_zone.h"

namespace weir::arrow {

// How an array becomes a column: that of a column, of a field of one, or of the elements, keys or
// values of a collection.
struct ReadNode {
  Type type;
  std::string path;    // for messages: "a.b"; "": it has no name
  int child = -1;      // its number in the struct above; -1: there is none, and it is NULL
  ArrowType from;      // what the array is of
  bool int96 = false;  // kTimestamp
  std::vector<ReadNode> parts = {};
};

// Copies what it reads, and trusts the array: CheckArray is for those of strangers. Not
// thread-safe.
class ColumnReader {
 public:
  // `zone`: in which local times are where a file has instants, and the other way round.
  explicit ColumnReader(TimeZone zone) : zone_(std::move(zone)) {}

  // The rows of an array, which is of a file's column or field that `node` describes. `nanos`: the
  // same array with INT96 in nanoseconds; null where none is needed. kDataError E3005 for a value
  // that the type does not have: message names the column.
  Result<ColumnPtr> Read(const ReadNode& node, const ArrowArray& array, const ArrowArray* nanos);
  // The values of an array of `out.stored()` flat ones, into a column of node.type.
  Status ReadInto(const ReadNode& node, const ArrowArray& array, Column& out) const;

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

}  // namespace weir::arrow
