// Time and spread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace weir::bench {

// Seconds.
struct Cost {
  double cpu = 0;  // of all threads of the process, user and system
  double wall = 0;
};

// What `work` costs.
Cost Measure(const std::function<void()>& work);

// Values of repeated runs.
class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  bool empty() const { return values_.empty(); }
  // Not for empty samples.
  double Median() const;
  double Least() const;
  double Greatest() const;
  // "12.3 (11.9..13.0)" with so many decimals.
  std::string Text(int decimals) const;

 private:
  std::vector<double> values_;
};

}  // namespace weir::bench
