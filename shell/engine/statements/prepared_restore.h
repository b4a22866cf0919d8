// What is known of a RESTORE before anything is started.
#pragma once

#include <string>
#include <vector>

#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

struct StatementExecutor::Restore {
  CheckpointMetadata from;
  std::string name;  // of the job
  std::string path;
  std::string fallback;  // what is to be said of newer checkpoints that are passed over
  double seconds = 0;    // that verifying took
  bool claims = false;
  bool read_through = false;  // JobRequest::read_through
  bool edited = false;        // the SQL is the statement's, not the savepoint's
  planner::PlannedJob planned;
  std::string sql;
  conf::Settings settings;
  std::string of_options;  // which of them have no effect; "" for none
  checkpoint::RestoreClauses clauses;
  checkpoint::RestorePlan plan;
  std::vector<std::string> of_output;  // in words
  std::string text;
};

}  // namespace weir::shell
