// Which operators need the late marks of rows (Batch::late_marks).
#pragma once

#include <cstdint>

namespace weir::graph {

// What the marks in an operator's output are used for. A greater value includes the smaller ones.
enum class LateMarks : uint8_t {
  kUnused,    // nobody does
  kLateRows,  // an operator behind it passes over rows that are late
  kEveryRow,  // and there are updates on the way, of rows that are older than the row that they
              // come with: every row has its mark, and every change is given by itself
};

}  // namespace weir::graph
