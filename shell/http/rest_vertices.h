// The vertices of a job as Flink's paths answer them.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// GET /jobs/:job/vertices/:vertex: a vertex with its subtasks.
AnswerOfRoute AnswerVertex;
// GET /jobs/:job/vertices/:vertex/backpressure: how much of the time since the start its subtasks
// were busy, idle or waited for room.
AnswerOfRoute AnswerBackpressure;
// GET /jobs/:job/vertices/:vertex/watermarks: the watermark of each of its subtasks.
AnswerOfRoute AnswerWatermarks;
// GET /jobs/:job/vertices/:vertex/subtasktimes: since when its subtasks have been in their states.
AnswerOfRoute AnswerSubtaskTimes;

}  // namespace weir::shell
