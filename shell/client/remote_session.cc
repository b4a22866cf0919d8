#include "shell/client/remote_session.h"

#include <fmt/format.h>
#include <thrift/TApplicationException.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "runtime/clock.h"
#include "runtime/fault_point.h"
#include "shell/rpc/TCLIService.h"
#include "shell/rpc/limits.h"
#include "shell/rpc/local_socket.h"
#include "shell/rpc/news_codec.h"
#include "shell/rpc/protocol.h"
#include "shell/rpc/row_codec.h"

namespace weir::shell {
namespace {

Result<std::vector<graph::SortKey>> OrderOf(const rpc::wire::Begin& begin, size_t columns) {
  std::vector<graph::SortKey> order;
  for (size_t i = 0; i < begin.order.size(); ++i) {
    const int64_t said = begin.order[i];
    const int64_t column = std::abs(said) - 1;
    const bool known = column >= 0 && column < static_cast<int64_t>(columns);
    if (!known || i >= begin.nulls_first.size())
      return Status::Corruption("a message orders by a column that is not there");
    order.push_back({static_cast<int>(column), said < 0, begin.nulls_first[i]});
  }
  return order;
}

namespace hive = rpc::hive;
using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TBufferedTransport;
using apache::thrift::transport::TSocket;
using rpc::wire::Event;
using rpc::wire::News;
using Texts = std::map<std::string, std::string>;

// The id of the errors of a process that takes no more statements, and of a lost connection.
constexpr std::string_view kEnding = "E4007";
constexpr int64_t kNewsNanos = 500'000'000;  // how often news are asked for between statements

Status ErrorOf(const hive::TStatus& status) {
  if (status.statusCode == hive::TStatusCode::SUCCESS_STATUS) return {};
  if (!status.infoMessages.empty()) {
    const Result<rpc::wire::Failure> failure = rpc::DecodeFailure(status.infoMessages.front());
    if (failure.ok()) return rpc::FromWire(*failure);
  }
  return Status::External(status.errorMessage);
}

// What the server is told of a session that opens.
Texts Introduction(const RemoteOptions& options) {
  Texts said = {
      {std::string(rpc::kVersionKey), std::string(rpc::kVersion)},
      {std::string(rpc::kDirectoryKey), options.directory},
      {std::string(rpc::kCatalogKey),
       std::string(options.catalog == SessionCatalog::kShared ? rpc::kSharedCatalog : "")}};
  if (options.detached) said[std::string(rpc::kDetachedKey)] = "true";
  for (const auto& [key, value] : options.settings.given_values())
    said[std::string(rpc::kOptionPrefix) + key] = value;
  for (const std::string& key : options.said) {
    const conf::Option* option = conf::FindOption(key);
    if (option == nullptr) continue;
    const std::string name(option->key);
    said[std::string(rpc::kSaidPrefix) + name] = options.settings.Get(name);
  }
  return said;
}

// The error for a process of another user, which closes connections that are not allowed.
Status NotLetIn(uid_t owner) {
  return Status::InvalidArgument(
             fmt::format("a process of user {} has the data directory open, and does not let user "
                         "{} in",
                         owner, ::geteuid()))
      .WithId("E6005")
      .WithHint(
          "it lets in its own user, root, and members of the group that 'server.socket.group' "
          "names there; who was added to it logs in anew first");
}

}  // namespace

// Requests and their answers, one at a time. Answers to GetOperationStatus come within a moment, so
// that Follow sees RequestCancel.
class RemoteSession::Wire {
 public:
  explicit Wire(RemoteSession& session, rpc::Descriptor connection)
      : session_(session),
        transport_(std::make_shared<TBufferedTransport>(
            std::make_shared<TSocket>(connection.Release(), rpc::MessageLimits()))),
        client_(std::make_shared<TBinaryProtocol>(transport_, rpc::kMostBytes, rpc::kMostElements,
                                                  false, true)) {}

  // Opens the session; the id of the process. kNotFound when the process ends.
  Result<int64_t> Open() {
    hive::TOpenSessionReq request;
    request.__set_configuration(Introduction(session_.options_));
    hive::TOpenSessionResp response;
    RETURN_IF_ERROR(Exchange([&] { client_.OpenSession(response, request); }));
    const Status answer = ErrorOf(response.status);
    if (answer.id() == kEnding) return Status::NotFound(answer.message());
    RETURN_IF_ERROR(answer);
    handle_ = response.sessionHandle;
    const std::string& id = response.configuration[std::string(rpc::kOwnerKey)];
    int64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    return number;
  }

