// Which transactions a snapshot of PostgreSQL sees ("Transactions and Identifiers", pg_snapshot).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::connectors::postgres {

// "xmin:xmax:running,…", of 64-bit numbers that never wrap.
struct Visibility {
  uint64_t first_running = 0;  // every smaller one has ended
  uint64_t next = 0;           // no such one had begun, nor a greater one
  std::vector<uint64_t> running;

  // Whether what a transaction did that has committed is seen.
  bool Sees(uint64_t transaction) const;
  std::string Text() const;

  friend bool operator==(const Visibility&, const Visibility&) = default;
};
// kCorruption E7001 for a text that is none.
Result<Visibility> ParseVisibility(std::string_view text);

// The whole number of a transaction of which the log has 32 bits: the one next to `near`.
uint64_t WholeNumber(uint32_t transaction, uint64_t near);

}  // namespace weir::connectors::postgres
