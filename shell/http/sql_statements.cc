#include "shell/http/sql_statements.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "conf/options.h"
#include "shell/http/response_stream.h"

namespace weir::shell {
namespace {

Result<SessionOptions> OptionsFor(const Engine& engine,
                                  const std::map<std::string, std::string>& settings) {
  SessionOptions options;
  options.catalog = SessionCatalog::kShared;
  options.settings = engine.settings();
  for (const auto& [key, value] : settings) {
    const conf::Option* option = conf::FindOption(key);
    if (option != nullptr && option->scope == conf::OptionScope::kProcess) {
      return Status::InvalidArgument(fmt::format("option \"{}\" is of the process", option->key))
          .WithId("E6001")
          .WithHint("it is set where that is started, by -D or a conf file");
    }
    RETURN_IF_ERROR(options.settings.SetBase(key, value));
    options.settings.NoteSaid(key);
  }
  return options;
}

}  // namespace

struct SqlStatements::Running {
  std::unique_ptr<LocalSession> session;
  HttpExchange exchange;                   // until it is done
  std::shared_ptr<ResponseStream> stream;  // of the exchange
  std::atomic<bool> done{false};
  Thread thread;
};

SqlStatements::SqlStatements(Engine& engine, size_t most) : engine_(engine), most_(most) {}

SqlStatements::~SqlStatements() {
  Stop();
}

Status SqlStatements::Begin(const Principal& who,
                            const std::map<std::string, std::string>& settings,
                            const HttpExchange& exchange, Work work) {
  auto one = std::make_unique<Running>();
  SessionOptions options = TRY(OptionsFor(engine_, settings));
  options.who = who;
  one->session = engine_.NewSession(std::move(options));
  for (const auto& [key, value] : settings)
    RETURN_IF_ERROR(one->session->session().CheckOptionPaths(key, value));
  one->exchange = exchange;
  one->stream = exchange.stream;
  const MutexLock lock(mutex_);
  std::erase_if(running_, [](const std::unique_ptr<Running>& old) { return old->done.load(); });
  if (stopping_ || running_.size() >= most_) {
    return Status::External(
               "as many statements are executed over HTTP as 'server.http.max-streams' allows")
        .WithHint("try again when one has ended");
  }
  one->thread = TRY(Thread::Start("http-sql", [it = one.get(), work = std::move(work)] {
    it->stream->OnLeave([it] { it->session->RequestCancel(); });
    work(*it->session, it->exchange);
    it->stream->OnLeave({});
    it->exchange = {};
    it->done = true;
  }));
  running_.push_back(std::move(one));
  return {};
}

void SqlStatements::Stop() {
  std::list<std::unique_ptr<Running>> running;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    running.swap(running_);
  }
  for (const std::unique_ptr<Running>& one : running) one->stream->Leave();
  running.clear();  // joins
}

}  // namespace weir::shell