  void Close() {
    hive::TCloseSessionReq request;
    request.sessionHandle = handle_;
    hive::TCloseSessionResp response;
    // If the server is gone, there is nothing to close.
    (void)Exchange([&] { client_.CloseSession(response, request); });
  }

  // Asks for what EngineSession has besides statements.
  Result<News> Call(std::string_view name, std::string_view argument = "") {
    const hive::TExecuteStatementResp response =
        TRY(Send(argument, {{std::string(rpc::kCallKey), std::string(name)}}));
    if (response.status.infoMessages.empty()) return Lost();
    News news = TRY(rpc::DecodeNews(response.status.infoMessages.front()));
    for (const Event& event : news.events) RETURN_IF_ERROR(Apply(event, nullptr));
    return news;
  }

  // Has a statement executed, and follows it to its end. `view` may be null where there are no
  // rows.
  Result<Answer> Execute(std::string_view script, const Texts& overlay, QueryView* view) {
    session_.unbegun_ = false;
    const hive::TExecuteStatementResp started = TRY(Send(script, overlay));
    Result<Answer> answer = Finish(started, view);
    session_.unbegun_ = false;  // whatever calls of hooks have met meanwhile
    return answer;
  }

 private:
  Result<Answer> Finish(const hive::TExecuteStatementResp& started, QueryView* view) {
    session_.executing_ = true;
    Result<Answer> answer = Follow(started.operationHandle, view);
    session_.executing_ = false;
    hive::TCloseOperationReq request;
    request.operationHandle = started.operationHandle;
    hive::TCloseOperationResp response;
    const Status closed = Exchange([&] { client_.CloseOperation(response, request); });
    if (answer.ok()) RETURN_IF_ERROR(closed);
    return answer;
  }

  // Runs one request. E4007 when the connection breaks; none works after that.
  template <typename F>
  Status Exchange(const F& request) {
    if (lost_) return Lost();
    try {
      request();
      return {};
    } catch (const apache::thrift::TApplicationException& error) {
      return Status::Internal(
          fmt::format("the owner of the data directory answers: {}", error.what()));
    } catch (const apache::thrift::TException&) {
      lost_ = true;
      return Lost();
    }
  }

  Status Lost(std::string_view what = "may have been executed") const {
    return Status::External(
               fmt::format("process {}, which had the data directory open, has ended or closed the "
                           "connection; the statement {}",
                           session_.owner_, what))
        .WithId(std::string(kEnding))
        .WithHint("start weir again: the next one to come takes the directory over");
  }

  Result<hive::TExecuteStatementResp> Send(std::string_view script, const Texts& overlay) {
    hive::TExecuteStatementReq request;
    request.sessionHandle = handle_;
    request.statement = script;
    request.__set_runAsync(true);
    request.__set_confOverlay(overlay);
    hive::TExecuteStatementResp response;
    bool written = false;
    const Status exchanged = Exchange([&] {
      client_.send_ExecuteStatement(request);
      written = true;
      client_.recv_ExecuteStatement(response);
    });
    // A request that could not be written was not received whole. One that was is answered by a
    // process that ends by itself.
    if (!exchanged.ok()) {
      session_.unbegun_ = lost_ && !written;
      return session_.unbegun_ ? Lost("was not executed") : exchanged;
    }
    const Status answer = ErrorOf(response.status);
    session_.unbegun_ = answer.id() == kEnding;
    RETURN_IF_ERROR(answer);
    return response;
  }

  Result<Answer> Follow(const hive::TOperationHandle& handle, QueryView* view) {
    hive::TGetOperationStatusReq request;
    request.operationHandle = handle;
    columns_.reset();
    refused_ = {};
    for (bool cancelled = false;;) {
      if (session_.cancel().load(std::memory_order_relaxed) && !cancelled) {
        cancelled = true;
        RETURN_IF_ERROR(Cancel(handle));
      }
      hive::TGetOperationStatusResp response;
      RETURN_IF_ERROR(Exchange([&] { client_.GetOperationStatus(response, request); }));
      RETURN_IF_ERROR(ErrorOf(response.status));
      const News news = TRY(rpc::DecodeNews(response.taskStatus));
      for (const Event& event : news.events) RETURN_IF_ERROR(Apply(event, view));
      if (news.rows) RETURN_IF_ERROR(Fetch(handle, view));
      if (news.__isset.outcome) return Conclude(news.outcome, view);
    }
  }

