// Whether a source subtask takes part in event time; for DESCRIBE JOB.
#pragma once

#include <cstdint>

namespace weir::task {

enum class TimeState : uint8_t {
  kKnown,         // partitions are read, or the table has no watermark
  kIdle,          // all are silent for longer than the idle timeout, or were read to their ends
  kNoPartitions,  // no partition was assigned to it so far
};

}  // namespace weir::task
