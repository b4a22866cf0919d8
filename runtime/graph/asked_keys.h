// By which columns a lookup asks a table that is asked key by key.
#pragma once

#include <vector>

#include "runtime/graph/operator_spec.h"

namespace weir::graph {

struct AskedKey {
  int left = 0;  // the column of the left side
  int scan = 0;  // the scan's column, as a place in ScanSpec::columns
};
// The keys that are columns of the table as they are, each of its columns once. The other ones, and
// those where NULL equals NULL, are compared when the rows are here. Empty: the table cannot be
// asked.
std::vector<AskedKey> AskedKeysOf(const LookupSpec& spec);

}  // namespace weir::graph