  Status Cancel(const hive::TOperationHandle& handle) {
    hive::TCancelOperationReq request;
    request.operationHandle = handle;
    hive::TCancelOperationResp response;
    return Exchange([&] { client_.CancelOperation(response, request); });
  }

  Status Tell(std::string_view key, const std::string& value) {
    hive::TSetClientInfoReq request;
    request.sessionHandle = handle_;
    request.__set_configuration({{std::string(key), value}});
    hive::TSetClientInfoResp response;
    return Exchange([&] { client_.SetClientInfo(response, request); });
  }

  Status Fetch(const hive::TOperationHandle& handle, QueryView* view) {
    hive::TFetchResultsReq request;
    request.operationHandle = handle;
    hive::TFetchResultsResp response;
    RETURN_IF_ERROR(Exchange([&] { client_.FetchResults(response, request); }));
    RETURN_IF_ERROR(ErrorOf(response.status));
    if (view == nullptr || !columns_)
      return Status::Corruption("a message has rows without a header");
    for (const Batch& batch : TRY(rpc::DecodeBatches(response.results.binaryColumns, *columns_))) {
      if (!refused_.ok()) break;
      refused_ = view->OnBatch(batch);
      if (!refused_.ok())
        RETURN_IF_ERROR(Tell(rpc::kRefusalKey, rpc::Encode(rpc::ToWire(refused_))));
    }
    return {};
  }

  Result<Answer> Conclude(const rpc::wire::Outcome& outcome, QueryView* view) {
    std::optional<ResultTable> table;
    if (view != nullptr && columns_) table = view->End();
    if (outcome.__isset.settings) RETURN_IF_ERROR(session_.TakeSettings(outcome.settings));
    if (outcome.__isset.failed_job)
      session_.hooks_.failed_job = TRY(rpc::FromWire(outcome.failed_job));
    if (outcome.__isset.failure) return rpc::FromWire(outcome.failure);
    // Where the owner's part had ended before it was told.
    if (!refused_.ok() && !DefectPlanted("late-refusal-lost")) return refused_;
    Answer answer = TRY(rpc::FromWire(outcome.answer));
    if (columns_) {
      answer.changes.reset();
      if (!table) answer.changes = view->row_count();
      answer.table = std::move(table);
    }
    return answer;
  }

  Status Apply(const Event& event, QueryView* view) {
    StatementHooks& hooks = session_.hooks_;
    if (event.__isset.said && session_.options_.say) session_.options_.say(event.said);
    if (event.__isset.printed && session_.options_.print) session_.options_.print(event.printed);
    if (event.__isset.ended) session_.ended_.push_back(TRY(rpc::FromWire(event.ended)));
    if (event.__isset.waiting && hooks.waiting) hooks.waiting(event.waiting);
    if (event.__isset.progress && hooks.progress)
      hooks.progress(TRY(rpc::FromWire(event.progress)));
    if (event.__isset.transfer && hooks.transfer_progress) hooks.transfer_progress(event.transfer);
    if (event.__isset.preface && hooks.preface) hooks.preface(TRY(rpc::FromWire(event.preface)));
    if (event.__isset.question)
      RETURN_IF_ERROR(Tell(rpc::kAnswerKey, hooks.ask && hooks.ask(event.question) ? "yes" : "no"));
    return view == nullptr ? Status() : ApplyTo(*view, event);
  }

  Status ApplyTo(QueryView& view, const Event& event) {
    if (event.__isset.header) {
      columns_ = TRY(rpc::DecodeColumns(event.header.columns));
      ResultTable header;
      header.columns = *columns_;
      header.order = TRY(OrderOf(event.header, header.columns.size()));
      view.Begin(header, event.header.bounded);
    }
    if (event.__isset.refresh) {
      const JobNow job = TRY(rpc::FromWire(event.refresh));
      view.Refresh(job.snapshot, Clock::System().MonotonicNanos());
    }
    if (event.__isset.still) view.Still();
    return {};
  }

