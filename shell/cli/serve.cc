#include "shell/cli/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "runtime/types/datetime.h"
#include "shell/cli/hive_setup.h"
#include "shell/cli/http_setup.h"
#include "shell/cli/login_setup.h"
#include "shell/cli/session_setup.h"
#include "shell/cli/signal_route.h"
#include "shell/engine/session/memory_guard.h"
#include "shell/engine/session/memory_of_machine.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/script.h"
#include "shell/server/server.h"
#include "shell/server/service_manager.h"
#include "shell/server/session_count.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr std::chrono::milliseconds kPoll{50};
constexpr std::string_view kUsualHttpAddress = "127.0.0.1:8480";
constexpr std::string_view kUsualThriftAddress = "127.0.0.1:10000";

WatchOptions LogFor(const CommandLine& line, const conf::Settings& settings) {
  WatchOptions options{.clock = &Clock::System()};
  options.log = settings.Get("server.log-format") == "json" ? LogFormat::kJson : LogFormat::kText;
  if (line.Has(OptionId::kQuiet)) options.least = LogLevel::kWarning;
  return options;
}

// The events of the server itself. Thread-safe.
class ServerLog {
 public:
  explicit ServerLog(JobWatch& watch) : watch_(watch) {}
  void Say(LogLevel level, std::string_view event, std::string message, JobTitle job = {}) {
    watch_.Log({Clock::System().Now().millis, level, event, std::move(job), std::move(message)});
  }

 private:
  JobWatch& watch_;
};

// Runs `end` on a thread of its own, so that one can wait for it with a time limit.
class Ending {
 public:
  // Without a thread it is done here.
  explicit Ending(const std::function<Status()>& end) {
    Result<Thread> thread = Thread::Start("stop", [this, end] { Finish(end()); });
    if (thread.ok()) {
      thread_ = std::move(*thread);
    } else {
      Finish(end());
    }
  }
  // What became of it; nothing when it takes longer.
  std::optional<Status> Await(std::chrono::milliseconds time) {
    MutexLock lock(mutex_);
    changed_.wait_for(lock, time, [this]() WEIR_REQUIRES(mutex_) { return status_.has_value(); });
    return status_;
  }

 private:
  void Finish(Status status) {
    const MutexLock lock(mutex_);
    status_ = std::move(status);
    changed_.notify_all();
  }

  Mutex mutex_;
  ConditionVariable changed_;
  std::optional<Status> status_ WEIR_GUARDED_BY(mutex_);
  Thread thread_;
};

struct Resumed {
  size_t wanted = 0;
  size_t going_on = 0;
};

// Starts the jobs again. Why one does not go on is logged.
Resumed ResumeJobs(Engine& engine, const std::vector<JobRecord>& jobs, ServerLog& log) {
  Resumed resumed;
  for (const JobRecord& job : jobs) {
    if (PendingSignal() != 0) break;  // the next server starts the others
    const JobTitle title{job.name, job.id};
    Result<std::optional<Answer>> answer = engine.own().Resume(job);
    if (answer.ok() && !*answer) continue;  // somebody was faster, and dropped or restored it
    ++resumed.wanted;
    if (!answer.ok()) {
      log.Say(LogLevel::kError, "job-not-resumed", answer.status().ToString(), title);
      continue;
    }
    ++resumed.going_on;
    for (const std::string& notice : (*answer)->notices)
      log.Say(LogLevel::kWarning, "job-resumed", notice, title);
    log.Say(LogLevel::kInfo, "job-resumed", (*answer)->message, title);
  }
  return resumed;
}

// What a server is made of, in the order in which it begins.
class ServerProcess {
 public:
  ServerProcess(Engine& engine, JobWatch& watch, const RemoteOptions& remote)
      : engine_(engine),
        watch_(watch),
        log_(watch),
        remote_(remote),
        sessions_(static_cast<size_t>(remote.settings.GetInteger("server.max-sessions"))) {}

  // Returns when a signal has come and all jobs have ended; the exit code.
  Result<int> Run(const ServiceManager& manager) {
    RETURN_IF_ERROR(Own());
    server_.emplace(ClientLog{[this](const std::string& lines) { watch_.SayLines(lines); }, true},
                    sessions_, true);
    SocketDoor door = TRY(SocketDoorOf(remote_.settings, remote_.data_directory));
    RETURN_IF_ERROR(server_->Start(engine_, remote_.data_directory, std::move(door)));
    log_.Say(LogLevel::kInfo, "server-started",
             fmt::format("weir {}, process {}, serves {}", WEIR_VERSION, ::getpid(),
                         remote_.data_directory));
    RETURN_IF_ERROR(StartDoor());
    RETURN_IF_ERROR(StartHttp());
    RETURN_IF_ERROR(StartHive());
    const std::string jobs = TRY(Resume());
    if (http_ != nullptr) http_->SetReady();
    log_.Say(LogLevel::kInfo, "server-ready", jobs);
    manager.Ready(jobs);
    while (PendingSignal() == 0) Clock::System().Sleep(kPoll);
    return Stop(manager);
  }

 private:
  // While a server is restarted, somebody's statement may have the data directory for a moment.
  Status Own() {
    const int64_t until = Clock::System().MonotonicNanos() +
                          remote_.settings.GetMillis("server.start-timeout") * kNanosPerMilli;
    Status owned = engine_.Own();
    if (owned.id() == "E4003")
      log_.Say(LogLevel::kWarning, "server-waits", "waits: " + owned.message());
    while (owned.id() == "E4003" && PendingSignal() == 0 &&
           Clock::System().MonotonicNanos() < until) {
      Clock::System().Sleep(kPoll);
      owned = engine_.Own();
    }
    return owned;
  }

