// The functions of libraries that one job calls.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/foreign.h"
#include "runtime/mutex.h"
#include "runtime/native/instance.h"
#include "runtime/native/library.h"

namespace weir::native {

// The function in the library, which takes and gives what was declared. kInvalidArgument E3010,
// with the function's name, else.
Result<std::unique_ptr<Instance>> BindFunction(const expr::ForeignFunction& function,
                                               const LibraryFile& file);

// Thread-safe. A call takes any instance that is free, so that there are as many as threads are in
// a call at a time.
class Functions final : public expr::ForeignRunner {
 public:
  Functions() = default;
  // Makes the first instance of a function. REQUIRES: no call has begun.
  Status Add(const expr::ForeignFunction* function, const LibraryFile& file);

  Status Call(const expr::ForeignCall& call, Column& out) override;
  // Ends the instances that are in no call; the next call makes others.
  void Rest();

 private:
  using Instances = std::vector<std::unique_ptr<Instance>>;

  std::unique_ptr<Instance> TakeFree(const expr::ForeignFunction* function);  // null: none

  // Constant once calls have begun.
  std::map<const expr::ForeignFunction*, const weir_function*> code_;
  Mutex mutex_;
  std::map<const expr::ForeignFunction*, Instances> free_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::native
