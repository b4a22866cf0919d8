// Every figure of /metrics, in three tables: docs/metrics.md is made from them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "shell/http/metrics.h"

namespace weir::shell {

enum class MetricKind : uint8_t { kGauge, kCounter };

// What its rows have in common. `name` is behind "weir_", and behind "flink_" where Flink has it
// under that name and with the same meaning.
struct MetricRow {
  std::string_view name;
  bool in_flink = false;
  MetricKind kind = MetricKind::kGauge;
  std::string_view doc;
};

// A figure that is not there is left out.
struct ProcessMetric {
  MetricRow row;
  std::optional<double> (*value)(const MetricFacts& facts) = nullptr;
};
struct JobMetric {
  MetricRow row;
  std::optional<double> (*value)(const task::JobSnapshot& job, const MetricFacts& facts) = nullptr;
};
struct OperatorMetric {
  MetricRow row;
  std::optional<double> (*value)(const task::OperatorSnapshot& node) = nullptr;
};

// Metrics of the process and its server. All three tables live forever.
std::span<const ProcessMetric> ProcessMetrics();
std::span<const JobMetric> JobMetrics();            // of those that have not ended
std::span<const OperatorMetric> OperatorMetrics();  // of their operators

// The metrics whose samples have labels of their own: the program's version, a job's state, and how
// many jobs there are in each state.
const MetricRow& BuildMetric();
const MetricRow& JobStateMetric();
const MetricRow& JobsMetric();

}  // namespace weir::shell
