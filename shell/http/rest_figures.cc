#include "shell/http/rest_figures.h"

#include <algorithm>

#include "planner/parse/parse.h"
#include "runtime/graph/secret_text.h"
#include "runtime/notices.h"
#include "shell/engine/text/error_text.h"
#include "shell/http/job_state.h"
#include "shell/http/job_view.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

// Milliseconds since 1970; null before the first watermark and after the end of the input.
void AppendWatermark(JsonWriter& json, Timestamp mark) {
  json.Key("watermark");
  if (mark == Timestamp::Min() || mark == Timestamp::Max()) {
    json.Null();
  } else {
    json.Value(mark.millis);
  }
}

// The least of the operators that have one, else Max.
Timestamp LeastWatermark(const task::JobSnapshot& job) {
  Timestamp least = Timestamp::Max();
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.watermark != Timestamp::Min()) least = std::min(least, node.watermark);
  }
  return least;
}

template <typename Of>
uint64_t Sum(const task::JobSnapshot& job, Of of) {
  uint64_t sum = 0;
  for (const task::OperatorSnapshot& node : job.operators) sum += of(node);
  return sum;
}

void AppendCheckpoints(JsonWriter& json, const task::JobSnapshot& job) {
  const checkpoint::CheckpointStatistics& all = job.checkpoints;
  json.Key("checkpoints").BeginObject().Member("completed", all.completed);
  json.Member("failed", all.failed).Member("in_progress", all.in_progress);
  json.Member("failed_in_a_row", job.checkpoints_failed_in_a_row);
  json.Member("last_id", all.last_completed_id).Member("last_millis", all.last_duration_millis);
  json.Member("last_bytes", all.last_bytes).Member("last_new_bytes", all.last_new_bytes);
  json.Member("last_failure", all.last_failure).EndObject();
}

std::string FailureOf(const JobView& view) {
  const Status failure = view.snapshot ? view.snapshot->failure : Status();
  return failure.ok() ? view.record.failure : FormatError(failure, {});
}

// The members of a job that both /figures and /jobs/:job/figures have.
void AppendJob(JsonWriter& json, const JobView& view) {
  json.Member("id", view.record.id).Member("name", view.record.name).Member("state", view.state);
  json.Member("started", view.started_millis()).Member("ended", view.ended_millis());
  json.Member("here", view.snapshot.has_value()).Member("attempts", view.record.attempts);
  json.Member("failure", FailureOf(view));
  if (!view.snapshot) return;
  const task::JobSnapshot& job = *view.snapshot;
  json.Member("restarts", job.restarts).Member("source_rows", job.source_rows);
  json.Member("rows_read", job.rows_read).Member("rows_total", job.rows_total);
  json.Member("bytes_read", job.bytes_read).Member("bytes_total", job.bytes_total);
  AppendWatermark(json, LeastWatermark(job));
  json.Member("state_bytes", Sum(job, [](const auto& node) { return node.state_bytes; }));
  json.Member("late_rows", Sum(job, [](const auto& node) { return node.late_rows; }));
  json.Member("skipped_records", Sum(job, [](const auto& node) { return node.skipped_records; }));
  AppendCheckpoints(json, job);
}

void AppendOperator(JsonWriter& json, const task::OperatorSnapshot& node) {
  json.BeginObject().Member("uid", node.uid).Member("name", node.name).Member("kind", node.kind);
  json.Member("chain", node.chain).Member("parallelism", node.parallelism);
  json.Key("inputs").BeginArray();
  for (const task::OperatorInput& input : node.inputs) {
    json.BeginObject().Member("from", input.from);
    json.Member("exchange", ShipStrategyOf(input.exchange)).EndObject();
  }
  json.EndArray().Member("rows_in", node.rows_in).Member("rows_out", node.rows_out);
  AppendWatermark(json, node.watermark);
  json.Member("held_back_by", node.held_back_by).Member("busy_nanos", node.busy_nanos);
  json.Member("state_rows", node.state_rows).Member("state_bytes", node.state_bytes);
  json.Member("disk_reads", node.disk_reads).Member("late_rows", node.late_rows);
  json.Member("skipped_records", node.skipped_records).EndObject();
}

