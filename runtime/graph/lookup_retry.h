// How often a table that is looked up key by key is asked again for keys that it has no row of: the
// retry options of Flink's hint LOOKUP.
#pragma once

#include <cstdint>

namespace weir::graph {

struct LookupRetry {
  int64_t attempts = 0;  // behind the first time; 0: it is asked once
  int64_t delay_millis = 0;
  bool operator==(const LookupRetry&) const = default;
};

}  // namespace weir::graph
