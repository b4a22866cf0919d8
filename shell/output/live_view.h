// Shows a SELECT without end on a terminal: its table is repainted in place.
#pragma once

#include <cstdio>

#include "shell/engine/session/query_view.h"
#include "shell/output/job_watch.h"
#include "shell/output/render.h"
#include "shell/output/silence_watch.h"

namespace weir::shell {

struct LiveOptions {
  RenderOptions render;  // width of the terminal, as it was
  int height = 24;       // lines of the terminal, as they were
  size_t most_rows = 1'000'000;
  TimeZone zone;
  // Its lines are shown above the painting. Outlives the view; may be null.
  JobWatch* watch = nullptr;
};

// Paints at most four times a second, and only what fits on the screen: the newest rows of an
// append-only result, else the first rows. The screen above is left alone. Repaints by moving the
// cursor up and clearing lines (ECMA-48), which every terminal supports. End() removes the painting
// and returns the rows so far. An append-only result keeps its newest `most_rows` rows; any other
// fails with kDataError beyond that number.
class LiveView final : public QueryView {
 public:
  // `out` is a terminal and outlives the view.
  LiveView(std::FILE* out, LiveOptions options) : out_(out), options_(std::move(options)) {}
  ~LiveView() override { Still(); }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  void Refresh(const task::JobSnapshot& job, int64_t now_nanos) override;
  void Still() override;
  std::optional<ResultTable> End() override;
  uint64_t row_count() const override;

 private:
  std::string Painting(const task::JobSnapshot& job);
  void Erase();

  std::FILE* out_;
  LiveOptions options_;  // follow the size of the terminal
  mutable Mutex mutex_;
  FoldedTable folded_ WEIR_GUARDED_BY(mutex_);
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
  SilenceWatch silence_;
  std::string notice_;       // shown below the table until rows arrive again
  uint64_t noticed_at_ = 0;  // the number of changes then
  int64_t painted_nanos_ = 0;
  std::string painted_;
};

}  // namespace weir::shell
