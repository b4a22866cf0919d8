#include "runtime/fault_point.h"

#include <atomic>

namespace weir {
namespace {

// Set before threads start, so that relaxed loads suffice on the way through.
std::atomic<FaultHook> fault_hook = nullptr;
std::atomic<DefectQuery> defect_query = nullptr;

}  // namespace

void SetFaultHook(FaultHook hook) {
  fault_hook.store(hook, std::memory_order_relaxed);
}
FaultHook GetFaultHook() {
  return fault_hook.load(std::memory_order_relaxed);
}

void SetDefectQuery(DefectQuery query) {
  defect_query.store(query, std::memory_order_relaxed);
}
bool DefectPlanted(std::string_view name) {
  const DefectQuery query = defect_query.load(std::memory_order_relaxed);
  return query != nullptr && query(name);
}

}  // namespace weir
