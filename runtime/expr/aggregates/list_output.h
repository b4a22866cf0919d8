// How aggregates that keep the list of their values (KeepsList) turn it into a result.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/expr/aggregate.h"

namespace weir::expr {

// Turns lists into results. Stateless; any thread may use it. REQUIRES of Write: `out` has room for
// `count` values of the call's result type.
class ListOutput {
 public:
  virtual ~ListOutput() = default;
  // Whether NULLs are values of the list.
  virtual bool keeps_null() const { return false; }
  // Writes the results of `count` groups to out[0..count): `lists` is an ARRAY column with each
  // group's values in the order of arrival, empty for a group without values.
  virtual Status Write(const Column& lists, uint32_t count, Column& out) const = 0;
  // Whether WriteOne can produce the result straight from the bytes of a list, without decoding
  // them into a column.
  virtual bool reads_bytes() const { return false; }
  // REQUIRES: reads_bytes(). `bytes`: those of value_codec.h, empty where there is no value.
  virtual Status WriteOne(std::string_view /*bytes*/, uint32_t /*row*/, Column& /*out*/) const {
    return Status::Internal("this list is not read from its bytes");
  }
};

// Moves `count` nested values into `out`, which has room for them and no children yet.
void MoveNested(const ColumnPtr& built, uint32_t count, Column& out);

// REQUIRES: KeepsList of the call. A new aggregate that keeps a list needs a row in aggregates.def,
// cases in KeepsList and, unless it gives NULL for no values, in GivesNull (registry.cc), and one
// in this function: without that it is taken for FIRST_VALUE.
std::unique_ptr<ListOutput> MakeListOutput(const AggregateCall& call);

}  // namespace weir::expr
