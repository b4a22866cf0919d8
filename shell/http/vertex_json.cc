#include "shell/http/vertex_json.h"

#include <array>

namespace weir::shell {
namespace {

constexpr uint64_t kNanosOfMilli = 1'000'000;
constexpr std::array<std::string_view, 10> kStates = {
    "INITIALIZING", "CANCELING", "FAILED",  "DEPLOYING", "SCHEDULED",
    "FINISHED",     "CANCELED",  "CREATED", "RUNNING",   "RECONCILING"};

}  // namespace

IoFigures IoOf(const JobVertex& vertex, const JobView& view) {
  const std::vector<task::OperatorSnapshot>& all = view.snapshot->operators;
  IoFigures io;
  if (!vertex.inputs.empty()) io.read_records = all[vertex.operators.front()].rows_in;
  if (vertex.feeds_others) io.write_records = all[vertex.operators.back()].rows_out;
  for (const task::TaskFigures& figures : vertex.tasks) {
    const IoFigures one = IoOf(figures, vertex);
    io.blocked_millis += one.blocked_millis;
    io.idle_millis += one.idle_millis;
    io.busy_millis += one.busy_millis;
  }
  return io;
}

IoFigures IoOf(const task::TaskFigures& task, const JobVertex& vertex) {
  IoFigures io;
  if (!vertex.inputs.empty()) io.read_records = task.rows_in;
  if (vertex.feeds_others) io.write_records = task.rows_out;
  io.blocked_millis = task.blocked_nanos / kNanosOfMilli;
  io.idle_millis = task.idle_nanos / kNanosOfMilli;
  const uint64_t running = task.running_nanos / kNanosOfMilli;
  const uint64_t other = io.blocked_millis + io.idle_millis;
  io.busy_millis = running > other ? running - other : 0;
  return io;
}

void AppendIo(JsonWriter& json, const IoFigures& io) {
  json.Key("metrics").BeginObject();
  json.Member("read-bytes", 0).Member("read-bytes-complete", false);
  json.Member("write-bytes", 0).Member("write-bytes-complete", false);
  json.Member("read-records", io.read_records).Member("read-records-complete", true);
  json.Member("write-records", io.write_records).Member("write-records-complete", true);
  json.Member("accumulated-backpressured-time", io.blocked_millis);
  json.Member("accumulated-idle-time", io.idle_millis);
  json.Member("accumulated-busy-time", io.busy_millis);
  json.EndObject();
}

void AppendStateCounts(JsonWriter& json, std::string_view state, size_t count) {
  json.BeginObject();
  for (const std::string_view one : kStates) json.Member(one, one == state ? count : 0);
  json.EndObject();
}

}  // namespace weir::shell
