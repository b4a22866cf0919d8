#include "shell/server/connection_service.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "runtime/base/fence.h"
#include "shell/rpc/news_codec.h"
#include "shell/rpc/protocol.h"
#include "shell/server/handles.h"

namespace weir::shell {
namespace {

namespace hive = rpc::hive;

// How long GetOperationStatus waits for news before it answers that there are none.
constexpr std::chrono::milliseconds kLongPoll{100};

hive::TStatus StatusOf(const Status& status) {
  hive::TStatus out;
  out.statusCode =
      status.ok() ? hive::TStatusCode::SUCCESS_STATUS : hive::TStatusCode::ERROR_STATUS;
  if (status.ok()) return out;
  out.__set_sqlState(std::string(status.sqlstate()));
  out.__set_errorCode(ErrorNumber(status));
  out.__set_errorMessage(status.message());
  out.__set_infoMessages({rpc::Encode(rpc::ToWire(status))});
  return out;
}

// The number that a key of an overlay has; `otherwise` where it has none.
uint32_t NumberOf(const Configuration& overlay, std::string_view key, uint32_t otherwise) {
  const auto found = overlay.find(std::string(key));
  if (found == overlay.end()) return otherwise;
  const std::string& text = found->second;
  uint32_t number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string TextOf(const Configuration& overlay, std::string_view key) {
  const auto found = overlay.find(std::string(key));
  return found == overlay.end() ? "" : found->second;
}

Result<StatementRequest> RequestFrom(const hive::TExecuteStatementReq& request) {
  StatementRequest out;
  out.script = request.statement;
  const auto end = static_cast<uint32_t>(request.statement.size());
  out.part = {NumberOf(request.confOverlay, rpc::kBeginKey, 0),
              NumberOf(request.confOverlay, rpc::kEndKey, end)};
  if (out.part.begin > out.part.end || out.part.end > end)
    return Status::InvalidArgument("the statement is not within its script");
  out.file = TextOf(request.confOverlay, rpc::kFileKey);
  out.hooks = TextOf(request.confOverlay, rpc::kHooksKey);
  out.awaits_job = TextOf(request.confOverlay, rpc::kCallKey) == rpc::kAwaitCall;
  return out;
}

}  // namespace

ConnectionService::~ConnectionService() {
  for (auto& [key, open] : sessions_) {
    open.session->Cancel();
    FinishOperation(open);
  }
}

Result<ConnectionService::Open*> ConnectionService::Find(const hive::TSessionHandle& handle) {
  const auto found = sessions_.find(KeyOf(handle.sessionId));
  if (found == sessions_.end()) return UnknownHandle();
  return &found->second;
}

Result<ConnectionService::Open*> ConnectionService::Find(const hive::TOperationHandle& handle) {
  const std::string key = KeyOf(handle.operationId);
  for (auto& [session, open] : sessions_) {
    if (open.operation == key) return &open;
  }
  return UnknownHandle();
}

void ConnectionService::FinishOperation(Open& open) {
  if (open.operation.empty()) return;
  open.session->Finish();
  open.operation.clear();
  parts_.guest->End();
}

Result<ConnectionService::Open> ConnectionService::OpenFor(const Configuration& said) {
  Open open;
  open.detached = said.contains(std::string(rpc::kDetachedKey));
  RETURN_IF_ERROR(parts_.guests.CheckTakes(open.detached));
  open.place = TRY(parts_.sessions.Take(who_));
  open.session = TRY(GuestSession::Open(parts_.engine, said, who_, parts_.log));
  return open;
}

void ConnectionService::OpenSession(hive::TOpenSessionResp& response,
                                    const hive::TOpenSessionReq& request) {
  Result<Open> open = Fenced([&] { return OpenFor(request.configuration); });
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  hive::TSessionHandle handle;
  handle.sessionId = NewIdentifier();
  sessions_[KeyOf(handle.sessionId)] = std::move(*open);
  parts_.guest->SessionOpened();
  response.__set_sessionHandle(handle);
  response.__set_configuration({{std::string(rpc::kOwnerKey), std::to_string(::getpid())}});
}

void ConnectionService::CloseSession(hive::TCloseSessionResp& response,
                                     const hive::TCloseSessionReq& request) {
  const Result<Open*> open = Find(request.sessionHandle);
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  (*open)->session->Cancel();
  FinishOperation(**open);
  sessions_.erase(KeyOf(request.sessionHandle.sessionId));
  parts_.guest->SessionClosed();
}

Status ConnectionService::Begin(Open& open, StatementRequest request) {
  if (!open.operation.empty())
    return Status::InvalidArgument("a statement of this session is being executed");
  RETURN_IF_ERROR(parts_.guest->Begin(open.detached));
  Status started = open.session->Start(std::move(request));
  if (!started.ok()) parts_.guest->End();
  return started;
}

Status ConnectionService::Execute(const hive::TExecuteStatementReq& request,
                                  hive::TExecuteStatementResp& response) {
  Open& open = *TRY(Find(request.sessionHandle));
  const std::string call = TextOf(request.confOverlay, rpc::kCallKey);
  if (!call.empty() && call != rpc::kAwaitCall) {
    const rpc::wire::News news = TRY(open.session->Call(call, request.statement));
    if (call != rpc::kNewsCall) parts_.guest->Act();
    response.status.__set_infoMessages({rpc::Encode(news)});
    return {};
  }
  RETURN_IF_ERROR(Begin(open, TRY(RequestFrom(request))));
  hive::TOperationHandle handle;
  handle.operationId = NewIdentifier();
  handle.operationType = hive::TOperationType::EXECUTE_STATEMENT;
  open.operation = KeyOf(handle.operationId);
  response.__set_operationHandle(handle);
  return {};
}

void ConnectionService::ExecuteStatement(hive::TExecuteStatementResp& response,
                                         const hive::TExecuteStatementReq& request) {
  const Status status = Fenced([&] { return Execute(request, response); });
  const std::vector<std::string> news = response.status.infoMessages;
  response.status = StatusOf(status);
  if (status.ok() && !news.empty()) response.status.__set_infoMessages(news);
}

Status ConnectionService::GetStatus(const hive::TGetOperationStatusReq& request,
                                    hive::TGetOperationStatusResp& response) {
  Open& open = *TRY(Find(request.operationHandle));
  rpc::wire::News news = open.session->operation()->Take(kLongPoll);
  const bool ended = news.__isset.outcome;
  const bool failed = ended && news.outcome.__isset.failure;
  response.__set_operationState(failed  ? hive::TOperationState::ERROR_STATE
                                : ended ? hive::TOperationState::FINISHED_STATE
                                        : hive::TOperationState::RUNNING_STATE);
  response.__set_hasResultSet(news.rows);
  response.__set_taskStatus(rpc::Encode(open.session->WithFeed(std::move(news))));
  return {};
}

void ConnectionService::GetOperationStatus(hive::TGetOperationStatusResp& response,
                                           const hive::TGetOperationStatusReq& request) {
  response.status = StatusOf(Fenced([&] { return GetStatus(request, response); }));
}

void ConnectionService::CancelOperation(hive::TCancelOperationResp& response,
                                        const hive::TCancelOperationReq& request) {
  const Result<Open*> open = Find(request.operationHandle);
  response.status = StatusOf(open.status());
  if (open.ok()) (*open)->session->Cancel();
}

void ConnectionService::CloseOperation(hive::TCloseOperationResp& response,
                                       const hive::TCloseOperationReq& request) {
  const Result<Open*> open = Find(request.operationHandle);
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  (*open)->session->Cancel();
  FinishOperation(**open);
}

void ConnectionService::FetchResults(hive::TFetchResultsResp& response,
                                     const hive::TFetchResultsReq& request) {
  const Result<Open*> open = Find(request.operationHandle);
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  Operation& operation = *(*open)->session->operation();
  hive::TRowSet rows;
  rows.__set_binaryColumns(operation.TakeRows());
  response.__set_results(rows);
  response.__set_hasMoreRows(!operation.ended());
}

void ConnectionService::SetClientInfo(hive::TSetClientInfoResp& response,
                                      const hive::TSetClientInfoReq& request) {
  const Result<Open*> open = Find(request.sessionHandle);
  response.status = StatusOf(open.status());
  if (!open.ok()) return;
  Operation* operation = (*open)->session->operation();
  if (operation == nullptr) return;
  const std::string answer = TextOf(request.configuration, rpc::kAnswerKey);
  if (!answer.empty()) operation->Answer(answer == "yes");
  const std::string refusal = TextOf(request.configuration, rpc::kRefusalKey);
  if (refusal.empty()) return;
  const Result<rpc::wire::Failure> reason = rpc::DecodeFailure(refusal);
  operation->RefuseRows(reason.ok() ? rpc::FromWire(*reason) : reason.status());
}

}  // namespace weir::shell
