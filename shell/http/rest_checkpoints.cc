#include "shell/http/rest_checkpoints.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>

#include "shell/engine/jobs/memory_checkpoints.h"
#include "shell/http/job_view.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

// A completed checkpoint or savepoint, or one that failed.
struct Completed {
  uint64_t id = 0;
  std::string path;
  std::string format;  // "canonical" or "native", of savepoints; "" of checkpoints
  int64_t trigger_millis = 0;
  int64_t complete_millis = 0;
  uint64_t new_bytes = 0;
  uint64_t bytes = 0;
  uint64_t in_flight_bytes = 0;
  std::string failure = {};  // of one that failed

  bool failed() const { return !failure.empty(); }
  int64_t millis() const { return std::max<int64_t>(0, complete_millis - trigger_millis); }
};

std::string Upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Oldest first; without damaged ones.
Result<std::vector<Completed>> CheckpointsOf(HttpPorts& ports, const JobRecord& record) {
  std::vector<Completed> all;
  for (const CheckpointInfo& info : TRY(ports.reading.registry().Checkpoints(record))) {
    if (!info.damage.empty()) continue;
    all.push_back({info.checkpoint_id, info.path, "", info.trigger_millis, info.complete_millis,
                   info.new_bytes, info.bytes, info.in_flight_bytes});
  }
  return all;
}

// The same, with what failed or is not kept any more, as far as the job's history goes. Of
// savepoints the last one is known otherwise.
std::vector<Completed> WithHistory(HttpPorts& ports, const JobRecord& record,
                                   std::vector<Completed> all) {
  for (const checkpoint::EndedCheckpoint& one : ports.reading.registry().History(record)) {
    const bool kept = std::ranges::find(all, one.id, &Completed::id) != all.end();
    if (one.savepoint || (kept && one.completed)) continue;
    const std::string failure = one.failure.empty() ? "it failed" : one.failure;
    all.push_back({one.id, "", "", one.trigger_millis, one.trigger_millis + one.duration_millis,
                   one.new_bytes, one.bytes, one.in_flight_bytes, one.completed ? "" : failure});
  }
  std::ranges::stable_sort(all, {}, &Completed::trigger_millis);
  return all;
}

// The last savepoint of the job; nothing where there is none.
std::optional<Completed> SavepointOf(HttpPorts& ports, const JobRecord& record) {
  const Result<std::vector<SavepointEntry>> all = ports.reading.registry().savepoints().All();
  std::optional<Completed> last;
  if (!all.ok()) return last;
  for (const SavepointEntry& entry : *all) {
    if (entry.job_id != record.id) continue;
    last = Completed{entry.checkpoint_id, entry.path,  entry.format, entry.taken_millis,
                     entry.taken_millis,  entry.bytes, entry.bytes,  0};
  }
  return last;
}

size_t TasksOf(const JobView& view) {
  size_t tasks = 0;
  for (const JobVertex& vertex : view.vertices) tasks += vertex.parallelism;
  return tasks;
}

void AppendCompleted(JsonWriter& json, const Completed& one, size_t tasks) {
  const bool saved = !one.format.empty();
  json.Member("className", one.failed() ? "failed" : "completed").Member("id", one.id);
  json.Member("status", one.failed() ? "FAILED" : "COMPLETED");
  json.Member("is_savepoint", saved).Key("savepointFormat");
  if (saved) {
    json.Value(Upper(one.format));
  } else {
    json.Null();
  }
  json.Member("trigger_timestamp", one.trigger_millis);
  json.Member("latest_ack_timestamp", one.complete_millis);
  json.Member("checkpointed_size", one.new_bytes).Member("state_size", one.bytes);
  json.Member("end_to_end_duration", one.millis()).Member("alignment_buffered", 0);
  json.Member("processed_data", 0).Member("persisted_data", one.in_flight_bytes);
  json.Member("num_subtasks", tasks).Member("num_acknowledged_subtasks", tasks);
  json.Member("checkpoint_type", saved ? "SAVEPOINT" : "CHECKPOINT");
  if (one.failed()) {
    json.Member("failure_timestamp", one.complete_millis).Member("failure_message", one.failure);
    return;
  }
  json.Member("external_path", one.path.empty() ? "" : "file:" + one.path);
  json.Member("discarded", one.path.empty());
}

