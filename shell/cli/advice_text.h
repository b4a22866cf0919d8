// What weir flink advise shows of a job: tables and remarks, made of its figures alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/cli/trial_run.h"
#include "shell/engine/session/result_table.h"
#include "shell/flink/advise/sizing.h"

namespace weir::shell {

struct AdviceGoal {
  flink::SizingGoal sizing;
  std::optional<double> core_hour;  // what one costs, in any currency
};

// Where state would be on this machine.
struct DiskRoom {
  std::string directory;    // as it is called
  uint64_t free_bytes = 0;  // 0: not known
};

// How the job ran: "10,000,000 rows in 4.1 s, to the end of its input, …".
std::string RunText(const Trial& trial, uint32_t parallelism);

// What can be said of any advice: where the ratios are from, and what they do not know.
extern const std::string_view kTrustText;

// REQUIRES: the trial read a row. The trial outlives it.
class Advice {
 public:
  Advice(const Trial& trial, const AdviceGoal& goal);

  // One row an operator: what it took here, and how many times that its kind takes on Flink.
  ResultTable Operators() const;
  // One row a figure: what the job needs here, on Flink, and between which ends that lies.
  ResultTable Needs() const;
  // Sentences, without ends of line: whether one machine is enough, what one cannot give, and what
  // is uncertain about these figures.
  std::vector<std::string> Remarks(const DiskRoom& disk) const;

  const flink::Sizing& sizing() const { return sizing_; }
  const AdviceGoal& goal() const { return goal_; }

 private:
  // The input came more slowly than a core takes it, which makes a row cost more than it does.
  bool is_slow() const {
    return trial_.seconds > 1 && trial_.figures.cpu_seconds < 0.2 * trial_.seconds;
  }
  // It took so little that the job cannot be told from its start.
  bool is_short() const { return trial_.figures.cpu_seconds < 1; }
  std::string EnoughText() const;
  std::string GrowthText(const DiskRoom& disk) const;
  std::string NarrowText() const;
  std::string MeasuredText() const;
  std::string MemoryText() const;

  const Trial& trial_;
  const AdviceGoal goal_;
  const flink::Ratio ratio_;
  const flink::Sizing sizing_;
};

// What several jobs need together, each at its rate.
class AdviceSum {
 public:
  void Add(const Advice& advice);
  std::string Text() const;

 private:
  size_t jobs_ = 0;
  double cores_here_ = 0;
  uint32_t cores_ = 0;  // of this machine
  flink::Estimate slots_;
};

}  // namespace weir::shell
