// The nodes of the logical plan that WITH RECURSIVE becomes: a loop, and the place where its rows
// come back.
#pragma once

#include <cstdint>
#include <string>

namespace weir::logical {

// WITH RECURSIVE: the rows of its first input, and those that its second input, the step, makes of
// what it has given itself, which RecursiveScan reads. Both have inserts only, and the columns of
// the output. `max_depth` 0: each row is taken once, which the Aggregate without calls right above
// does, and RecursiveScan reads what that gives. Else the last column says how often the step was
// applied, and a row beyond is an error.
struct Recursion {
  int id = 0;  // in the plan
  std::string name;
  int64_t max_depth = 0;
};
// No inputs; stands inside of the Recursion's step only, and has its columns.
struct RecursiveScan {
  int recursion = 0;  // Recursion::id
  std::string name;
};

}  // namespace weir::logical
