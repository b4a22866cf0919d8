#include "bench/lib/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace weir::bench {
namespace {

double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

Cost Measure(const std::function<void()>& work) {
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double wall = Seconds(CLOCK_MONOTONIC);
  work();
  return {Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, Seconds(CLOCK_MONOTONIC) - wall};
}

double Samples::Median() const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Samples::Least() const {
  return *std::min_element(values_.begin(), values_.end());
}
double Samples::Greatest() const {
  return *std::max_element(values_.begin(), values_.end());
}

std::string Samples::Text(int decimals) const {
  if (values_.empty()) return "-";
  return fmt::format("{:.{}f} ({:.{}f}..{:.{}f})", Median(), decimals, Least(), decimals,
                     Greatest(), decimals);
}

}  // namespace weir::bench
