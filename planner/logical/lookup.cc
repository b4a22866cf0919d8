#include "planner/logical/lookup.h"

#include "runtime/graph/lookup_options.h"

namespace weir::logical {

const Scan& LookedUpScan(const Node& table) {
  const Node* below = &table;
  while (!below->inputs.empty()) below = below->inputs[0].get();
  return std::get<Scan>(below->operation);
}

bool IsReadAgain(const Node& lookup) {
  return !graph::ReloadText(LookedUpScan(*lookup.inputs[1]).spec.options).empty();
}

}  // namespace weir::logical
