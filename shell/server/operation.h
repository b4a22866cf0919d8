// One statement of a client, while it is executed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/engine.h"
#include "shell/rpc/news_types.h"

namespace weir::shell {

// Collects what the execution reports until the client takes it. Thread-safe. Rows wait for the
// client, too: once a few megabytes are waiting, the thread that makes them waits.
class Operation {
 public:
  using Event = rpc::wire::Event;

  // --- The thread that executes ---

  void Add(Event event);
  // Adds rows of a SELECT, in order; waits for room. Drops them once the operation is cancelled.
  // Fails with the client's reason once it has refused rows.
  Status AddRows(const Batch& batch);
  // Asks the client. False once the operation is cancelled.
  bool Ask(const std::string& question);
  // To be called last, once: the execution reports nothing more.
  void End(rpc::wire::Outcome outcome);

  // --- The client's thread ---

  // Everything that was reported since the last call. Waits for the first report, but no longer
  // than `longest`.
  rpc::wire::News Take(std::chrono::milliseconds longest);
  // The rows since the last call, as batches one behind the other (shell/rpc/row_codec.h); "" for
  // none.
  std::string TakeRows();
  void Answer(bool yes);
  void RefuseRows(Status reason);
  // Ends the waits in AddRows and Ask.
  void Cancel();
  bool ended() const;

 private:
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::vector<Event> events_ WEIR_GUARDED_BY(mutex_);
  std::string rows_ WEIR_GUARDED_BY(mutex_);
  std::optional<rpc::wire::Outcome> outcome_ WEIR_GUARDED_BY(mutex_);
  std::optional<bool> answer_ WEIR_GUARDED_BY(mutex_);
  Status refusal_ WEIR_GUARDED_BY(mutex_);
  bool cancelled_ WEIR_GUARDED_BY(mutex_) = false;
};

// Hands the rows of a SELECT to an operation.
class OperationView final : public QueryView {
 public:
  // The operation must outlive the view.
  explicit OperationView(Operation& operation) : operation_(operation) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  void Refresh(const task::JobSnapshot& job, int64_t now_nanos) override;
  void Still() override;
  std::optional<ResultTable> End() override { return std::nullopt; }
  uint64_t row_count() const override;

 private:
  Operation& operation_;
  int64_t refreshed_nanos_ = 0;
  mutable Mutex mutex_;
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
};

}  // namespace weir::shell
