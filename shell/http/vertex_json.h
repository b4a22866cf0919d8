// The figures of vertices and their tasks in JSON, which several paths show.
#pragma once

#include <string_view>
#include <vector>

#include "shell/http/job_view.h"
#include "shell/http/json_writer.h"

namespace weir::shell {

// What a task, or all of a vertex, did since the job's start.
struct IoFigures {
  uint64_t read_records = 0;
  uint64_t write_records = 0;
  uint64_t blocked_millis = 0;
  uint64_t idle_millis = 0;
  uint64_t busy_millis = 0;
};
IoFigures IoOf(const JobVertex& vertex, const JobView& view);
IoFigures IoOf(const task::TaskFigures& task, const JobVertex& vertex);

// The members of "metrics". Bytes are not counted, which "read-bytes-complete" says.
void AppendIo(JsonWriter& json, const IoFigures& io);

// The number of subtasks in each of Flink's states, of which `state` has all `count`.
void AppendStateCounts(JsonWriter& json, std::string_view state, size_t count);

}  // namespace weir::shell
