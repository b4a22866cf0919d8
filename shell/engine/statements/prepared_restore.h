// What a RESTORE finds out before it starts anything.
#pragma once

#include <string>
#include <vector>

#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

struct StatementExecutor::Restore {
  CheckpointMetadata from;
  std::string name;  // of the job
  std::string path;
  Status over;                // why the job itself cannot go on, whatever its state is
  std::string fallback;       // a warning about newer checkpoints that are passed over; "" for none
  double seconds = 0;         // how long verifying took
  bool claims = false;        // JobRequest::claims
  bool read_through = false;  // JobRequest::read_through
  bool edited = false;        // the SQL is the statement's, not the savepoint's
  planner::PlannedJob planned;
  std::string sql;
  conf::Settings settings;
  std::string of_options;  // a notice about options without effect; "" for none
  checkpoint::RestoreClauses clauses;
  checkpoint::RestorePlan plan;
  std::vector<std::string> of_output;  // what happens to output in the snapshot
  std::string text;
};

}  // namespace weir::shell
