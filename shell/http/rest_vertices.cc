#include "shell/http/rest_vertices.h"

#include <algorithm>
#include <cmath>

#include "shell/http/job_view.h"
#include "shell/http/json_writer.h"
#include "shell/http/vertex_json.h"

namespace weir::shell {
namespace {

constexpr std::string_view kHere = "localhost";  // all tasks are threads of this process

struct FoundVertex {
  JobView job;
  size_t index = 0;
  const JobVertex& vertex() const { return job.vertices[index]; }
};

Result<FoundVertex> FindVertex(HttpPorts& ports, const RouteParameters& parameters) {
  FoundVertex found{TRY(ViewJob(ports, parameters[0]))};
  const auto vertex = std::ranges::find(found.job.vertices, parameters[1], &JobVertex::id);
  if (vertex == found.job.vertices.end()) {
    return Status::NotFound(
        fmt::format("job \"{}\" has no vertex {}", found.job.record.name, parameters[1]));
  }
  found.index = static_cast<size_t>(vertex - found.job.vertices.begin());
  return found;
}

template <typename Of>
std::vector<uint64_t> Each(const FoundVertex& found, Of of) {
  std::vector<uint64_t> values;
  for (const task::TaskFigures& task : found.vertex().tasks)
    values.push_back(of(IoOf(task, found.vertex())));
  return values;
}

// The quantile `part` (0 to 1) of these values; 0 where there are none.
uint64_t Quantile(const std::vector<uint64_t>& ascending, double part) {
  if (ascending.empty()) return 0;
  const double place = part * static_cast<double>(ascending.size() - 1);
  return ascending[static_cast<size_t>(std::lround(place))];
}

void AppendAggregate(JsonWriter& json, std::string_view name, std::vector<uint64_t> values) {
  std::ranges::sort(values);
  uint64_t sum = 0;
  for (const uint64_t value : values) sum += value;
  json.Key(name).BeginObject().Member("sum", sum);
  json.Member("avg", values.empty() ? 0 : sum / values.size());
  json.Member("min", Quantile(values, 0)).Member("p25", Quantile(values, 0.25));
  json.Member("median", Quantile(values, 0.5)).Member("p75", Quantile(values, 0.75));
  json.Member("p95", Quantile(values, 0.95)).Member("max", Quantile(values, 1)).EndObject();
}

void AppendAggregates(JsonWriter& json, const FoundVertex& found) {
  const std::vector<uint64_t> none(found.vertex().tasks.size(), 0);
  json.Key("aggregated").BeginObject().Key("metrics").BeginObject();
  AppendAggregate(json, "read-bytes", none);
  AppendAggregate(json, "write-bytes", none);
  AppendAggregate(json, "read-records", Each(found, [](IoFigures io) { return io.read_records; }));
  AppendAggregate(json, "write-records",
                  Each(found, [](IoFigures io) { return io.write_records; }));
  AppendAggregate(json, "accumulated-backpressured-time",
                  Each(found, [](IoFigures io) { return io.blocked_millis; }));
  AppendAggregate(json, "accumulated-idle-time",
                  Each(found, [](IoFigures io) { return io.idle_millis; }));
  AppendAggregate(json, "accumulated-busy-time",
                  Each(found, [](IoFigures io) { return io.busy_millis; }));
  json.EndObject().Key("status-duration").BeginObject();
  for (const std::string_view state : {"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING"})
    AppendAggregate(json, state, none);
  std::vector<uint64_t> running;
  for (const task::TaskFigures& task : found.vertex().tasks)
    running.push_back(task.running_nanos / 1'000'000);
  AppendAggregate(json, "RUNNING", running);
  json.EndObject().EndObject();
}

void AppendSubtask(JsonWriter& json, const FoundVertex& found, const task::TaskFigures& task) {
  const JobView& job = found.job;
  json.BeginObject().Member("subtask", task.subtask);
  json.Member("status", ExecutionStateOf(job.state));
  json.Member("attempt", job.snapshot->restarts).Member("endpoint", kHere);
  json.Member("start-time", job.started_millis()).Member("start_time", job.started_millis());
  json.Member("end-time", job.ended_millis()).Member("duration", job.duration_millis());
  AppendIo(json, IoOf(task, found.vertex()));
  json.Member("taskmanager-id", kHere).Key("status-duration").BeginObject();
  for (const std::string_view state : {"CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING"})
    json.Member(state, 0);
  json.Member("RUNNING", task.running_nanos / 1'000'000).EndObject().EndObject();
}

double PartOf(uint64_t nanos, const task::TaskFigures& task) {
  if (task.running_nanos == 0) return 0;
  return std::min(1.0, static_cast<double>(nanos) / static_cast<double>(task.running_nanos));
}

std::string_view LevelOf(double blocked) {
  // Flink's thresholds (JobVertexBackPressureHandler).
  constexpr double kLow = 0.1;
  constexpr double kHigh = 0.5;
  return blocked <= kLow ? "ok" : blocked <= kHigh ? "low" : "high";
}

// Under both of the names that Flink has for it.
void AppendLevel(JsonWriter& json, double blocked) {
  json.Member("backpressureLevel", LevelOf(blocked)).Member("backpressure-level", LevelOf(blocked));
}

}  // namespace

Result<HttpResponse> AnswerVertex(HttpPorts& ports, const HttpRequest&,
                                  const RouteParameters& parameters) {
  const FoundVertex found = TRY(FindVertex(ports, parameters));
  const JobVertex& vertex = found.vertex();
  JsonWriter json;
  json.BeginObject().Member("id", vertex.id).Member("name", vertex.name);
  json.Member("parallelism", vertex.parallelism);
  json.Member("maxParallelism", found.job.max_parallelism).Member("now", found.job.now_millis);
  json.Key("subtasks").BeginArray();
  for (const task::TaskFigures& task : vertex.tasks) AppendSubtask(json, found, task);
  json.EndArray();
  AppendAggregates(json, found);
  json.EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerBackpressure(HttpPorts& ports, const HttpRequest&,
                                        const RouteParameters& parameters) {
  const FoundVertex found = TRY(FindVertex(ports, parameters));
  double most = 0;
  for (const task::TaskFigures& task : found.vertex().tasks)
    most = std::max(most, PartOf(task.blocked_nanos, task));
  JsonWriter json;
  json.BeginObject().Member("status", "ok").Member("end-timestamp", found.job.now_millis);
  AppendLevel(json, most);
  json.Key("subtasks").BeginArray();
  for (const task::TaskFigures& task : found.vertex().tasks) {
    const double blocked = PartOf(task.blocked_nanos, task);
    const double idle = PartOf(task.idle_nanos, task);
    json.BeginObject().Member("subtask", task.subtask).Member("ratio", blocked);
    json.Member("idleRatio", idle).Member("busyRatio", std::max(0.0, 1 - blocked - idle));
    AppendLevel(json, blocked);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerWatermarks(HttpPorts& ports, const HttpRequest&,
                                      const RouteParameters& parameters) {
  const FoundVertex found = TRY(FindVertex(ports, parameters));
  JsonWriter json;
  json.BeginArray();
  for (const task::TaskFigures& task : found.vertex().tasks) {
    json.BeginObject().Member("id", fmt::format("{}.currentInputWatermark", task.subtask));
    json.Member("value", fmt::format("{}", task.watermark.millis)).EndObject();
  }
  json.EndArray();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerSubtaskTimes(HttpPorts& ports, const HttpRequest&,
                                        const RouteParameters& parameters) {
  const FoundVertex found = TRY(FindVertex(ports, parameters));
  const std::string_view now = ExecutionStateOf(found.job.state);
  JsonWriter json;
  json.BeginObject().Member("id", found.vertex().id).Member("name", found.vertex().name);
  json.Member("now", found.job.now_millis).Key("subtasks").BeginArray();
  for (const task::TaskFigures& task : found.vertex().tasks) {
    json.BeginObject().Member("subtask", task.subtask).Member("endpoint", kHere);
    json.Member("duration", found.job.duration_millis()).Key("timestamps").BeginObject();
    for (const std::string_view state :
         {"INITIALIZING", "CANCELING", "FAILED", "DEPLOYING", "SCHEDULED", "FINISHED", "CANCELED",
          "CREATED", "RUNNING", "RECONCILING"}) {
      const bool began = state == "CREATED" || state == "RUNNING";
      const bool ended = state == now && found.job.ended();
      json.Member(state, ended   ? found.job.ended_millis()
                         : began ? found.job.started_millis()
                                 : int64_t{0});
    }
    json.EndObject().EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

}  // namespace weir::shell
