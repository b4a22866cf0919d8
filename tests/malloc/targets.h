// What the malloc loop runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace weir::malloc_test {

struct Target {
  std::string name;
  // What it answers, the same every time; a failure where it could not.
  std::function<Result<std::string>()> run;
};

// Parsing, every format both ways, and the sessions of tests/malloc/sessions.sql, each with a new
// engine in a directory of its own below `scratch`.
// REQUIRES: the working directory is the source's.
std::vector<Target> AllTargets(const std::string& scratch);

}  // namespace weir::malloc_test