void AppendTasks(JsonWriter& json, const JobView& view) {
  json.Key("tasks").BeginArray();
  for (const JobVertex& vertex : view.vertices) {
    for (const task::TaskFigures& one : vertex.tasks) {
      json.BeginObject().Member("chain", one.chain).Member("subtask", one.subtask);
      json.Member("at", one.at).Member("blocked_nanos", one.blocked_nanos);
      json.Member("idle_nanos", one.idle_nanos).Member("running_nanos", one.running_nanos);
      json.EndObject();
    }
  }
  json.EndArray();
}

void AppendNotices(JsonWriter& json, const task::JobSnapshot& job) {
  json.Key("notices").BeginArray();
  for (const Notice& notice : job.notices)
    json.BeginObject()
        .Member("text", NoticeText(notice))
        .Member("millis", notice.millis)
        .EndObject();
  json.EndArray();
}

// The INSERT or statement set inside a statement that starts a job, or the statement itself.
SourceSpan JobInside(const ast::Statement& statement) {
  if (const auto* create = statement.As<ast::CreateJob>()) return create->statement->span;
  const auto* restore = statement.As<ast::RestoreJob>();
  if (restore != nullptr && restore->statement) return restore->statement->span;
  return statement.span;
}

// What the user wrote, of which the places of operators are.
struct WrittenSql {
  std::string text;
  size_t begin = 0;  // in the text of the places
};

// In a script the statement in which most of the operators are; the record's where that is not
// known.
WrittenSql WrittenSqlOf(const JobView& view) {
  const auto* running = view.running.get();
  if (running == nullptr || running->source == nullptr) return {view.record.sql, 0};
  const std::string& script = running->source->text;
  SourceSpan best;
  size_t most = 0;
  for (const SourceSpan part : parse::SplitScript(script)) {
    const auto inside = [part](const auto& place) {
      return !place.second.empty() && part.begin <= place.second.begin &&
             place.second.end <= part.end;
    };
    const auto count = static_cast<size_t>(std::ranges::count_if(running->places, inside));
    if (count > most) best = part;
    most = std::max(most, count);
  }
  const Result<ast::StatementPtr> parsed = parse::ParseStatementAt(script, best);
  if (most == 0 || !parsed.ok()) return {view.record.sql, SIZE_MAX};
  const SourceSpan job = JobInside(**parsed);
  return {script.substr(job.begin, job.end - job.begin), job.begin};
}

}  // namespace

Result<HttpResponse> AnswerFigures(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  const int64_t now = ports.clock.Now().millis;
  JsonWriter json;
  json.BeginObject().Member("now", now).Member("version", ports.version).Key("jobs").BeginArray();
  for (JobSummary& job : TRY(ports.reading.jobs().List())) {
    json.BeginObject();
    AppendJob(json, ViewOf(std::move(job), now));
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerJobFigures(HttpPorts& ports, const HttpRequest&,
                                      const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject().Member("now", view.now_millis);
  AppendJob(json, view);
  json.Key("operators").BeginArray();
  if (view.snapshot) {
    for (const task::OperatorSnapshot& node : view.snapshot->operators) AppendOperator(json, node);
  }
  json.EndArray();
  AppendTasks(json, view);
  if (view.snapshot) AppendNotices(json, *view.snapshot);
  json.EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerJobSource(HttpPorts& ports, const HttpRequest&,
                                     const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  const WrittenSql sql = WrittenSqlOf(view);
  JsonWriter json;
  const auto shown = graph::ShownSql;
  json.BeginObject()
      .Member("sql", shown(view.record.sql))
      .Member("written", graph::StarredSql(sql.text));  // as long, for the places
  json.Key("definitions").BeginArray();
  for (const std::string& definition : view.record.definitions) json.Value(shown(definition));
  json.EndArray().Key("places").BeginArray();
  if (view.running != nullptr) {
    for (const auto& [uid, place] : view.running->places) {
      if (place.empty() || place.begin < sql.begin || place.end > sql.begin + sql.text.size())
        continue;
      json.BeginObject().Member("uid", uid).Member("begin", place.begin - sql.begin);
      json.Member("end", place.end - sql.begin).EndObject();
    }
  }
  json.EndArray().Member("restored_from", view.record.restored_from).Key("options").BeginObject();
  for (const auto& [key, value] : view.record.options)
    json.Member(key, graph::ShownValue(key, value));
  json.EndObject().EndObject();
  return HttpResponse{.body = json.Take()};
}

}  // namespace weir::shell
