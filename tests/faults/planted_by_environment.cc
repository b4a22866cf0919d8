// Linked into unit tests: the defect that WEIR_DEFECT names is planted in them, too, as weir_faulty
// plants it. So a suite of unit tests can show what it would catch (tests/faults/sabotage.py).
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/fault_point.h"

namespace weir::faults {
namespace {

const std::string& Named() {
  static const std::string name = [] {
    const char* said = std::getenv("WEIR_DEFECT");
    return std::string(said != nullptr ? said : "");
  }();
  return name;
}

[[maybe_unused]] const bool kPlanted = [] {
  if (Named().empty()) return false;
  SetDefectQuery([](std::string_view asked) { return asked == Named(); });
  return true;
}();

}  // namespace
}  // namespace weir::faults
