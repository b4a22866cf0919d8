// The figures of jobs and of the process as Prometheus takes them (text format 0.0.4).
//
// We write the text ourselves: prometheus-cpp keeps an object a series, which somebody would have
// to remove as jobs go, and Debian's package of it brings a web server and an HTTP client.
#pragma once

#include <string>
#include <vector>

#include "shell/engine/jobs/running_job.h"
#include "shell/http/process_facts.h"
#include "shell/http/routes.h"

namespace weir::shell {

// What the figures are made from, as of one moment.
struct MetricFacts {
  std::vector<JobSummary> jobs;
  std::string version;
  bool ready = false;
  int64_t now_millis = 0;
  int64_t started_millis = 0;  // the process's server
  ProcessFacts process;
};

// Of several jobs with one name only the newest has series of its own, and of jobs that have ended
// none has any but its state's. With `flink_names` the figures that Flink has, too, stand there a
// second time under Flink's names and labels.
std::string MetricsText(const MetricFacts& facts, bool flink_names);

// The table of docs/metrics.md.
std::string MetricsPage();

// /metrics, as of now.
Result<HttpResponse> AnswerMetrics(HttpPorts& ports, const HttpRequest& request,
                                   const RouteParameters& parameters);

}  // namespace weir::shell
