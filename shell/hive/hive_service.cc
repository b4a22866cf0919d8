#include "shell/hive/hive_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/types/column_builder.h"
#include "shell/hive/catalog_tables.h"
#include "shell/hive/hive_types.h"
#include "shell/hive/row_set.h"
#include "shell/server/handles.h"

namespace weir::shell {
namespace {

namespace hive = rpc::hive;

// How long GetOperationStatus waits for rows to fetch or the end.
constexpr std::chrono::milliseconds kLongPoll{300};
constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 365);
// How long an asynchronous statement may take to show whether it has rows.
constexpr std::chrono::milliseconds kAsyncPatience{2000};
constexpr std::chrono::seconds kLongestLimit = std::chrono::hours(24 * 365);
constexpr size_t kMostOperations = 1000;  // of a session that are not closed
constexpr int16_t kFetchLog = 1;          // TFetchResultsReq.fetchType: the log, not rows

// "E2001: there is no table; did you mean …?": clients show nothing else.
std::string MessageOf(const Status& status) {
  std::string text;
  if (!status.id().empty()) text = fmt::format("{}: ", status.id());
  text += status.message();
  if (!status.hint().empty()) text += fmt::format("; {}", status.hint());
  return text;
}

hive::TStatus StatusOf(const Status& status) {
  hive::TStatus out;
  out.statusCode =
      status.ok() ? hive::TStatusCode::SUCCESS_STATUS : hive::TStatusCode::ERROR_STATUS;
  if (status.ok()) return out;
  out.__set_sqlState(std::string(status.sqlstate()));
  out.__set_errorCode(ErrorNumber(status));
  out.__set_errorMessage(MessageOf(status));
  return out;
}

// The newest version that both speak. From V6 on rows are sent as columns, and nothing else is
// offered.
hive::TProtocolVersion::type VersionFor(hive::TProtocolVersion::type client) {
  return std::clamp(client, hive::TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V6,
                    hive::TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V10);
}

hive::TOperationState::type StateOf(HiveState state) {
  switch (state) {
    case HiveState::kRunning:
      return hive::TOperationState::RUNNING_STATE;
    case HiveState::kFinished:
      return hive::TOperationState::FINISHED_STATE;
    case HiveState::kFailed:
      return hive::TOperationState::ERROR_STATE;
    case HiveState::kCancelled:
      return hive::TOperationState::CANCELED_STATE;
    case HiveState::kTimedOut:
      return hive::TOperationState::TIMEDOUT_STATE;
  }
  return hive::TOperationState::UKNOWN_STATE;
}

HiveRows LinesRows(const std::string& text) {
  ColumnBuilder builder(Type::String());
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) builder.AppendString(line);
  Batch batch;
  batch.row_count = builder.size();
  batch.columns.push_back(builder.Finish());
  const RowRange range{&batch, 0, batch.row_count};
  const Type type = Type::String();
  const TimeZone zone = TimeZone::Utc();
  HiveRows rows{.row_set = "", .count = batch.row_count};
  AppendRowSet({&range, 1}, {.types = {&type, 1}, .zone = zone}, rows.row_set);
  return rows;
}

template <typename Request>
NamePatterns PatternsOf(const Request& request) {
  return {request.catalogName, request.schemaName, "", ""};
}

}  // namespace

void HiveOperations::Add(const std::string& key, const HiveOperationPtr& operation) {
  const MutexLock lock(mutex_);
  std::erase_if(operations_, [](const auto& one) { return one.second.expired(); });
  operations_[key] = operation;
}

HiveOperationPtr HiveOperations::Find(const std::string& key) const {
  const MutexLock lock(mutex_);
  const auto found = operations_.find(key);
  return found == operations_.end() ? nullptr : found->second.lock();
}

Result<HiveService::Open*> HiveService::Find(const hive::TSessionHandle& handle) {
  const auto found = sessions_.find(KeyOf(handle.sessionId));
  if (found == sessions_.end()) return UnknownHandle();
  return &found->second;
}

Result<HiveService::Open*> HiveService::Find(const hive::TOperationHandle& handle) {
  const std::string key = KeyOf(handle.operationId);
  for (auto& [session, open] : sessions_) {
    if (open.operations.contains(key)) return &open;
  }
  return UnknownHandle();
}