void AppendObject(JsonWriter& json, const std::optional<Completed>& one, size_t tasks) {
  if (!one) {
    json.Null();
    return;
  }
  json.BeginObject();
  AppendCompleted(json, *one, tasks);
  json.Key("tasks").BeginObject().EndObject().EndObject();
}

void AppendSummary(JsonWriter& json, std::string_view name, std::vector<double> values) {
  std::ranges::sort(values);
  double sum = 0;
  for (const double value : values) sum += value;
  const auto at = [&](double part) {
    if (values.empty()) return 0.0;
    return values[static_cast<size_t>(std::lround(part * static_cast<double>(values.size() - 1)))];
  };
  const double average = values.empty() ? 0 : sum / static_cast<double>(values.size());
  json.Key(name).BeginObject().Member("min", static_cast<int64_t>(at(0)));
  json.Member("max", static_cast<int64_t>(at(1))).Member("avg", static_cast<int64_t>(average));
  json.Member("p50", at(0.5)).Member("p90", at(0.9)).Member("p95", at(0.95));
  json.Member("p99", at(0.99)).Member("p999", at(0.999)).EndObject();
}

// Minimum, maximum, mean and quantiles over the checkpoints that are kept.
void AppendSummaries(JsonWriter& json, const std::vector<Completed>& all) {
  std::vector<double> sizes;
  std::vector<double> states;
  std::vector<double> durations;
  std::vector<double> in_flight;
  for (const Completed& one : all) {
    sizes.push_back(static_cast<double>(one.new_bytes));
    states.push_back(static_cast<double>(one.bytes));
    durations.push_back(static_cast<double>(one.millis()));
    in_flight.push_back(static_cast<double>(one.in_flight_bytes));
  }
  const std::vector<double> none(all.size(), 0);
  json.Key("summary").BeginObject();
  AppendSummary(json, "checkpointed_size", sizes);
  AppendSummary(json, "state_size", states);
  AppendSummary(json, "end_to_end_duration", durations);
  for (const std::string_view name : {"alignment_buffered", "processed_data"})
    AppendSummary(json, name, none);
  AppendSummary(json, "persisted_data", in_flight);
  json.EndObject();
}

void AppendCounts(JsonWriter& json, const JobView& view) {
  const checkpoint::CheckpointStatistics counts =
      view.snapshot ? view.snapshot->checkpoints : checkpoint::CheckpointStatistics();
  const bool restored = view.running != nullptr && view.running->from_checkpoint;
  json.Key("counts").BeginObject().Member("restored", restored ? 1 : 0);
  json.Member("total", counts.completed + counts.failed + counts.in_progress);
  json.Member("in_progress", counts.in_progress).Member("completed", counts.completed);
  json.Member("failed", counts.failed).EndObject();
}

// The last failed checkpoint, of which only the reason may be known.
void AppendFailed(JsonWriter& json, const JobView& view, const std::vector<Completed>& all) {
  const auto last = std::find_if(all.rbegin(), all.rend(), std::mem_fn(&Completed::failed));
  if (last != all.rend()) return AppendObject(json, *last, TasksOf(view));
  const std::string why = view.snapshot ? view.snapshot->checkpoints.last_failure : "";
  if (why.empty()) {
    json.Null();
    return;
  }
  json.BeginObject().Member("className", "failed").Member("status", "FAILED");
  json.Member("failure_message", why).EndObject();
}

// The share that one vertex has in a checkpoint: the sum over its operators.
void AppendVertexPart(JsonWriter& json, const JobView& view, const JobVertex& vertex,
                      const CheckpointMetadata& metadata,
                      const std::map<std::string, uint64_t>& in_flight) {
  uint64_t bytes = 0;
  uint64_t in_flight_bytes = 0;
  for (const size_t index : vertex.operators) {
    const std::string& uid = view.snapshot->operators[index].uid;
    for (const OperatorCheckpoint& node : metadata.operators) {
      if (node.uid == uid) bytes += node.bytes;
    }
    const auto rows = in_flight.find(uid);
    if (rows != in_flight.end()) in_flight_bytes += rows->second;
  }
  json.Key(vertex.id).BeginObject().Member("id", metadata.checkpoint_id);
  json.Member("status", "COMPLETED").Member("latest_ack_timestamp", metadata.complete_millis);
  json.Member("checkpointed_size", bytes).Member("state_size", bytes);
  json.Member("end_to_end_duration", metadata.complete_millis - metadata.trigger_millis);
  json.Member("alignment_buffered", 0).Member("processed_data", 0);
  json.Member("persisted_data", in_flight_bytes);
  json.Member("num_subtasks", vertex.parallelism);
  json.Member("num_acknowledged_subtasks", vertex.parallelism).EndObject();
}

