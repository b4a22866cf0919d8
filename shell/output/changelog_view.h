// Shows the changes of a SELECT as they come.
#pragma once

#include <cstdio>

#include "shell/engine/session/query_view.h"
#include "shell/output/render.h"
#include "shell/output/silence_watch.h"

namespace weir::shell {

// Prints every change on a line: an `op` column (+I -U +U -D) and the row in csv, tsv, json and
// boxes (whose columns have widths chosen by their types, since no row is known yet); Flink's
// "+I[1, a]" otherwise. Flushes after each batch.
// OnBatch comes from the collecting task, all else from the shell's thread.
class ChangelogView final : public QueryView {
 public:
  // `out` outlives it. Notices, why nothing comes, go to `notices`; null: nowhere.
  ChangelogView(std::FILE* out, RenderOptions render, TimeZone zone, std::FILE* notices)
      : out_(out), render_(render), zone_(std::move(zone)), notices_(notices) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  void Refresh(const task::JobSnapshot& job, int64_t now_nanos) override;
  std::optional<ResultTable> End() override;
  uint64_t row_count() const override;

 private:
  std::string Line(const Batch& batch, uint32_t row) const;
  void Print(const std::string& text) const;

  std::FILE* out_;
  const RenderOptions render_;
  const TimeZone zone_;
  std::FILE* notices_;
  ResultTable header_;       // with `op` in front
  std::vector<int> widths_;  // of boxes
  mutable Mutex mutex_;
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
  SilenceWatch silence_;
};

}  // namespace weir::shell