  RemoteSession& session_;
  const std::shared_ptr<TBufferedTransport> transport_;
  hive::TCLIServiceClient client_;
  hive::TSessionHandle handle_;
  bool lost_ = false;
  // The columns of the SELECT that is being followed.
  std::optional<std::vector<ResultColumn>> columns_;
  Status refused_;
};

RemoteSession::RemoteSession(RemoteOptions options)
    : options_(std::move(options)), settings_(options_.settings) {}

RemoteSession::~RemoteSession() {
  if (wire_ != nullptr) wire_->Close();
}

Result<std::unique_ptr<RemoteSession>> RemoteSession::Open(const RemoteOptions& options) {
  rpc::SilenceThrift();
  for (bool again = true;; again = false) {
    Result<rpc::Descriptor> connection = rpc::Connect(options.data_directory);
    if (!connection.ok()) return Status::NotFound(connection.status().message());
    const Result<rpc::Peer> owner = rpc::PeerOf(*connection);
    const bool foreign = owner.ok() && owner->user != ::geteuid();
    auto session = std::unique_ptr<RemoteSession>(new RemoteSession(options));
    session->wire_ = std::make_unique<Wire>(*session, std::move(*connection));
    const Result<int64_t> opened = session->wire_->Open();
    if (opened.ok()) {
      session->owner_ = *opened;
      return session;
    }
    session->wire_.reset();  // there is no session to close
    if (opened.status().id() != kEnding) return opened.status();
    // It has closed the connection: of its own user's, since it ends. Of another's it may be that
    // it lets nobody in; one that ended is not there the next time.
    if (!foreign) return Status::NotFound(opened.status().message());
    if (!again) return NotLetIn(owner->user);
  }
}

Status RemoteSession::TakeSettings(const std::map<std::string, std::string>& set) {
  settings_ = options_.settings;
  for (const auto& [key, value] : set) RETURN_IF_ERROR(settings_.Set(key, value));
  return {};
}

Result<Answer> RemoteSession::Execute(std::string_view script, SourceSpan part, QueryView& view) {
  hooks_.failed_job.reset();
  std::string hooks;
  if (hooks_.progress) hooks += rpc::kProgressHook;
  if (hooks_.transfer_progress) hooks += rpc::kTransferHook;
  if (hooks_.ask) hooks += rpc::kAskHook;
  return wire_->Execute(script,
                        {{std::string(rpc::kBeginKey), std::to_string(part.begin)},
                         {std::string(rpc::kEndKey), std::to_string(part.end)},
                         {std::string(rpc::kFileKey), hooks_.file},
                         {std::string(rpc::kHooksKey), hooks}},
                        &view);
}

std::vector<JobNow> RemoteSession::EndedJobs() {
  return ended_;
}

std::vector<JobNow> RemoteSession::FailedJobs() {
  // A prompt asks many times a second. A lost connection is the next statement's error.
  const int64_t now = Clock::System().MonotonicNanos();
  if (now - asked_nanos_ > kNewsNanos && !executing_) {
    asked_nanos_ = now;
    (void)wire_->Call(rpc::kNewsCall);
  }
  std::vector<JobNow> failed = ended_;
  std::erase_if(failed,
                [](const JobNow& job) { return job.snapshot.state != task::JobState::kFailed; });
  return failed;
}

Result<std::vector<std::string>> RemoteSession::RunningJobs() {
  return TRY(wire_->Call(rpc::kRunningCall)).names;
}

Result<bool> RemoteSession::AwaitJob() {
  const Answer answer = TRY(
      wire_->Execute("", {{std::string(rpc::kCallKey), std::string(rpc::kAwaitCall)}}, nullptr));
  return answer.quit;
}

Status RemoteSession::StopJobs(std::vector<JobNow>&) {
  return Status::Internal("jobs of another process are stopped by their names");
}

Status RemoteSession::RecordEndings() {
  return wire_->Call(rpc::kRecordCall).status();
}

Result<std::vector<SuspendedJob>> RemoteSession::SuspendedJobs() {
  const News news = TRY(wire_->Call(rpc::kSuspendedCall));
  std::vector<SuspendedJob> jobs;
  for (const rpc::wire::Suspended& job : news.suspended) jobs.push_back({job.name, job.ways_on});
  return jobs;
}

std::map<std::string, uint64_t> RemoteSession::Totals() {
  std::map<std::string, uint64_t> totals;
  const Result<News> news = wire_->Call(rpc::kTotalsCall);
  if (!news.ok()) return totals;
  for (const auto& [name, count] : news->totals) totals[name] = static_cast<uint64_t>(count);
  return totals;
}

std::vector<std::string> RemoteSession::Names(Named what) {
  const Result<News> news = wire_->Call(rpc::kNamesCall, std::to_string(static_cast<int>(what)));
  return news.ok() ? news->names : std::vector<std::string>();
}

std::vector<std::string> RemoteSession::ColumnsOf(const std::vector<std::string>& relations) {
  const Result<News> news =
      wire_->Call(rpc::kColumnsCall, fmt::format("{}", fmt::join(relations, "\n")));
  return news.ok() ? news->names : std::vector<std::string>();
}

}  // namespace weir::shell
