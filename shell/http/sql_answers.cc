#include "shell/http/sql_answers.h"

#include "runtime/base/fence.h"
#include "shell/engine/access/session_scope.h"
#include "shell/engine/session/query_view.h"
#include "shell/http/json_body.h"
#include "shell/http/json_writer.h"
#include "shell/http/response_stream.h"

namespace weir::shell {
namespace {

constexpr std::string_view kLinesType = "application/x-ndjson";

TimeZone ZoneOf(const conf::Settings& settings) {
  // The option is checked when it is set, so that UTC is never needed here.
  const Result<TimeZone> zone = TimeZone::Find(settings.Get("table.local-time-zone"));
  return zone.ok() ? *zone : TimeZone::Utc();
}

void AppendColumns(JsonWriter& json, const ResultTable& table) {
  json.Key("columns").BeginArray();
  for (const ResultColumn& column : table.columns)
    json.BeginObject()
        .Member("name", column.name)
        .Member("type", column.type.ToString())
        .EndObject();
  json.EndArray();
}

void AppendRow(JsonWriter& json, const std::vector<Value>& row) {
  json.BeginArray();
  for (const Value& value : row) {
    std::string text;
    AppendJsonValue(text, value);
    json.Json(text);
  }
  json.EndArray();
}

// The members of an answer that are no rows: message, text, path and notices.
void AppendWords(JsonWriter& json, const Answer& answer) {
  if (!answer.message.empty()) json.Member("message", answer.message);
  if (!answer.text.empty()) json.Member("text", answer.text);
  if (answer.path) json.Member("path", *answer.path);
  json.Key("notices").BeginArray();
  for (const std::string& notice : answer.notices) json.Value(notice);
  json.EndArray();
}

std::string ObjectOf(const Answer& answer) {
  JsonWriter json;
  json.BeginObject();
  if (answer.table) {
    AppendColumns(json, *answer.table);
    json.Key("rows").BeginArray();
    for (const std::vector<Value>& row : answer.table->rows) AppendRow(json, row);
    json.EndArray();
  }
  AppendWords(json, answer);
  json.EndObject();
  return json.Take();
}

Status NeedsLines() {
  return Status::InvalidArgument("the rows of this SELECT come without end")
      .WithHint("ask for them as they come: Accept: application/x-ndjson");
}

// Sends the rows of a SELECT as lines. The response begins with the columns, so that an error
// before has a status of its own.
class LinesView final : public QueryView {
 public:
  LinesView(const HttpExchange& exchange, TimeZone zone)
      : exchange_(exchange), zone_(std::move(zone)) {}

  void Begin(const ResultTable& header, bool bounded) override {
    JsonWriter json;
    json.BeginObject();
    AppendColumns(json, header);
    json.Member("bounded", bounded).EndObject();
    begun_ = true;
    exchange_.respond(
        {.content_type = std::string(kLinesType), .body = json.Take() + '\n', .streams = true});
  }

  Status OnBatch(const Batch& batch) override {
    std::string lines;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      JsonWriter json;
      json.BeginObject().Member("op", RowKindText(batch.kind(row))).Key("row");
      AppendRow(json, RowValues(batch, row, zone_));
      json.EndObject();
      lines += json.Take() + '\n';
    }
    // The session is cancelled when the client leaves; what is in flight is dropped.
    (void)exchange_.stream->Append(lines);
    const MutexLock lock(mutex_);
    changes_ += batch.size();
    return {};
  }

  std::optional<ResultTable> End() override { return std::nullopt; }
  uint64_t row_count() const override {
    const MutexLock lock(mutex_);
    return changes_;
  }
  bool begun() const { return begun_; }

 private:
  const HttpExchange& exchange_;
  const TimeZone zone_;
  bool begun_ = false;
  mutable Mutex mutex_;
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
};

// Executes the statements that the session of a request begins with.
Status Prepare(LocalSession& session, const std::string& before) {
  return Fenced([&]() -> Status {
    for (const SourceSpan part : TRY(session.Split(before))) {
      const ast::StatementPtr parsed = TRY(session.Parse(before, part));
      if (!IsOfSession(*parsed)) {
        return Status::InvalidSql("this does not stand in 'before'")
            .WithHint("what changes the session alone does: USE, SET, RESET, TEMPORARY objects")
            .WithSpan(part);
      }
      NoRows none;
      RETURN_IF_ERROR(session.Execute(*parsed, before, none).status());
    }
    return {};
  });
}

// Collects the rows of a SELECT that ends; cancels any other one.
class WholeView final : public QueryView {
 public:
  explicit WholeView(LocalSession& session)
      : session_(session),
        table_(static_cast<size_t>(
                   session.settings().GetInteger("sql-client.execution.max-table-result.rows")),
               ZoneOf(session.settings())) {}

