// What a client of the server is told besides the answers of its statements: notices of its jobs,
// and what they print.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "shell/engine/jobs/job_outlet.h"
#include "shell/rpc/news_types.h"
#include "shell/server/client_log.h"

namespace weir::shell {

// Thread-safe. Jobs hold it for as long as they live. While the client is there, lines are kept for
// it, up to a megabyte of each kind. Then a job that prints waits, for ten seconds at most, and its
// lines go to the server's own log; notices never wait, and are dropped. Once the client is gone,
// lines go to that log (ClientLog), up to a thousand of one session.
class ClientFeed final : public JobOutlet {
 public:
  explicit ClientFeed(ClientLog log) : log_(std::move(log)) {}

  void OnNotice(const JobTitle& job, const Notice& notice) override;
  void OnRemark(const JobTitle& job, const Remark& remark) override;
  Status Print(std::string_view lines) override;
  bool left() const override;

  // Moves what there is to the end of `events`, notices before what was printed: their order among
  // each other is lost.
  void TakeInto(std::vector<rpc::wire::Event>& events);
  // To be called when the client is gone: nobody waits for it any more, and lines go to the log.
  void Close();

 private:
  void Say(const std::string& lines);
  // Logs notices that no client took; not if the log has the notices of all jobs anyway.
  void LogSaid(std::string_view lines) WEIR_REQUIRES(mutex_);
  // Logs lines until the session has used up its share of the log.
  void LogLines(std::string_view lines) WEIR_REQUIRES(mutex_);

  const ClientLog log_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  bool closed_ WEIR_GUARDED_BY(mutex_) = false;
  std::string said_ WEIR_GUARDED_BY(mutex_);
  std::string printed_ WEIR_GUARDED_BY(mutex_);
  uint64_t logged_lines_ WEIR_GUARDED_BY(mutex_) = 0;
};

}  // namespace weir::shell