Status NoCheckpoint(const JobView& view, std::string_view number) {
  return Status::NotFound(
      fmt::format("job \"{}\" has no checkpoint {} any more", view.record.name, number));
}

}  // namespace

Result<HttpResponse> AnswerCheckpoints(HttpPorts& ports, const HttpRequest&,
                                       const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  const std::vector<Completed> all = TRY(CheckpointsOf(ports, view.record));
  const size_t tasks = TasksOf(view);
  JsonWriter json;
  json.BeginObject();
  AppendCounts(json, view);
  AppendSummaries(json, all);
  json.Key("latest").BeginObject().Key("completed");
  AppendObject(json, all.empty() ? std::nullopt : std::optional(all.back()), tasks);
  json.Key("savepoint");
  AppendObject(json, SavepointOf(ports, view.record), tasks);
  json.Key("failed");
  const std::vector<Completed> history = WithHistory(ports, view.record, all);
  AppendFailed(json, view, history);
  json.Key("restored").Null().EndObject().Key("history").BeginArray();
  for (auto one = history.rbegin(); one != history.rend(); ++one) AppendObject(json, *one, tasks);
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerCheckpointsConfig(HttpPorts& ports, const HttpRequest&,
                                             const RouteParameters& parameters) {
  const conf::Settings settings = SettingsOf(TRY(ViewJob(ports, parameters[0])).record);
  const std::string prefix = "execution.checkpointing.";
  const std::string retention = settings.Get(prefix + "externalized-checkpoint-retention");
  const bool exactly = settings.Get(prefix + "mode") != "AT_LEAST_ONCE";
  JsonWriter json;
  json.BeginObject().Member("mode", exactly ? "exactly_once" : "at_least_once");
  json.Member("interval", settings.GetMillis(prefix + "interval"));
  json.Member("timeout", settings.GetMillis(prefix + "timeout"));
  json.Member("min_pause", settings.GetMillis(prefix + "min-pause"));
  json.Member("max_concurrent", settings.GetInteger(prefix + "max-concurrent-checkpoints"));
  json.Key("externalization").BeginObject();
  json.Member("enabled", retention != "NO_EXTERNALIZED_CHECKPOINTS");
  json.Member("delete_on_cancellation", retention != "RETAIN_ON_CANCELLATION").EndObject();
  json.Member("state_backend", settings.Get("state.backend.type"));
  json.Member("checkpoint_storage", KeepsCheckpointsInMemory(settings)
                                        ? "JobManagerCheckpointStorage"
                                        : "FileSystemCheckpointStorage");
  json.Member("unaligned_checkpoints", settings.GetBool(prefix + "unaligned.enabled"));
  json.Member("tolerable_failed_checkpoints",
              settings.GetInteger(prefix + "tolerable-failed-checkpoints"));
  json.Member("aligned_checkpoint_timeout",
              settings.GetMillis(prefix + "aligned-checkpoint-timeout"));
  json.Member("checkpoints_after_tasks_finish", true);
  json.Member("state_changelog_enabled", false);
  json.Member("changelog_periodic_materialization_interval", 0);
  json.Member("changelog_storage", "none").EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerCheckpointDetails(HttpPorts& ports, const HttpRequest&,
                                             const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  const std::vector<Completed> all = TRY(CheckpointsOf(ports, view.record));
  const auto found = std::ranges::find_if(
      all, [&](const Completed& one) { return fmt::format("{}", one.id) == parameters[1]; });
  if (found == all.end()) return NoCheckpoint(view, parameters[1]);
  const CheckpointMetadata metadata = TRY(ports.reading.snapshots().Read(found->path));
  const std::map<std::string, uint64_t> in_flight =
      TRY(ports.reading.snapshots().InFlightBytes(metadata));
  JsonWriter json;
  json.BeginObject();
  AppendCompleted(json, *found, TasksOf(view));
  json.Key("tasks").BeginObject();
  for (const JobVertex& vertex : view.vertices)
    AppendVertexPart(json, view, vertex, metadata, in_flight);
  json.EndObject().EndObject();
  return HttpResponse{.body = json.Take()};
}

}  // namespace weir::shell
