// Named places around every write, sync, rename and commit where tests kill the process or fail a
// call.
#pragma once

#include <string_view>

namespace weir {

// Called with the point's name each time execution passes it. Null (the default) costs one load.
using FaultHook = void (*)(std::string_view point);
// Process-wide; set before threads start. The hook may end the process.
void SetFaultHook(FaultHook hook);
FaultHook GetFaultHook();

// Planted defects: true only when a test asked for `name`, never in production.
using DefectQuery = bool (*)(std::string_view name);
void SetDefectQuery(DefectQuery query);
// Each planted defect is one that a test must find, which shows that the test can fail.
bool DefectPlanted(std::string_view name);

}  // namespace weir

// Passes the named point, e.g. WEIR_FAULT_POINT("checkpoint.before_publish").
#define WEIR_FAULT_POINT(name)                                               \
  do {                                                                       \
    if (auto weir_hook = ::weir::GetFaultHook(); weir_hook) weir_hook(name); \
  } while (false)
