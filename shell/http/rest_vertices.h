// The vertices of a job as Flink's paths answer them.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// A vertex with its subtasks.
AnswerOfRoute AnswerVertex;
// How much of the time its subtasks were busy, idle or waited for room, since the start.
AnswerOfRoute AnswerBackpressure;
// The watermark of each of its subtasks.
AnswerOfRoute AnswerWatermarks;
// Since when its subtasks have been in their states.
AnswerOfRoute AnswerSubtaskTimes;

}  // namespace weir::shell
