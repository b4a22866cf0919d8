// What a harness needs of the code around the operator under test: a failure ends the program.
#pragma once

#include <iostream>

#include "runtime/base/status.h"

namespace weir::operators {

inline void Must(const Status& status) {
  if (!status.ok()) std::cerr << status.ToString() << "\n";
  WEIR_CHECK(status.ok());
}

template <typename T>
T Must(Result<T> result) {
  Must(result.status());
  return std::move(result).value();
}

}  // namespace weir::operators
