// Shows the changes of a SELECT as they come.
#pragma once

#include <cstdio>

#include "shell/engine/session/query_view.h"
#include "shell/output/render.h"
#include "shell/output/silence_watch.h"

namespace weir::shell {

// Prints each change on a line: an `op` column (+I -U +U -D) and the row in csv, tsv, json and
// boxes, otherwise Flink's "+I[1, a]". The column widths of boxes follow from the types, as no row
// is known yet. Flushes after each batch. OnBatch is called by the collecting task, the rest by the
// shell's thread.
class ChangelogView final : public QueryView {
 public:
  // `out` outlives it. Notices that explain why nothing comes go to `notices`; null: they are
  // dropped.
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
  std::vector<int> widths_;  // of the columns of boxes
  mutable Mutex mutex_;
  uint64_t changes_ WEIR_GUARDED_BY(mutex_) = 0;
  SilenceWatch silence_;
};

}  // namespace weir::shell
