#include "shell/http/metrics.h"

#include <fmt/format.h>

#include <map>

#include "shell/http/job_state.h"
#include "shell/http/metric_table.h"

namespace weir::shell {
namespace {

constexpr std::string_view kOurs = "weir_";
constexpr std::string_view kFlinks = "flink_";

std::string Label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string_view KindName(MetricKind kind) {
  return kind == MetricKind::kCounter ? "counter" : "gauge";
}

// Writes one metric: its heading, then a sample for everything that has the figure; nothing where
// nothing has it.
class Family {
 public:
  Family(std::string& out, std::string_view prefix, const MetricRow& row)
      : out_(out), prefix_(prefix), row_(row) {}

  void Add(std::string_view labels, std::optional<double> value) {
    if (!value) return;
    if (!std::exchange(headed_, true)) {
      fmt::format_to(std::back_inserter(out_), "# HELP {0}{1} {2}\n# TYPE {0}{1} {3}\n", prefix_,
                     row_.name, row_.doc, KindName(row_.kind));
    }
    out_ += prefix_;
    out_ += row_.name;
    if (!labels.empty()) fmt::format_to(std::back_inserter(out_), "{{{}}}", labels);
    fmt::format_to(std::back_inserter(out_), " {}\n", *value);
  }

 private:
  std::string& out_;
  const std::string_view prefix_;
  const MetricRow& row_;
  bool headed_ = false;
};

// A job whose figures are shown, with its labels, which are the same in every family.
struct Shown {
  const task::JobSnapshot* job = nullptr;
  std::string labels;
  std::vector<std::string> operators;  // labels of each
};

Shown ShownAs(const JobSummary& job, bool as_flink) {
  Shown shown{&*job.snapshot, {}, {}};
  const std::string& name = job.record.name;
  shown.labels = as_flink ? Label("job_id", job.record.id) + ',' + Label("job_name", name)
                          : Label("job_name", name);
  for (const task::OperatorSnapshot& node : job.snapshot->operators) {
    shown.operators.push_back(
        shown.labels + ',' +
        (as_flink ? Label("operator_id", node.uid) + ',' + Label("operator_name", node.name)
                  : Label("operator", node.uid)));
  }
  return shown;
}

void AddJobs(std::string& out, const MetricFacts& facts, const std::vector<Shown>& jobs,
             std::string_view prefix) {
  const bool flinks = prefix == kFlinks;
  for (const JobMetric& metric : JobMetrics()) {
    if (flinks && !metric.row.in_flink) continue;
    Family family(out, prefix, metric.row);
    for (const Shown& shown : jobs) family.Add(shown.labels, metric.value(*shown.job, facts));
  }
  for (const OperatorMetric& metric : OperatorMetrics()) {
    if (flinks && !metric.row.in_flink) continue;
    Family family(out, prefix, metric.row);
    for (const Shown& shown : jobs) {
      for (size_t i = 0; i < shown.operators.size(); ++i)
        family.Add(shown.operators[i], metric.value(shown.job->operators[i]));
    }
  }
}

void AddStates(std::string& out, const std::vector<const JobSummary*>& jobs) {
  std::map<std::string_view, uint64_t> counts;
  Family states(out, kOurs, JobStateMetric());
  for (const JobSummary* job : jobs) {
    const std::string_view state = StateName(*job);
    states.Add(Label("job_name", job->record.name) + ',' + Label("state", state), 1);
    ++counts[state];
  }
  Family family(out, kOurs, JobsMetric());
  for (const auto& [state, count] : counts)
    family.Add(Label("state", state), static_cast<double>(count));
}

std::string PageRow(const MetricRow& row, std::string_view labels) {
  return fmt::format("| `{}{}` | {} | {} | {} | {} |\n", kOurs, row.name, KindName(row.kind),
                     labels, row.in_flink ? "yes" : "", row.doc);
}

}  // namespace

std::string MetricsText(const MetricFacts& facts, bool flink_names) {
  std::string out;
  Family build(out, kOurs, BuildMetric());
  build.Add(Label("version", facts.version), 1);
  for (const ProcessMetric& metric : ProcessMetrics())
    Family(out, kOurs, metric.row).Add("", metric.value(facts));
  const std::vector<const JobSummary*> newest = NewestOfNames(facts.jobs);
  AddStates(out, newest);
  for (const bool as_flink : {false, true}) {
    if (as_flink && !flink_names) break;
    std::vector<Shown> shown;
    for (const JobSummary* job : newest) {
      if (job->snapshot && !task::IsTerminal(job->snapshot->state))
        shown.push_back(ShownAs(*job, as_flink));
    }
    AddJobs(out, facts, shown, as_flink ? kFlinks : kOurs);
  }
  return out;
}

std::string MetricsPage() {
  std::string page =
      "| name | type | labels | in Flink | what |\n| --- | --- | --- | --- | --- |\n";
  page += PageRow(BuildMetric(), "version");
  for (const ProcessMetric& metric : ProcessMetrics()) page += PageRow(metric.row, "");
  page += PageRow(JobStateMetric(), "job_name, state");
  page += PageRow(JobsMetric(), "state");
  for (const JobMetric& metric : JobMetrics()) page += PageRow(metric.row, "job_name");
  for (const OperatorMetric& metric : OperatorMetrics())
    page += PageRow(metric.row, "job_name, operator");
  return page;
}

Result<HttpResponse> AnswerMetrics(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  MetricFacts facts;
  facts.jobs = TRY(ports.reading.jobs().List());
  facts.version = ports.version;
  facts.ready = ports.ready.load();
  facts.now_millis = ports.clock.Now().millis;
  facts.started_millis = ports.started_millis;
  facts.process = ProcessFactsNow(*ports.reading.ports().files);
  return HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                      .body = MetricsText(facts, ports.flink_names)};
}

}  // namespace weir::shell