Result<HiveOperationPtr> HiveService::FindOperation(const hive::TOperationHandle& handle) {
  return TRY(Find(handle))->operations.at(KeyOf(handle.operationId));
}

Result<HiveService::Open> HiveService::OpenFor(const hive::TOpenSessionReq& request) {
  Open open;
  open.place = TRY(parts_.sessions.Take(who_));
  open.session = TRY(HiveSession::Open(parts_.engine, who_, request.configuration, parts_.log));
  return open;
}

void HiveService::OpenSession(hive::TOpenSessionResp& response,
                              const hive::TOpenSessionReq& request) {
  Result<Open> open = Fenced([&] { return OpenFor(request); });
  response.status = StatusOf(open.status());
  response.serverProtocolVersion = VersionFor(request.client_protocol);
  if (!open.ok()) return;
  hive::TSessionHandle handle;
  handle.sessionId = NewIdentifier();
  sessions_[KeyOf(handle.sessionId)] = std::move(*open);
  response.__set_sessionHandle(handle);
  response.__set_configuration({});
}

void HiveService::CloseSession(hive::TCloseSessionResp& response,
                               const hive::TCloseSessionReq& request) {
  response.status = StatusOf(Find(request.sessionHandle).status());
  sessions_.erase(KeyOf(request.sessionHandle.sessionId));
}

hive::TOperationHandle HiveService::Keep(Open& open, const HiveOperationPtr& operation,
                                         hive::TOperationType::type kind) {
  // A client that never closes its operations must not fill the memory.
  if (open.operations.size() >= kMostOperations) {
    std::erase_if(open.operations, [](const auto& one) {
      return one.second->Await(std::chrono::milliseconds(0), [] { return false; }).ended;
    });
  }
  hive::TOperationHandle handle;
  handle.operationId = NewIdentifier();
  handle.operationType = kind;
  const std::string key = KeyOf(handle.operationId);
  open.operations[key] = operation;
  parts_.operations.Add(key, operation);
  return handle;
}

Status HiveService::Execute(const hive::TExecuteStatementReq& request,
                            hive::TExecuteStatementResp& response) {
  Open& open = *TRY(Find(request.sessionHandle));
  const HiveOperationPtr operation = TRY(open.session->Start(request.statement));
  if (request.queryTimeout > 0)
    operation->Limit(std::min(std::chrono::seconds(request.queryTimeout), kLongestLimit));
  // The handle has to say whether there are rows.
  const HiveProgress progress =
      operation->Await(request.runAsync ? kAsyncPatience : kForever, left_);
  if (left_()) operation->Cancel();
  // A driver asks for the state of what is late, and says so in its own words.
  const bool asks = request.runAsync && progress.state == HiveState::kTimedOut;
  if (!progress.failure.ok() && !asks) return progress.failure;
  hive::TOperationHandle handle = Keep(open, operation, hive::TOperationType::EXECUTE_STATEMENT);
  // Some clients believe the handle even if that is not known yet, so the statement's first word
  // decides.
  const bool known = progress.has_rows || progress.ended;
  handle.hasResultSet = known ? progress.has_rows : AsksForRows(request.statement);
  response.__set_operationHandle(handle);
  return {};
}

void HiveService::ExecuteStatement(hive::TExecuteStatementResp& response,
                                   const hive::TExecuteStatementReq& request) {
  response.status = StatusOf(Fenced([&] { return Execute(request, response); }));
}

void HiveService::GetOperationStatus(hive::TGetOperationStatusResp& response,
                                     const hive::TGetOperationStatusReq& request) {
  const Result<HiveOperationPtr> operation = FindOperation(request.operationHandle);
  response.status = StatusOf(operation.status());
  if (!operation.ok()) return;
  const HiveProgress progress = (*operation)->Await(kLongPoll, left_);
  response.__set_operationState(StateOf(progress.state));
  response.__set_hasResultSet(progress.has_rows);
  if (progress.failure.ok()) return;
  response.__set_sqlState(std::string(progress.failure.sqlstate()));
  response.__set_errorCode(ErrorNumber(progress.failure));
  response.__set_errorMessage(MessageOf(progress.failure));
}

