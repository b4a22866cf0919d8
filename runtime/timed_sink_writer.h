// Port: writers of sinks that act when time has passed.
#pragma once

#include "runtime/base/timestamp.h"
#include "runtime/sink.h"

namespace weir {

class TimedSinkWriter : public SinkWriter {
 public:
  // Wall-clock time has reached what NextProcessingTime asked for.
  virtual Status OnProcessingTime(Timestamp now) = 0;
  // When OnProcessingTime should be called next; Timestamp::Max() for never.
  virtual Timestamp NextProcessingTime() const = 0;
};

}  // namespace weir
