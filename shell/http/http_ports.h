// What the answers to requests are made from.
#pragma once

#include <atomic>
#include <string>

#include "shell/engine/engine.h"
#include "shell/http/job_edits.h"
#include "shell/http/operations.h"
#include "shell/http/sql_statements.h"

namespace weir::shell {

// All of it is thread-safe, and outlives the requests.
struct HttpPorts {
  Engine& engine;
  // For reading what all sessions share: jobs, their records and savepoints. Nothing is executed in
  // it.
  Session& reading;
  Operations& operations;
  JobEdits& edits;
  SqlStatements& statements;
  Clock& clock;
  std::string version;  // of this program
  int64_t started_millis = 0;
  bool flink_names = false;  // 'metrics.flink-names'
  std::atomic<bool> ready{false};
};

}  // namespace weir::shell
