// For suites that are typed by tiers or have a width: each is tried where the processor has it.
#pragma once

#include <gtest/gtest.h>

#include "runtime/base/tiers.h"

namespace weir {

template <typename Tier>
class TierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Tier::kWidth > WidestHere()) GTEST_SKIP() << "the processor has no such registers";
  }
};

// Widths as parameters; those below the build's are the build's.
inline auto AllWidths() {
#if defined(__x86_64__)
  return ::testing::Values(Width::kPlain, Width::kSse4, Width::kAvx2, Width::kAvx512,
                           Width::kVbmi2);
#else
  return ::testing::Values(Width::kPlain, Width::kArmCrc);
#endif
}

class WidthTest : public ::testing::TestWithParam<Width> {
 protected:
  void SetUp() override {
    if (GetParam() > WidestHere()) GTEST_SKIP() << "the processor has no such registers";
  }
};

}  // namespace weir
