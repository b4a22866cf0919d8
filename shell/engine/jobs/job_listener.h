// Port: hears about an engine's jobs, for logs and for the terminal.
#pragma once

#include <string>

#include "runtime/notices.h"
#include "runtime/task/job.h"
#include "shell/engine/text/notice_line.h"

namespace weir::shell {

// Which job something is about. A SELECT has no name.
struct JobTitle {
  std::string name;
  std::string id;
};

class JobListener {
 public:
  virtual ~JobListener() = default;
  // An event that the user must learn of. Called by threads of the job, so it must not block.
  virtual void OnNotice(const JobTitle& job, const Notice& notice) = 0;
  // One more line for the user about the job. Called by the same threads and by the one that starts
  // the job.
  virtual void OnRemark(const JobTitle& job, const Remark& remark) = 0;
  // Returns when what was heard is written, so that no kill can take it back, as far as it is
  // written here and now. Called by the thread that starts a job.
  virtual void AwaitSaid() {}
  // A job or query is running; the reference is valid until OnRemoved. Called by the engine's
  // thread.
  // `recorded`: it is no query.
  virtual void OnStarted(const task::Job& /*job*/, bool /*recorded*/) {}
  // The job is about to be destroyed.
  virtual void OnRemoved(const task::Job& /*job*/) {}
};

}  // namespace weir::shell
