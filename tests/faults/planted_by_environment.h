// The defect that WEIR_DEFECT names, planted in a program of unit tests.
#pragma once

namespace weir::faults {

// Plants it, or nothing where there is no such variable. Done before the first test; a test that
// plants another one calls it at its end, or those after it would run without any.
void PlantByEnvironment();

}  // namespace weir::faults
