// The functions in Python of one job, and the processes that run them: one for each thread that is
// in a call, all with all functions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/foreign.h"
#include "runtime/mutex.h"
#include "runtime/python/process.h"

namespace weir::python {

// Thread-safe. A batch goes to any process that is free, so functions keep nothing between batches
// that their results depend on.
class Workers final : public expr::ForeignRunner {
 public:
  using Functions = std::vector<const expr::ForeignFunction*>;

  // `functions`: all that will be called.
  Workers(ProcessSettings settings, Functions functions)
      : settings_(std::move(settings)), functions_(std::move(functions)), starter_(settings_) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Starts the first process, which imports all modules: what is wrong with them is found before
  // the job begins. By name of a function the hash of its module's file, "" where it has none.
  Result<std::map<std::string, std::string>> Load();
  Status Call(const expr::ForeignCall& call, Column& out) override;
  // Ends the processes that are in no call, and their thread; the next call starts others.
  void Rest();

 private:
  // A process that has all functions. E3010 where a module is no longer what Load has read.
  Result<std::unique_ptr<Process>> Begin();
  Result<std::unique_ptr<Process>> Take();
  std::unique_ptr<Process> TakeFree();  // null: there is none

  const ProcessSettings settings_;
  const Functions functions_;
  Starter starter_;
  std::vector<std::string> hashes_;  // by place in functions_; of Load, then constant
  Mutex mutex_;
  std::vector<std::unique_ptr<Process>> free_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::python