  Status StartDoor() {
    DoorLog log;
    log.login = [this](const std::string& said) { log_.Say(LogLevel::kInfo, "login", said); };
    log.refused = [this](const std::string& said) {
      log_.Say(LogLevel::kWarning, "login-refused", said);
    };
    log.certificate = [this](bool failed, const std::string& said) {
      log_.Say(failed ? LogLevel::kWarning : LogLevel::kInfo,
               failed ? "certificate-not-read" : "certificate-read", said);
    };
    door_ = TRY(OpenDoor(remote_.settings, remote_.data_directory, std::move(log)));
    return {};
  }

  // Starts the HTTP server. Where the options say no address, another process may have the usual
  // one: then the server does without HTTP, and logs that.
  Status StartHttp() {
    Result<std::unique_ptr<HttpServer>> http =
        shell::StartHttp(engine_, remote_.settings, door_, kUsualHttpAddress);
    if (!http.ok()) {
      if (!remote_.settings.Get("server.http.address").empty()) return http.status();
      log_.Say(LogLevel::kWarning, "http-not-started",
               "nothing answers HTTP: " + http.status().message());
      return {};
    }
    http_ = *std::move(http);
    if (http_ != nullptr)
      log_.Say(LogLevel::kInfo, "http-started", "answers HTTP at " + AddressText(http_->address()));
    return {};
  }

  Status StartHive() {
    HivePorts ports{sessions_,
                    {[this](const std::string& lines) { watch_.SayLines(lines); }, true}};
    Result<std::unique_ptr<HiveServer>> hive =
        shell::StartHive(engine_, remote_.settings, door_, kUsualThriftAddress, std::move(ports));
    if (!hive.ok()) {
      if (!remote_.settings.Get("server.thrift.address").empty()) return hive.status();
      log_.Say(LogLevel::kWarning, "thrift-not-started",
               "nothing answers HiveServer2's clients: " + hive.status().message());
      return {};
    }
    hive_ = *std::move(hive);
    if (hive_ != nullptr) {
      log_.Say(LogLevel::kInfo, "thrift-started",
               "answers HiveServer2's clients at " + AddressText(hive_->address()));
    }
    return {};
  }

  // How many jobs go on, in words.
  Result<std::string> Resume() {
    if (!remote_.settings.GetBool("server.resume-jobs")) return std::string("ready");
    const std::vector<JobRecord> jobs = TRY(engine_.JobsToResume());
    const Resumed resumed = ResumeJobs(engine_, jobs, log_);
    if (const size_t tables = TRY(engine_.ScheduleRefreshes()); tables > 0) {
      log_.Say(LogLevel::kInfo, "refreshes-scheduled",
               Plural(tables, "materialized table") + " refreshed on a schedule");
    }
    if (resumed.wanted == 0) return std::string("ready");
    if (resumed.going_on == resumed.wanted)
      return fmt::format("ready, {} started again", Plural(resumed.going_on, "job"));
    return fmt::format("ready, {} of {} started again", resumed.going_on,
                       Plural(resumed.wanted, "job"));
  }

  int Stop(const ServiceManager& manager) {
    const int signal = TakeSignal();
    const int64_t millis = remote_.settings.GetMillis("server.stop-timeout");
    log_.Say(LogLevel::kInfo, "server-stopping",
             fmt::format("stops by signal {}; last checkpoints may take {}", signal,
                         DurationText(static_cast<double>(millis) / 1e3)));
    manager.Stopping("stops its jobs with a last checkpoint", millis);
    Ending ending([this] {
      http_.reset();
      hive_.reset();
      server_.reset();  // nobody starts anything any more
      return engine_.StopForNextServer();
    });
    const std::optional<Status> ended = ending.Await(std::chrono::milliseconds(millis));
    watch_.LogEnds();
    if (!ended) {
      log_.Say(LogLevel::kError, "server-stopped",
               "not all jobs have their last checkpoint in time; those go on from the one before");
      watch_.Flush();
      ::_exit(kExitJobFailed);
    }
    log_.Say(ended->ok() ? LogLevel::kInfo : LogLevel::kError, "server-stopped",
             ended->ok() ? "all jobs have their last checkpoint" : ended->ToString());
    if (!ended->ok()) return kExitJobFailed;
    return signal == SIGALRM ? kExitTimeout : kExitOk;
  }

  Engine& engine_;
  JobWatch& watch_;
  ServerLog log_;
  const RemoteOptions& remote_;
  SessionCount sessions_;
  std::optional<Server> server_;
  NetworkDoor door_;  // outlives those who come through it
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<HiveServer> hive_;
};

}  // namespace

Result<int> Serve(const CommandLine& line, FileSystem& files) {
  const ServiceManager manager;  // before anything is started that inherits the environment
  conf::Settings settings = TRY(LoadSettings(line));
  // What the server is started with is for its sessions as a conf file is, and takes the place of
  // nothing that a job remembers.
  settings.ForgetSaid();
  FileSystem& local = FileSystem::Local();
  const MemoryGuard guard(local, MemoryOfMachine(local, PhysicalMemory()));
  JobWatch watch(LogFor(line, settings));
  RemoteOptions remote = RemoteFor(line, settings, false, watch);
  EngineOptions options = EngineFor(remote, files, watch);
  options.ports.is_server = true;
  const std::unique_ptr<Engine> engine = TRY(Engine::Open(std::move(options)));
  const SignalRoute route(engine->own(), watch);
  RETURN_IF_ERROR(StartTimeout(line.Value(OptionId::kTimeout)));
  ServerProcess process(*engine, watch, remote);
  return process.Run(manager);
}

}  // namespace weir::shell
