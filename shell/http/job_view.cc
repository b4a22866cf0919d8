#include "shell/http/job_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/base/hash.h"
#include "shell/http/job_state.h"

namespace weir::shell {
namespace {

std::string VertexId(const std::string& uid) {
  const std::string other = "vertex " + uid;
  return fmt::format("{:016x}{:016x}", Hash64(uid.data(), uid.size()),
                     Hash64(other.data(), other.size()));
}

std::string NameOf(const JobVertex& vertex, const std::vector<task::OperatorSnapshot>& operators) {
  std::vector<std::string_view> names;
  for (const size_t index : vertex.operators) names.push_back(operators[index].name);
  return fmt::format("{}", fmt::join(names, " -> "));
}

// The job of this process that was started last under this id; null: there is none.
RunningJobPtr RunningOf(const JobRunner& runner, const std::string& id) {
  RunningJobPtr found;
  for (const RunningJobPtr& job : runner.running().All()) {
    if (job->record.id == id) found = job;
  }
  return found;
}

}  // namespace

int64_t JobView::started_millis() const {
  return snapshot ? snapshot->started_millis : record.started_millis;
}

int64_t JobView::ended_millis() const {
  const int64_t ended = snapshot ? snapshot->ended_millis : record.ended_millis;
  if (ended > 0) return ended;
  // Nobody wrote down when its process died.
  return snapshot ? -1 : record.started_millis;
}

int64_t JobView::duration_millis() const {
  return (ended() ? ended_millis() : now_millis) - started_millis();
}

const JobVertex* JobView::FindVertex(std::string_view id) const {
  const auto found = std::ranges::find(vertices, id, &JobVertex::id);
  return found == vertices.end() ? nullptr : &*found;
}

std::vector<JobVertex> VerticesOf(const std::vector<task::OperatorSnapshot>& operators) {
  std::vector<JobVertex> vertices;
  std::vector<size_t> vertex_of(operators.size());
  for (size_t i = 0; i < operators.size(); ++i) {
    const auto found = std::ranges::find(vertices, operators[i].chain, &JobVertex::chain);
    vertex_of[i] = static_cast<size_t>(found - vertices.begin());
    if (found == vertices.end()) {
      vertices.push_back({.id = VertexId(operators[i].uid),
                          .chain = operators[i].chain,
                          .parallelism = operators[i].parallelism});
    }
    vertices[vertex_of[i]].operators.push_back(i);
  }
  // An edge back to a recursion comes from a later operator.
  for (size_t i = 0; i < operators.size(); ++i) {
    JobVertex& vertex = vertices[vertex_of[i]];
    for (const task::OperatorInput& input : operators[i].inputs) {
      if (vertex_of[input.from] == vertex_of[i]) continue;
      vertex.inputs.push_back(input);
      vertices[vertex_of[input.from]].feeds_others = true;
    }
  }
  for (JobVertex& vertex : vertices) vertex.name = NameOf(vertex, operators);
  return vertices;
}

JobView ViewOf(JobSummary summary, int64_t now_millis) {
  JobView view;
  view.state = StateName(summary);
  view.record = std::move(summary.record);
  view.snapshot = std::move(summary.snapshot);
  view.max_parallelism =
      static_cast<uint32_t>(SettingsOf(view.record).GetInteger("pipeline.max-parallelism"));
  view.now_millis = now_millis;
  if (view.snapshot) view.vertices = VerticesOf(view.snapshot->operators);
  return view;
}

Result<JobView> ViewJob(HttpPorts& ports, const std::string& id) {
  JobSummary summary{TRY(ports.reading.registry().Find(id)), std::nullopt, nullptr};
  const RunningJobPtr running = RunningOf(ports.reading.jobs(), summary.record.id);
  if (running != nullptr) {
    summary.snapshot = running->job->Snapshot();
    summary.record = running->RecordAt(*summary.snapshot);
  }
  JobView view = ViewOf(std::move(summary), ports.clock.Now().millis);
  view.running = running;
  if (running == nullptr) return view;
  for (const task::TaskFigures& figures : running->job->Tasks()) {
    const auto vertex = std::ranges::find(view.vertices, figures.chain, &JobVertex::chain);
    if (vertex != view.vertices.end()) vertex->tasks.push_back(figures);
  }
  return view;
}

conf::Settings SettingsOf(const JobRecord& record) {
  conf::Settings settings;
  for (const auto& [key, value] : record.options) {
    // An option that this build does not know has no effect on what is shown.
    (void)settings.SetBase(key, value);
  }
  return settings;
}

std::string_view ExecutionStateOf(std::string_view job_state) {
  if (job_state == "RESTARTING") return "SCHEDULED";
  return job_state == "SUSPENDED" ? "CANCELED" : job_state;
}

std::string_view ShipStrategyOf(graph::ExchangeKind exchange) {
  switch (exchange) {
    case graph::ExchangeKind::kForward:
      return "FORWARD";
    case graph::ExchangeKind::kHash:
      return "HASH";
    case graph::ExchangeKind::kRebalance:
      return "REBALANCE";
    case graph::ExchangeKind::kBroadcast:
      return "BROADCAST";
    case graph::ExchangeKind::kSingleton:
      return "GLOBAL";
  }
  return "";
}

}  // namespace weir::shell