void HiveService::CancelOperation(hive::TCancelOperationResp& response,
                                  const hive::TCancelOperationReq& request) {
  const HiveOperationPtr operation =
      parts_.operations.Find(KeyOf(request.operationHandle.operationId));
  response.status = StatusOf(operation == nullptr ? UnknownHandle() : Status());
  if (operation != nullptr) operation->Cancel();
}

void HiveService::CloseOperation(hive::TCloseOperationResp& response,
                                 const hive::TCloseOperationReq& request) {
  const Result<Open*> open = Find(request.operationHandle);
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  const auto found = (*open)->operations.find(KeyOf(request.operationHandle.operationId));
  found->second->Cancel();
  (*open)->operations.erase(found);
}

Result<HiveRows> HiveService::FetchRows(const hive::TFetchResultsReq& request) {
  using Orientation = hive::TFetchOrientation;
  Open& open = *TRY(Find(request.operationHandle));
  if (request.fetchType == kFetchLog) return LinesRows(open.session->TakeLog());
  const bool first = request.orientation == Orientation::FETCH_FIRST;
  if (!first && request.orientation != Orientation::FETCH_NEXT)
    return Status::InvalidArgument("rows can be fetched forwards only");
  const HiveOperationPtr operation = TRY(FindOperation(request.operationHandle));
  const auto most = static_cast<uint64_t>(std::max<int64_t>(0, request.maxRows));
  return operation->Fetch(most, first, left_);
}

HiveFetched HiveService::Fetch(const hive::TFetchResultsReq& request) {
  Result<HiveRows> rows = Fenced([&] { return FetchRows(request); });
  HiveFetched fetched;
  fetched.status = StatusOf(rows.status());
  if (!rows.ok()) return fetched;
  // Some clients fetch until there are no rows, others until hasMoreRows is false.
  fetched.has_more = rows->count > 0;
  fetched.row_set = std::move(rows->row_set);
  return fetched;
}

// Not called: HiveProcessor answers the call with Fetch.
void HiveService::FetchResults(hive::TFetchResultsResp& response, const hive::TFetchResultsReq&) {
  response.status = StatusOf(Status::Internal("rows are fetched by Fetch"));
}

// What a client says about itself, such as its name, is accepted and ignored.
void HiveService::SetClientInfo(hive::TSetClientInfoResp& response,
                                const hive::TSetClientInfoReq& request) {
  response.status = StatusOf(Find(request.sessionHandle).status());
}

void HiveService::GetInfo(hive::TGetInfoResp& response, const hive::TGetInfoReq& request) {
  // What Hive itself answers (HiveSessionImpl.getInfo). Names may be longer here.
  constexpr int64_t kLongestName = 128;
  response.status = StatusOf(Find(request.sessionHandle).status());
  hive::TGetInfoValue& value = response.infoValue;
  switch (request.infoType) {
    case hive::TGetInfoType::CLI_SERVER_NAME:
    case hive::TGetInfoType::CLI_DBMS_NAME:
      return value.__set_stringValue("Weir");
    case hive::TGetInfoType::CLI_DBMS_VER:
      return value.__set_stringValue(parts_.version);
    case hive::TGetInfoType::CLI_IDENTIFIER_QUOTE_CHAR:
      return value.__set_stringValue("`");
    case hive::TGetInfoType::CLI_MAX_COLUMN_NAME_LEN:
    case hive::TGetInfoType::CLI_MAX_SCHEMA_NAME_LEN:
    case hive::TGetInfoType::CLI_MAX_TABLE_NAME_LEN:
      return value.__set_lenValue(kLongestName);
  }
  value.__set_stringValue("");  // a union must have a member
  response.status = StatusOf(Status::InvalidArgument("this is not known"));
}

template <typename Response, typename Request>
void HiveService::AnswerFromCatalog(hive::TOperationType::type kind, const Request& request,
                                    Response& response, const MakeTable& make) {
  const Status status = Fenced([&]() -> Status {
    Open& open = *TRY(Find(request.sessionHandle));
    const ResultTable table = TRY(make(*TRY(open.session->Catalog())));
    const auto operation = std::make_shared<HiveOperation>(nullptr);
    operation->SetTable(table);
    operation->End({});
    hive::TOperationHandle handle = Keep(open, operation, kind);
    handle.hasResultSet = true;
    response.__set_operationHandle(handle);
    return {};
  });
  response.status = StatusOf(status);
}

