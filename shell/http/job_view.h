// A job as Flink's paths show it: its vertices are the chains of operators that share threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/jobs/running_job.h"
#include "shell/http/http_ports.h"

namespace weir::shell {

// A chain of operators, with its tasks where it runs.
struct JobVertex {
  std::string id;    // 32 hexadecimal digits, of the first operator's uid: the same at every start
  std::string name;  // "Scan(orders) -> Calc"
  int chain = 0;
  uint32_t parallelism = 1;
  std::vector<size_t> operators;            // in JobSnapshot::operators, in the order of rows
  std::vector<task::OperatorInput> inputs;  // of other chains
  bool feeds_others = false;                // some other chain reads it
  std::vector<task::TaskFigures> tasks;     // by subtask; none where it does not run
};

// A plain value, as of one moment.
struct JobView {
  JobRecord record;
  RunningJobPtr running;                      // null: not of this process
  std::optional<task::JobSnapshot> snapshot;  // of jobs of this process
  std::vector<JobVertex> vertices;            // in the order of the graph; of jobs of this process
  std::string_view state;                     // StateName
  uint32_t max_parallelism = 0;               // key groups
  int64_t now_millis = 0;

  int64_t started_millis() const;
  int64_t ended_millis() const;  // -1: not yet
  int64_t duration_millis() const;
  bool ended() const { return ended_millis() >= 0; }
  const JobVertex* FindVertex(std::string_view id) const;  // null: there is none
};

// A job by its id or name. E5001 for one that there is not.
Result<JobView> ViewJob(HttpPorts& ports, const std::string& id);

// The vertices of a job's operators, without tasks.
std::vector<JobVertex> VerticesOf(const std::vector<task::OperatorSnapshot>& operators);

// A view of what a list of jobs has, without tasks.
JobView ViewOf(JobSummary summary, int64_t now_millis);

// The options that a job was started with.
conf::Settings SettingsOf(const JobRecord& record);

// The state of a vertex, or of a task, of a job in this state: Flink's names of ExecutionState.
std::string_view ExecutionStateOf(std::string_view job_state);

// How rows get from one operator to another, as Flink calls it: "HASH".
std::string_view ShipStrategyOf(graph::ExchangeKind exchange);

}  // namespace weir::shell
