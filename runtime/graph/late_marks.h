// Which operators need the late marks of rows (Batch::late_marks).
#pragma once

#include <cstdint>

namespace weir::graph {

// What the marks in an operator's output are used for. A greater value includes the smaller ones.
enum class LateMarks : uint8_t {
  kUnused,    // no operator behind this one looks at them
  kLateRows,  // an operator behind it drops late rows: those must have their marks
  kEveryRow,  // as well, and on the way there are updates whose old row is older than the new one:
              // every row must have its mark, and every change must be emitted by itself
};

}  // namespace weir::graph
