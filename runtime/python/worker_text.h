// The program of the processes that run functions in Python: runtime/python/worker.py.
#pragma once

#include <string_view>

namespace weir::python {

// Lives forever.
std::string_view WorkerText();

}  // namespace weir::python
