#include "state/files/low_priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace weir::state {
namespace {

int NiceOfThisThread() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

TEST(LowThreadPriority, IsOfTheThreadAndThoseThatItStarts) {
  const int before = NiceOfThisThread();
  int own = before;
  int started = before;
  std::thread([&] {
    LowerThreadPriority();
    own = NiceOfThisThread();
    std::thread([&] { started = NiceOfThisThread(); }).join();
  }).join();
  EXPECT_EQ(own, std::min(before + 10, 19));
  EXPECT_EQ(started, own);
  EXPECT_EQ(NiceOfThisThread(), before) << "others go on as before";
}

}  // namespace
}  // namespace weir::state
