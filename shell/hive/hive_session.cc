#include "shell/hive/hive_session.h"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "planner/ast/to_sql.h"
#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"
#include "shell/hive/hive_text.h"

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};  // with a statement that is still executed
constexpr std::chrono::milliseconds kPause{2};
constexpr size_t kMostSaidBytes = 1 << 20;

TimeZone ZoneOf(const conf::Settings& settings) {
  const Result<TimeZone> zone = TimeZone::Find(settings.Get("table.local-time-zone"));
  return zone.ok() ? *zone : TimeZone::Utc();
}

HiveView::Options ViewFor(const conf::Settings& settings) {
  HiveView::Options options;
  options.changelog = settings.Get("sql-client.execution.result-mode") == "changelog";
  options.zone = ZoneOf(settings);
  options.most_rows =
      static_cast<size_t>(settings.GetInteger("sql-client.execution.max-table-result.rows"));
  return options;
}

// One row for each line.
ResultTable LinesTable(const std::string& text) {
  ResultTable table = TextTable({"result"});
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) table.AddTextRow({line});
  return table;
}

// Clients such as SQLAlchemy recognise a missing table by Hive's message.
Status InHivesWords(const Status& status, const std::string& sql) {
  if (status.id() != "E2001") return status;
  constexpr std::string_view kDescribe = "DESCRIBE ";
  return Status(status.code(), fmt::format("{} (SemanticException: Table not found {})",
                                           status.message(), sql.substr(kDescribe.size())))
      .WithId(status.id());
}

Status CannotSet(std::string_view key, const Status& status) {
  return Status::InvalidArgument(fmt::format("'{}' cannot be set: {}", key, status.message()))
      .WithId("E6001");
}

}  // namespace

Result<std::unique_ptr<HiveSession>> HiveSession::Open(
    Engine& engine, const Principal& who, const std::map<std::string, std::string>& said,
    ClientLog log) {
  auto feed = std::make_shared<ClientFeed>(std::move(log));
  SessionOptions options;
  options.settings = engine.settings();
  options.catalog = SessionCatalog::kShared;
  options.outlet = feed;
  options.who = who;
  std::unique_ptr<HiveSession> session(
      new HiveSession(engine.NewSession(std::move(options)), std::move(feed)));
  RETURN_IF_ERROR(session->Configure(said));
  return session;
}

Status HiveSession::Configure(const std::map<std::string, std::string>& said) {
  constexpr std::string_view kSet = "set:";
  constexpr std::string_view kConf = "hiveconf:";
  constexpr std::string_view kUse = "use:database";
  NoRows none;
  const auto execute = [&](const std::string& sql) {
    const SourceSpan whole = {0, static_cast<uint32_t>(sql.size())};
    return session_->Execute(sql, whole, none).status();
  };
  for (const auto& [name, value] : said) {
    std::string_view key = name;
    if (key == kUse) {
      RETURN_IF_ERROR(execute(ReadToolStatement("USE " + catalog::QuoteName(value)).sql));
      continue;
    }
    if (key.starts_with(kSet)) key.remove_prefix(kSet.size());
    if (key.starts_with(kConf)) key.remove_prefix(kConf.size());
    if (IsForeignSetting(key)) continue;
    const Status set = execute(
        fmt::format("SET {} = {}", ast::QuoteString(std::string(key)), ast::QuoteString(value)));
    if (!set.ok()) return CannotSet(key, set);
  }
  return {};
}

HiveSession::~HiveSession() {
  if (running_ != nullptr) running_->Cancel();
  thread_.Join();
  feed_->Close();
}

Status HiveSession::AwaitIdle() {
  if (running_ == nullptr) return {};
  // A statement that was cancelled ends soon, so it is waited for without a limit.
  const auto never = [] { return false; };
  auto waited = std::chrono::milliseconds(0);
  HiveProgress progress = running_->Await(std::chrono::milliseconds(0), never);
  for (; !progress.ended; waited += kPause) {
    if (waited > kPatience && progress.failure.ok()) {
      return Status::InvalidArgument("a statement of this session is being executed")
          .WithHint("read its rows, cancel it or close it first, or open another connection");
    }
    Clock::System().Sleep(kPause);
    progress = running_->Await(std::chrono::milliseconds(0), never);
  }
  thread_.Join();
  return {};
}

Result<HiveOperationPtr> HiveSession::Start(const std::string& statement) {
  RETURN_IF_ERROR(AwaitIdle());
  ToolStatement read = ReadToolStatement(FromHiveText(statement));
  session_->ClearCancel();
  const auto operation =
      std::make_shared<HiveOperation>([&session = *session_] { session.RequestCancel(); });
  thread_ = TRY(Thread::Start("session", [this, operation, read = std::move(read)] {
    const WithMemoryReserve reserve;
    Run(read, *operation);
  }));
  running_ = operation;
  return operation;
}

Result<Answer> HiveSession::Execute(const ToolStatement& statement, QueryView& view) {
  const std::vector<SourceSpan> parts = TRY(session_->Split(statement.sql));
  if (parts.size() > 1)
    return Status::InvalidArgument("one statement at a time can be executed").WithId("E1001");
  const SourceSpan whole = {0, static_cast<uint32_t>(statement.sql.size())};
  return session_->Execute(statement.sql, parts.empty() ? whole : parts.front(), view);
}

void HiveSession::Run(const ToolStatement& statement, HiveOperation& operation) {
  if (statement.answered) {
    if (statement.table) operation.SetTable(*statement.table);
    return operation.End({});
  }
  const Status status = Fenced([&]() -> Status {
    HiveView view(operation, ViewFor(session_->settings()));
    Result<Answer> answer = Execute(statement, view);
    if (!answer.ok() && statement.describes) return InHivesWords(answer.status(), statement.sql);
    RETURN_IF_ERROR(answer.status());
    Say(*answer);
    if (answer->table) {
      operation.SetTable(statement.describes ? HiveDescription(*answer->table) : *answer->table);
    } else if (!answer->text.empty()) {
      operation.SetTable(LinesTable(answer->text));
    }
    return {};
  });
  operation.End(status);
}

void HiveSession::Say(const Answer& answer) {
  const MutexLock lock(mutex_);
  if (said_.size() > kMostSaidBytes) return;
  for (const std::string& notice : answer.notices) said_ += notice + "\n";
  if (!answer.message.empty()) said_ += answer.message + "\n";
}

Result<const catalog::Catalog*> HiveSession::Catalog() {
  RETURN_IF_ERROR(AwaitIdle());
  session_->session().catalog().Refresh();
  return &session_->session().catalog();
}

std::string HiveSession::TakeLog() {
  std::vector<rpc::wire::Event> events;
  feed_->TakeInto(events);
  const MutexLock lock(mutex_);
  std::string log = std::exchange(said_, {});
  for (const rpc::wire::Event& event : events) log += event.said + event.printed;
  return log;
}

}  // namespace weir::shell
