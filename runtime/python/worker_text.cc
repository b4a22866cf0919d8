#include "runtime/python/worker_text.h"

// The assembler copies the file. WEIR_WORKER is its path (CMakeLists.txt).
#ifndef WEIR_WORKER  // for tools that read this file and make no object of it
#define WEIR_WORKER "runtime/python/worker.py"
#endif
asm(".pushsection .rodata\nkPythonWorkerBegin:\n.incbin \"" WEIR_WORKER
    "\"\nkPythonWorkerEnd:\n.popsection\n");
extern "C" const char kPythonWorkerBegin[];
extern "C" const char kPythonWorkerEnd[];

namespace weir::python {

std::string_view WorkerText() {
  return {kPythonWorkerBegin, static_cast<size_t>(kPythonWorkerEnd - kPythonWorkerBegin)};
}

}  // namespace weir::python
