#include "shell/server/guest_session.h"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "conf/options.h"
#include "runtime/base/check.h"
#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/graph/secret_text.h"
#include "shell/rpc/news_codec.h"
#include "shell/rpc/protocol.h"

namespace weir::shell {
namespace {

using rpc::wire::Event;
using rpc::wire::News;
using rpc::wire::Outcome;

std::string ValueOf(const Configuration& said, std::string_view key) {
  const auto found = said.find(std::string(key));
  return found == said.end() ? "" : found->second;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The kind with this number; tables and views if there is none.
Named KindOf(const std::string& text) {
  const bool known =
      text.size() == 1 && text[0] >= '0' && text[0] - '0' <= static_cast<int>(Named::kFunctions);
  return known ? static_cast<Named>(text[0] - '0') : Named::kRelations;
}

bool IsOfProcess(std::string_view key) {
  const conf::Option* option = conf::FindOption(key);
  return option != nullptr && option->scope == conf::OptionScope::kProcess;
}

Status CheckVersion(const Configuration& said) {
  if (ValueOf(said, rpc::kVersionKey) == rpc::kVersion) return {};
  return Status::External("the process that has the data directory open is another version of weir")
      .WithId("E4003")
      .WithHint("end one of them, or use the same program for both");
}

conf::Settings ShippedSettings() {
  conf::Settings settings;
  const Status loaded = settings.LoadYaml(conf::PrintShippedYaml(), "the shipped weir.yaml");
  WEIR_CHECK(loaded.ok());
  return settings;
}

// Whether the option has the value of the shipped weir.yaml and the client's user has not said it:
// then the server's own value is meant. False for a key that is no option.
bool IsAsShipped(const Configuration& said, const std::string& key, const std::string& value) {
  if (conf::FindOption(key) == nullptr) return false;
  static const conf::Settings& shipped = *new conf::Settings(ShippedSettings());
  return shipped.Get(key) == value && !said.contains(std::string(rpc::kSaidPrefix) + key);
}

// The value of a client's option. Its relative paths are below the client's directory, not below
// that of this process.
std::string OptionOf(const Configuration& said, const std::string& key, const std::string& value) {
  return Session::OptionBelow(ValueOf(said, rpc::kDirectoryKey), key, value);
}

// The options of the process as they are here, and all others as the client has them; those that
// the client does not set are a server's, if this is one.
Result<conf::Settings> SettingsFor(const Engine& engine, const Configuration& said) {
  const conf::Settings& process = engine.settings();
  conf::Settings settings;
  for (const auto& [key, value] : process.given_values()) {
    if (IsOfProcess(key) || engine.is_server()) RETURN_IF_ERROR(settings.SetBase(key, value));
  }
  for (const auto& [name, value] : said) {
    if (name.starts_with(rpc::kSaidPrefix)) {
      const std::string key = name.substr(rpc::kSaidPrefix.size());
      settings.NoteSaid(key);
      if (!IsOfProcess(key) || process.Get(key) == value) continue;
      return Status::InvalidArgument(
                 fmt::format("option \"{}\" is of the process that has the data directory open, "
                             "where it is '{}'",
                             key, graph::ShownValue(key, process.Get(key))))
          .WithId("E6001")
          .WithHint("it is set where that process is started, by -D or a conf file");
    }
    if (!name.starts_with(rpc::kOptionPrefix)) continue;
    const std::string key = name.substr(rpc::kOptionPrefix.size());
    if (IsOfProcess(key) || (engine.is_server() && IsAsShipped(said, key, value))) continue;
    RETURN_IF_ERROR(settings.SetBase(key, OptionOf(said, key, value)));
  }
  return settings;
}

// Checks the paths in options that the client begins with, as SET would check them: they get into
// the session without a SET.
Status CheckSaidPaths(const Engine& engine, Session& session, const Configuration& said) {
  for (const auto& [name, value] : said) {
    if (!name.starts_with(rpc::kOptionPrefix)) continue;
    const std::string key = name.substr(rpc::kOptionPrefix.size());
    if (conf::FindOption(key) == nullptr) continue;  // one of Flink's that has no effect here
    const std::string here = OptionOf(said, key, value);
    const bool own = session.settings().Get(key) == here && engine.settings().Get(key) != here;
    if (own && !IsOfProcess(key)) RETURN_IF_ERROR(session.CheckOptionPaths(key, here));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<GuestSession>> GuestSession::Open(Engine& engine, const Configuration& said,
                                                         const Principal& who, ClientLog log) {
  RETURN_IF_ERROR(CheckVersion(said));
  auto feed = std::make_shared<ClientFeed>(std::move(log));
  SessionOptions options;
  options.settings = TRY(SettingsFor(engine, said));
  options.directory = ValueOf(said, rpc::kDirectoryKey);
  options.catalog = ValueOf(said, rpc::kCatalogKey) == rpc::kSharedCatalog ? SessionCatalog::kShared
                                                                           : SessionCatalog::kOwn;
  options.outlet = feed;
  options.who = who;
  std::unique_ptr<LocalSession> session = engine.NewSession(std::move(options));
  RETURN_IF_ERROR(CheckSaidPaths(engine, session->session(), said));
  return std::unique_ptr<GuestSession>(new GuestSession(std::move(session), std::move(feed)));
}

GuestSession::~GuestSession() {
  Cancel();
  Finish();
  feed_->Close();
}

Status GuestSession::Start(StatementRequest request) {
  if (operation_ != nullptr)
    return Status::InvalidArgument("a statement of this session is being executed");
  operation_ = std::make_unique<Operation>();
  session_->ClearCancel();
  SetHooks(request);
  Result<Thread> thread =
      Thread::Start("session", [this, request = std::move(request)] { Run(request); });
  if (!thread.ok()) {
    operation_.reset();
    return thread.status();
  }
  thread_ = std::move(*thread);
  return {};
}

void GuestSession::Cancel() {
  session_->RequestCancel();
  if (operation_ != nullptr) operation_->Cancel();
}

void GuestSession::Finish() {
  thread_.Join();
  operation_.reset();
}

void GuestSession::SetHooks(const StatementRequest& request) {
  const auto has = [&](char hook) { return request.hooks.find(hook) != std::string::npos; };
  StatementHooks& hooks = session_->hooks();
  hooks = {};
  hooks.file = request.file;
  hooks.waiting = [this](std::string_view start) {
    TellEnded();
    Event event;
    event.__set_waiting(std::string(start));
    operation_->Add(std::move(event));
  };
  hooks.preface = [this](const Answer& answer) {
    Event event;
    event.__set_preface(rpc::ToWire(answer));
    operation_->Add(std::move(event));
  };
  if (has(rpc::kProgressHook)) {
    hooks.progress = [this](const JobNow& job) {
      Event event;
      event.__set_progress(rpc::ToWire(job));
      operation_->Add(std::move(event));
    };
  }
  if (has(rpc::kTransferHook)) {
    hooks.transfer_progress = [this](const std::string& line) {
      Event event;
      event.__set_transfer(line);
      operation_->Add(std::move(event));
    };
  }
  if (has(rpc::kAskHook))
    hooks.ask = [this](const std::string& question) { return operation_->Ask(question); };
}

void GuestSession::Run(const StatementRequest& request) {
  const WithMemoryReserve reserve;  // outside of statements, which have a fence
  Outcome outcome = Execute(request);
  TellEnded();
  const std::map<std::string, std::string>& settings = session_->settings().explicit_values();
  if (settings != told_settings_) {
    told_settings_ = settings;
    outcome.__set_settings(settings);
  }
  operation_->End(std::move(outcome));
}

Outcome GuestSession::Execute(const StatementRequest& request) {
  Outcome outcome;
  OperationView view(*operation_);
  Result<Answer> answer = Status::Internal("nothing was executed");
  if (request.awaits_job) {
    const Result<bool> ended = session_->AwaitJob();
    answer = Answer{.quit = ended.ok() && *ended};
  } else {
    answer = session_->Execute(request.script, request.part, view);
  }
  if (answer.ok()) {
    outcome.__set_answer(rpc::ToWire(*answer));
  } else {
    outcome.__set_failure(rpc::ToWire(answer.status()));
  }
  if (const std::optional<JobNow>& failed = session_->hooks().failed_job; failed)
    outcome.__set_failed_job(rpc::ToWire(*failed));
  return outcome;
}

void GuestSession::AddEnded(std::vector<Event>& events) {
  for (const JobNow& job : session_->EndedJobs()) {
    if (told_.insert(job.start).second) events.emplace_back().__set_ended(rpc::ToWire(job));
  }
}

void GuestSession::TellEnded() {
  std::vector<Event> events;
  AddEnded(events);
  for (Event& event : events) operation_->Add(std::move(event));
}

News GuestSession::WithFeed(News news) {
  feed_->TakeInto(news.events);
  return news;
}

Result<News> GuestSession::Call(std::string_view name, const std::string& argument) {
  if (operation_ != nullptr)
    return Status::InvalidArgument("a statement of this session is being executed");
  News news;
  if (name == rpc::kRecordCall) {
    RETURN_IF_ERROR(session_->RecordEndings());
  } else if (name == rpc::kRunningCall) {
    news.__set_names(TRY(session_->RunningJobs()));
  } else if (name == rpc::kSuspendedCall) {
    std::vector<rpc::wire::Suspended> suspended;
    for (const SuspendedJob& job : TRY(session_->SuspendedJobs())) {
      rpc::wire::Suspended& one = suspended.emplace_back();
      one.name = job.name;
      one.ways_on = job.ways_on;
    }
    news.__set_suspended(suspended);
  } else if (name == rpc::kTotalsCall) {
    std::map<std::string, int64_t> totals;
    for (const auto& [what, count] : session_->Totals()) totals[what] = static_cast<int64_t>(count);
    news.__set_totals(totals);
  } else if (name == rpc::kNamesCall) {
    news.__set_names(session_->Names(KindOf(argument)));
  } else if (name == rpc::kColumnsCall) {
    news.__set_names(session_->ColumnsOf(LinesOf(argument)));
  } else if (name != rpc::kNewsCall) {
    return Status::InvalidArgument(fmt::format("there is no call \"{}\"", name));
  }
  AddEnded(news.events);
  return WithFeed(std::move(news));
}

}  // namespace weir::shell
