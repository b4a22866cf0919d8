// What the aggregates that keep lists make of them.
#pragma once

#include <memory>

#include "runtime/expr/aggregate.h"

namespace weir::expr {

// Stateless; usable by any thread.
// REQUIRES of Write: `out` has room for `count` values of the call's result type.
class ListOutput {
 public:
  virtual ~ListOutput() = default;
  // Whether NULLs are values of the list.
  virtual bool keeps_null() const { return false; }
  // The results of `count` groups: `lists` is an ARRAY column with each group's values in the order
  // of arrival, empty where there are none; written to out[0..count).
  virtual Status Write(const Column& lists, uint32_t count, Column& out) const = 0;
};

// REQUIRES: KeepsList of the call.
std::unique_ptr<ListOutput> MakeListOutput(const AggregateCall& call);

}  // namespace weir::expr