void HiveService::GetTypeInfo(hive::TGetTypeInfoResp& response,
                              const hive::TGetTypeInfoReq& request) {
  AnswerFromCatalog(hive::TOperationType::GET_TYPE_INFO, request, response,
                    [](const catalog::Catalog&) { return TypesTable(); });
}

void HiveService::GetCatalogs(hive::TGetCatalogsResp& response,
                              const hive::TGetCatalogsReq& request) {
  AnswerFromCatalog(hive::TOperationType::GET_CATALOGS, request, response, CatalogsTable);
}

void HiveService::GetSchemas(hive::TGetSchemasResp& response, const hive::TGetSchemasReq& request) {
  AnswerFromCatalog(
      hive::TOperationType::GET_SCHEMAS, request, response,
      [&](const catalog::Catalog& catalog) { return SchemasTable(catalog, PatternsOf(request)); });
}

void HiveService::GetTables(hive::TGetTablesResp& response, const hive::TGetTablesReq& request) {
  NamePatterns patterns = PatternsOf(request);
  patterns.object = request.tableName;
  AnswerFromCatalog(hive::TOperationType::GET_TABLES, request, response,
                    [&](const catalog::Catalog& catalog) {
                      return TablesTable(catalog, patterns, request.tableTypes);
                    });
}

void HiveService::GetTableTypes(hive::TGetTableTypesResp& response,
                                const hive::TGetTableTypesReq& request) {
  AnswerFromCatalog(hive::TOperationType::GET_TABLE_TYPES, request, response,
                    [](const catalog::Catalog&) { return TableTypesTable(); });
}

void HiveService::GetColumns(hive::TGetColumnsResp& response, const hive::TGetColumnsReq& request) {
  NamePatterns patterns = PatternsOf(request);
  patterns.object = request.tableName;
  patterns.column = request.columnName;
  AnswerFromCatalog(
      hive::TOperationType::GET_COLUMNS, request, response,
      [&](const catalog::Catalog& catalog) { return ColumnsTable(catalog, patterns); });
}

void HiveService::GetFunctions(hive::TGetFunctionsResp& response,
                               const hive::TGetFunctionsReq& request) {
  AnswerFromCatalog(hive::TOperationType::GET_FUNCTIONS, request, response,
                    [&](const catalog::Catalog& catalog) {
                      return FunctionsTable(catalog, {"", "", request.functionName, ""});
                    });
}

void HiveService::GetPrimaryKeys(hive::TGetPrimaryKeysResp& response,
                                 const hive::TGetPrimaryKeysReq& request) {
  NamePatterns patterns = PatternsOf(request);
  patterns.object = request.tableName;
  AnswerFromCatalog(
      hive::TOperationType::UNKNOWN, request, response,
      [&](const catalog::Catalog& catalog) { return PrimaryKeysTable(catalog, patterns); });
}

void HiveService::GetCrossReference(hive::TGetCrossReferenceResp& response,
                                    const hive::TGetCrossReferenceReq& request) {
  AnswerFromCatalog(hive::TOperationType::UNKNOWN, request, response,
                    [](const catalog::Catalog&) { return CrossReferencesTable(); });
}

void HiveService::GetResultSetMetadata(hive::TGetResultSetMetadataResp& response,
                                       const hive::TGetResultSetMetadataReq& request) {
  const Status status = Fenced([&]() -> Status {
    const HiveOperationPtr operation = TRY(FindOperation(request.operationHandle));
    response.__set_schema(HiveSchemaOf(TRY(operation->Columns())));
    return {};
  });
  response.status = StatusOf(status);
}

void HiveService::GetDelegationToken(hive::TGetDelegationTokenResp& response,
                                     const hive::TGetDelegationTokenReq&) {
  response.status =
      StatusOf(Status::InvalidArgument("there are no delegation tokens: log in with the token"));
}

}  // namespace weir::shell
