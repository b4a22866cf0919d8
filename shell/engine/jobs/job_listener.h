// Port: whoever wants to hear of an engine's jobs. The shell's watch is one; a server is another.
#pragma once

#include <string>

#include "runtime/notices.h"
#include "runtime/task/job.h"

namespace weir::shell {

class JobListener {
 public:
  virtual ~JobListener() = default;
  // What must not happen in silence. Called by threads of the job, which must not be kept waiting.
  virtual void OnNotice(const std::string& job, const Notice& notice) = 0;
  // What else its user is told of it, one line; the same threads, and that which starts it.
  virtual void OnRemark(const std::string& job, const std::string& what) = 0;
  // A job or query runs; the reference holds until OnRemoved. Called by the engine's thread.
  virtual void OnStarted(const task::Job& /*job*/) {}
  // It is about to be destroyed.
  virtual void OnRemoved(const task::Job& /*job*/) {}
};

}  // namespace weir::shell
