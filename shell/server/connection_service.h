// HiveServer2's service, as far as shell/rpc/TCLIService.thrift has it, for one connection.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "shell/rpc/TCLIService.h"
#include "shell/server/guest_session.h"
#include "shell/server/guests.h"
#include "shell/server/session_count.h"

namespace weir::shell {

// What a connection works with. All of it outlives the connection.
struct ServiceParts {
  Engine& engine;
  SessionCount& sessions;
  ClientLog log;
  Guests& guests;
  Guests::Guest* guest;  // this connection; null in what is common to all
};

// Used by the thread of its connection. Everything that it was asked to make ends with it:
// sessions, statements, SELECTs; never a job. Errors of a request are in the status of its
// response.
class ConnectionService final : public rpc::hive::TCLIServiceIf {
 public:
  // `who` is the user that the client of this connection has logged in as.
  ConnectionService(const ServiceParts& parts, Principal who)
      : parts_(parts), who_(std::move(who)) {}
  ~ConnectionService() override;

  void OpenSession(rpc::hive::TOpenSessionResp& response,
                   const rpc::hive::TOpenSessionReq& request) override;
  void CloseSession(rpc::hive::TCloseSessionResp& response,
                    const rpc::hive::TCloseSessionReq& request) override;
  void ExecuteStatement(rpc::hive::TExecuteStatementResp& response,
                        const rpc::hive::TExecuteStatementReq& request) override;
  void GetOperationStatus(rpc::hive::TGetOperationStatusResp& response,
                          const rpc::hive::TGetOperationStatusReq& request) override;
  void CancelOperation(rpc::hive::TCancelOperationResp& response,
                       const rpc::hive::TCancelOperationReq& request) override;
  void CloseOperation(rpc::hive::TCloseOperationResp& response,
                      const rpc::hive::TCloseOperationReq& request) override;
  void FetchResults(rpc::hive::TFetchResultsResp& response,
                    const rpc::hive::TFetchResultsReq& request) override;
  void SetClientInfo(rpc::hive::TSetClientInfoResp& response,
                     const rpc::hive::TSetClientInfoReq& request) override;

 private:
  struct Open {
    std::unique_ptr<SessionCount::Place> place;
    std::unique_ptr<GuestSession> session;
    bool detached = false;  // its jobs are to run on when it has left
    std::string operation;  // the id of the one that was started last; "" for none
  };

  Result<Open> OpenFor(const Configuration& said);
  // Begins a statement of it, which is now its operation.
  Status Begin(Open& open, StatementRequest request);
  Result<Open*> Find(const rpc::hive::TSessionHandle& handle);
  Result<Open*> Find(const rpc::hive::TOperationHandle& handle);
  Status Execute(const rpc::hive::TExecuteStatementReq& request,
                 rpc::hive::TExecuteStatementResp& response);
  Status GetStatus(const rpc::hive::TGetOperationStatusReq& request,
                   rpc::hive::TGetOperationStatusResp& response);
  void FinishOperation(Open& open);

  const ServiceParts& parts_;
  const Principal who_;
  std::map<std::string, Open> sessions_;  // by id and secret
};

}  // namespace weir::shell
