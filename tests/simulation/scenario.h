// What a seed stands for: a job, its input, what is done to it, and what it must have written in
// the end.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace weir::simulation {

// What the simulated user does while the job runs, so long after its start or the act before.
enum class Act : uint8_t { kCheckpoint, kSavepoint, kStopAndRestore, kSuspendAndResume };
struct PlannedAct {
  Act act = Act::kCheckpoint;
  int64_t after_micros = 0;
};

// One run of the process. Power fails at its `power_fails_at`-th change of a file; 0: it does not.
struct PlannedLife {
  uint64_t power_fails_at = 0;
  std::vector<PlannedAct> acts;
};

using Lines = std::multiset<std::string>;

struct Scenario {
  uint64_t seed = 0;
  std::string settings;             // SET statements
  std::string tables;               // CREATE TABLE statements; {0} is the directory
  std::string job;                  // EXECUTE STATEMENT SET …
  std::vector<std::string> inputs;  // contents of the files events-N.csv
  std::vector<PlannedLife> lives;   // the last one has no end planned
  Lines windows;                    // lines that files below `windows` must have in the end
  Lines totals;                     // rows that the changes below `totals` must come to
};

// `plain`: one task each, one checkpoint at a time, and nobody who does anything, as in
// tests/model/commit.pml.
Scenario MakeScenario(uint64_t seed, const std::string& directory, bool plain = false);

}  // namespace weir::simulation
