// HiveServer2's service for the connection of a third-party client: PyHive, impyla, Hive's JDBC
// driver.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "shell/hive/hive_session.h"
#include "shell/rpc/TCLIServiceForTools.h"
#include "shell/server/session_count.h"

namespace weir::shell {

// The operations of all connections, so that one connection can cancel what another one waits for.
// Handles cannot be guessed, so knowing one is permission enough. Thread-safe.
class HiveOperations {
 public:
  void Add(const std::string& key, const HiveOperationPtr& operation);
  // Null if there is none, or nobody holds it any more.
  HiveOperationPtr Find(const std::string& key) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::weak_ptr<HiveOperation>> operations_ WEIR_GUARDED_BY(mutex_);
};

// What a connection works with. All of it outlives the connection.
struct HiveServiceParts {
  Engine& engine;
  SessionCount& sessions;
  HiveOperations& operations;
  ClientLog log;
  std::string version;
};

// The answer to FetchResults, with rows that are already encoded.
struct HiveFetched {
  rpc::hive::TStatus status;
  std::string row_set;  // the struct TRowSet; "" where the status is an error
  bool has_more = false;
};

// Used by the thread of its connection. Its sessions and SELECTs end with it, its jobs do not.
// Errors of a request are in the status of the response.
class HiveService final : public rpc::hive::TCLIServiceForToolsIf {
 public:
  // `who` the client is; `left`: whether it has closed the connection.
  HiveService(const HiveServiceParts& parts, Principal who, HiveOperation::Left left)
      : parts_(parts), who_(std::move(who)), left_(std::move(left)) {}

  // Answers FetchResults, which does not come through the functions below: its rows are encoded
  // already.
  HiveFetched Fetch(const rpc::hive::TFetchResultsReq& request);

#define WEIR_HIVE_CALL(name) \
  void name(rpc::hive::T##name##Resp& response, const rpc::hive::T##name##Req& request) override
  WEIR_HIVE_CALL(OpenSession);
  WEIR_HIVE_CALL(CloseSession);
  WEIR_HIVE_CALL(ExecuteStatement);
  WEIR_HIVE_CALL(GetOperationStatus);
  WEIR_HIVE_CALL(CancelOperation);
  WEIR_HIVE_CALL(CloseOperation);
  WEIR_HIVE_CALL(FetchResults);
  WEIR_HIVE_CALL(SetClientInfo);
  WEIR_HIVE_CALL(GetInfo);
  WEIR_HIVE_CALL(GetTypeInfo);
  WEIR_HIVE_CALL(GetCatalogs);
  WEIR_HIVE_CALL(GetSchemas);
  WEIR_HIVE_CALL(GetTables);
  WEIR_HIVE_CALL(GetTableTypes);
  WEIR_HIVE_CALL(GetColumns);
  WEIR_HIVE_CALL(GetFunctions);
  WEIR_HIVE_CALL(GetPrimaryKeys);
  WEIR_HIVE_CALL(GetCrossReference);
  WEIR_HIVE_CALL(GetResultSetMetadata);
  WEIR_HIVE_CALL(GetDelegationToken);
#undef WEIR_HIVE_CALL

 private:
  struct Open {
    std::unique_ptr<SessionCount::Place> place;
    std::unique_ptr<HiveSession> session;
    std::map<std::string, HiveOperationPtr> operations;  // by id and secret
  };
  using MakeTable = std::function<Result<ResultTable>(const catalog::Catalog&)>;

  Result<Open> OpenFor(const rpc::hive::TOpenSessionReq& request);
  Result<Open*> Find(const rpc::hive::TSessionHandle& handle);
  Result<Open*> Find(const rpc::hive::TOperationHandle& handle);
  Result<HiveOperationPtr> FindOperation(const rpc::hive::TOperationHandle& handle);
  rpc::hive::TOperationHandle Keep(Open& open, const HiveOperationPtr& operation,
                                   rpc::hive::TOperationType::type kind);
  Status Execute(const rpc::hive::TExecuteStatementReq& request,
                 rpc::hive::TExecuteStatementResp& response);
  Result<HiveRows> FetchRows(const rpc::hive::TFetchResultsReq& request);
  // Answers with an operation that holds the rows of a table made from the catalog.
  template <typename Response, typename Request>
  void AnswerFromCatalog(rpc::hive::TOperationType::type kind, const Request& request,
                         Response& response, const MakeTable& make);

  const HiveServiceParts& parts_;
  const Principal who_;
  const HiveOperation::Left left_;
  std::map<std::string, Open> sessions_;  // by id and secret
};

}  // namespace weir::shell
