// Whether a source subtask has a say in how far event time is: for DESCRIBE JOB.
#pragma once

#include <cstdint>

namespace weir::task {

enum class TimeState : uint8_t {
  kKnown,         // partitions are read, or the table has no watermark
  kIdle,          // all are silent for longer than the idle timeout, or were read to their ends
  kNoPartitions,  // it has got none so far
};

}  // namespace weir::task
