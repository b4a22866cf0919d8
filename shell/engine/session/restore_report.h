// What EXPLAIN RESTORE answers, for programs: the plan that its text was made from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// A plain value.
struct RestoreReport {
  checkpoint::RestorePlan plan;
  // By row of the plan: which windows or groups will hold values of both queries, a line each; ""
  // for none.
  std::vector<std::string> mixed;
  // The snapshot that the restore would start from.
  bool is_savepoint = false;
  uint64_t checkpoint_id = 0;
  int64_t complete_millis = 0;
};

}  // namespace weir::shell
