// Linked into unit tests: the defect that WEIR_DEFECT names is planted in them, too, as weir_faulty
// plants it. So a suite of unit tests can show what it would catch (tests/faults/sabotage.py).
#include "tests/faults/planted_by_environment.h"

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
  PlantByEnvironment();
  return true;
}();

}  // namespace

void PlantByEnvironment() {
  if (Named().empty()) return SetDefectQuery(nullptr);
  SetDefectQuery([](std::string_view asked) { return asked == Named(); });
}

}  // namespace weir::faults
