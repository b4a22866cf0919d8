// How a child process of these tests ends.
#pragma once

namespace weir::faults {

constexpr int kFinished = 0;
constexpr int kFailed = 1;
constexpr int kPowerFailed = 99;

}  // namespace weir::faults
