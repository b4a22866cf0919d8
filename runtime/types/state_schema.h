// What an operator keeps: the declaration that tables are opened with, that checkpoints and
// savepoints record, that EXPLAIN STATE prints, and that restore compares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/types/schema.h"

namespace weir {

enum class StateLayout : uint8_t {
  kValue,  // one row a key: accumulators, deduplication
  kList,   // rows of a key in order of arrival, each with a persisted sequence number: join sides
  kMap,    // key -> ordered sub-key -> row: DISTINCT, retractable MIN/MAX, Top-N
};

// One table of state. A restore matches fields by name, whatever their order. The schema is
// persisted in the bookkeeping of every checkpoint (state/FORMAT.md), together with all older
// versions under which rows were written.
struct StateSchema {
  std::string name;  // within the operator: "groups", "distinct(bidder)", "values(price)"
  StateLayout layout = StateLayout::kValue;
  std::vector<Field> key;
  std::vector<Field> sub_key;  // kMap only
  std::vector<Field> value;
  // The table consists of one independent table a window slice, each dropped as a whole; keys on
  // disk are key group, slice, key.
  bool sliced = false;
  int64_t ttl_millis = 0;  // 0: rows never expire

  friend bool operator==(const StateSchema&, const StateSchema&) = default;
};

// All state of one operator: keyed tables, and the names of its entries of operator state, whose
// bytes only the operator understands.
struct OperatorStateSchema {
  std::vector<StateSchema> tables;
  std::vector<std::string> operator_state;  // "splits", "progress", "committables"
};

}  // namespace weir