  void ExpectEnd() override { ends_ = true; }
  void Begin(const ResultTable& header, bool bounded) override {
    endless_ = !ends_;
    if (endless_) session_.RequestCancel();
    table_.Begin(header, bounded);
  }
  Status OnBatch(const Batch& batch) override { return table_.OnBatch(batch); }
  std::optional<ResultTable> End() override { return table_.End(); }
  uint64_t row_count() const override { return table_.row_count(); }
  bool endless() const { return endless_; }

 private:
  LocalSession& session_;
  TableView table_;
  bool ends_ = false;
  bool endless_ = false;
};

Result<Answer> Execute(LocalSession& session, const std::string& statement, QueryView& view) {
  return Fenced([&]() -> Result<Answer> {
    const std::vector<SourceSpan> parts = TRY(session.Split(statement));
    if (parts.size() != 1)
      return Status::InvalidSql(fmt::format("{} statements, where one is to be", parts.size()));
    const ast::StatementPtr parsed = TRY(session.Parse(statement, parts.front()));
    Answer answer = TRY(session.Execute(*parsed, statement, view));
    if (IsOfSession(*parsed))
      answer.notices.emplace_back("It holds for this request alone; 'before' gives it to another.");
    if (!answer.source_file) return answer;
    return Status::InvalidArgument("SOURCE is for scripts: no file is run over HTTP");
  });
}

void AnswerWithLines(LocalSession& session, const std::string& statement,
                     const HttpExchange& exchange) {
  LinesView view(exchange, ZoneOf(session.settings()));
  const Result<Answer> answer = Execute(session, statement, view);
  if (!view.begun()) {
    if (!answer.ok()) return exchange.respond(ErrorResponse(answer.status(), statement));
    return exchange.respond(
        {.content_type = std::string(kLinesType), .body = ObjectOf(*answer) + '\n'});
  }
  if (answer.ok()) {
    JsonWriter json;
    json.BeginObject().Member("changes", view.row_count());
    AppendWords(json, *answer);
    (void)exchange.stream->Append(json.EndObject().Take() + '\n');
  } else {
    (void)exchange.stream->Append(ErrorResponse(answer.status(), statement).body + '\n');
  }
  exchange.stream->End();
}

void AnswerWithObject(LocalSession& session, const std::string& statement,
                      const HttpExchange& exchange) {
  WholeView view(session);
  const Result<Answer> answer = Execute(session, statement, view);
  if (view.endless()) return exchange.respond(ErrorResponse(NeedsLines()));
  if (!answer.ok()) return exchange.respond(ErrorResponse(answer.status(), statement));
  exchange.respond({.body = ObjectOf(*answer)});
}

bool AcceptsLines(const HttpRequest& request) {
  return request.accept && request.accept->find(kLinesType) != std::string::npos;
}

}  // namespace

void BeginSql(HttpPorts& ports, const HttpRequest& request, const HttpExchange& exchange) {
  const Result<JsonBody> body = JsonBody::Parse(request.body);
  if (!body.ok()) return exchange.respond(ErrorResponse(body.status()));
  const std::optional<std::string> statement = body->Text("statement");
  if (!statement) return exchange.respond(ErrorResponse(400, "the body has no 'statement'"));
  const auto answer = AcceptsLines(request) ? AnswerWithLines : AnswerWithObject;
  const Status begun = ports.statements.Begin(
      request.who, body->Object("settings"), exchange,
      [answer, statement = *statement, before = body->Text("before").value_or("")](
          LocalSession& session, const HttpExchange& with) {
        const Status prepared = Prepare(session, before);
        if (!prepared.ok()) return with.respond(ErrorResponse(prepared, before));
        answer(session, statement, with);
      });
  if (begun.ok()) return;
  HttpResponse refused = ErrorResponse(begun);
  if (begun.code() == StatusCode::kExternal) {
    refused.status = 503;
    refused.headers.emplace_back("Retry-After", "1");
  }
  exchange.respond(std::move(refused));
}

}  // namespace weir::shell
