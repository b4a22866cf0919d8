// A statement or catalog call that a client of HiveServer2's protocol has started, and its rows
// until they are fetched.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "shell/engine/engine.h"

namespace weir::shell {

enum class HiveState : uint8_t { kRunning, kFinished, kFailed, kCancelled, kTimedOut };

// It is kFinished as soon as rows can be fetched, although more may come: clients do not fetch
// before they see this state.
struct HiveProgress {
  HiveState state = HiveState::kRunning;
  Status failure;  // not ok when kFailed, kCancelled or kTimedOut
  bool has_rows = false;
  bool ended = false;
};

struct HiveRows {
  std::string row_set;  // the struct TRowSet (row_set.h)
  uint64_t count = 0;   // 0: there are no more
};

// Thread-safe. Rows are queued for the client; AddRows blocks while the queue is full.
class HiveOperation {
 public:
  // `cancel_statement` ends the statement that is being executed; it is not called after End.
  explicit HiveOperation(std::function<void()> cancel_statement)
      : cancel_statement_(std::move(cancel_statement)) {}

  // --- for the thread that executes ---

  // Announces rows with these columns, to be shown in this zone. `with_op`: they are changes, and
  // get a column "op" in front.
  void Begin(std::vector<ResultColumn> columns, TimeZone zone, bool with_op);
  // kCancelled once the client has cancelled or closed the operation.
  Status AddRows(const Batch& batch);
  // The whole result, with values as they are to be shown. Its rows can be fetched again.
  void SetTable(const ResultTable& table);
  void End(const Status& status);

  // --- for the client ---

  // Whether the client is gone; asked now and then during a wait.
  using Left = std::function<bool()>;

  // Allows the statement `longest` from now until rows can be fetched or it ends, as a client's
  // queryTimeout. Whoever waits behind that cancels it.
  void Limit(std::chrono::seconds longest);
  // Waits until rows can be fetched or there will be none; at most `longest`.
  HiveProgress Await(std::chrono::milliseconds longest, const Left& left);
  // Waits for a row or the end, and takes at most `most_rows`. With `first` it starts again at the
  // first row; kInvalidArgument if rows that were already taken are not kept.
  Result<HiveRows> Fetch(uint64_t most_rows, bool first, const Left& left);
  // The columns of the rows; kInvalidArgument for a statement without rows.
  Result<std::vector<ResultColumn>> Columns() const;
  void Cancel();

 private:
  HiveProgress Progress() const WEIR_REQUIRES(mutex_);
  bool IsLate() const WEIR_REQUIRES(mutex_);
  void CancelNow() WEIR_REQUIRES(mutex_);
  Status Cancelled() const WEIR_REQUIRES(mutex_);
  Status Rewind() WEIR_REQUIRES(mutex_);
  void Take(uint64_t most_rows, HiveRows& rows) WEIR_REQUIRES(mutex_);

  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  std::function<void()> cancel_statement_ WEIR_GUARDED_BY(mutex_);
  std::optional<std::vector<ResultColumn>> columns_ WEIR_GUARDED_BY(mutex_);  // once known
  std::vector<Type> types_ WEIR_GUARDED_BY(mutex_);
  TimeZone zone_ WEIR_GUARDED_BY(mutex_);
  bool with_op_ WEIR_GUARDED_BY(mutex_) = false;
  bool keeps_rows_ WEIR_GUARDED_BY(mutex_) = false;
  std::deque<Batch> batches_ WEIR_GUARDED_BY(mutex_);
  size_t next_batch_ WEIR_GUARDED_BY(mutex_) = 0;  // the first that is not taken completely
  uint32_t next_row_ WEIR_GUARDED_BY(mutex_) = 0;  // within it
  uint64_t taken_ WEIR_GUARDED_BY(mutex_) = 0;
  uint64_t waiting_rows_ WEIR_GUARDED_BY(mutex_) = 0;
  uint64_t waiting_bytes_ WEIR_GUARDED_BY(mutex_) = 0;
  bool ended_ WEIR_GUARDED_BY(mutex_) = false;
  std::optional<std::chrono::seconds> limit_ WEIR_GUARDED_BY(mutex_);
  int64_t late_nanos_ WEIR_GUARDED_BY(mutex_) = 0;  // the monotonic time at which it is late
  bool cancelled_ WEIR_GUARDED_BY(mutex_) = false;
  bool timed_out_ WEIR_GUARDED_BY(mutex_) = false;  // cancelled, since it was late
  Status status_ WEIR_GUARDED_BY(mutex_);
};

// Hands the rows of a SELECT to an operation. If rows are only added, or the client asked for
// changes, they are handed on as they come; otherwise only the final table is.
class HiveView final : public QueryView {
 public:
  struct Options {
    bool changelog = false;
    TimeZone zone;
    size_t most_rows = 0;  // of a table
  };
  // The operation outlives the view.
  HiveView(HiveOperation& operation, Options options)
      : operation_(operation), options_(std::move(options)) {}
  void ExpectUpdates() override { updates_ = true; }
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  std::optional<ResultTable> End() override;
  uint64_t row_count() const override;

 private:
  HiveOperation& operation_;
  const Options options_;
  bool updates_ = false;
  std::optional<TableView> table_;
  Status refusal_;
  mutable Mutex mutex_;
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
};

}  // namespace weir::shell
