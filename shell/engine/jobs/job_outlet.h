// Port: takes what the jobs of a guest's session report and print. Jobs outlive the session, so the
// outlet knows whether its client is still there. Jobs without an outlet use the listener and the
// output of the engine's ports.
#pragma once

#include <string_view>

#include "runtime/base/status.h"
#include "shell/engine/jobs/job_listener.h"

namespace weir::shell {

class JobOutlet : public JobListener {
 public:
  // Whole lines of `print`, as EnginePorts::print. Never fails because nobody listens: that would
  // fail the job.
  virtual Status Print(std::string_view lines) = 0;
  // Whether the guest has left: then its jobs are of the owner of the engine.
  virtual bool left() const = 0;
};

}  // namespace weir::shell
