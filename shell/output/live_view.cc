#include "shell/output/live_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/engine/text/quantity.h"
#include "shell/output/streams.h"
#include "shell/output/terminal_size.h"

namespace weir::shell {
namespace {

constexpr int64_t kPaintNanos = 250'000'000;
constexpr int kFrameLines = 4;   // rules and names of a box
constexpr int kStatusLines = 3;  // what stands below it, and the cursor's line
constexpr size_t kLeastRows = 3;

double SourceRate(const task::JobSnapshot& job) {
  double rate = 0;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.kind == "Scan") rate += node.rows_per_second;
  }
  return rate;
}

}  // namespace

void LiveView::Begin(const ResultTable& header, bool) {
  if (options_.watch != nullptr) options_.watch->Hold(true);
  const MutexLock lock(mutex_);
  folded_.Begin(header, options_.zone);
}

Status LiveView::OnBatch(const Batch& batch) {
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(folded_.Apply(batch));
  changes_ += batch.size();
  if (folded_.row_count() <= options_.most_rows) return {};
  if (!folded_.append_only()) {
    return Status::DataError(fmt::format("the result has more than {} rows", options_.most_rows))
        .WithHint("write it into a table, or raise 'sql-client.execution.max-table-result.rows'");
  }
  // Half at a time, so that not every batch moves all rows.
  folded_.KeepNewest(options_.most_rows / 2);
  return {};
}

std::string LiveView::Painting(const task::JobSnapshot& job) {
  const MutexLock lock(mutex_);
  const int room = options_.height - kFrameLines - kStatusLines - (notice_.empty() ? 0 : 2);
  const size_t most = std::max(kLeastRows, static_cast<size_t>(std::max(room, 0)));
  RenderOptions render = options_.render;
  render.auto_vertical = false;
  render.color = false;  // its codes would be counted as columns
  if (render.format != OutputFormat::kMarkdown) render.format = OutputFormat::kBox;
  std::string text = Render(folded_.Part(most, folded_.append_only()), render);
  std::string status = Plural(folded_.row_count(), "row");
  if (folded_.row_count() > most)
    status += fmt::format(" ({} {})", folded_.append_only() ? "newest" : "first", most);
  status +=
      fmt::format(" · {} read · {} rows/s · Ctrl-C ends it",
                  CountText(static_cast<double>(job.source_rows)), CountText(SourceRate(job)));
  text += CutToWidth(status, render.width) + "\n";
  if (changes_ != noticed_at_) notice_.clear();
  if (!notice_.empty()) text += notice_ + "\n";
  return text;
}

void LiveView::Erase() {
  // When the width has changed, the terminal has broken its lines anew.
  const int lines = ScreenLines(painted_, options_.render.width);
  if (lines > 0) (void)WriteOut(out_, fmt::format("\033[{}F\033[J", lines));
  painted_.clear();
}

void LiveView::Refresh(const task::JobSnapshot& job, int64_t now_nanos) {
  if (painted_nanos_ != 0 && now_nanos - painted_nanos_ < kPaintNanos) return;
  painted_nanos_ = now_nanos;
  uint64_t changes = 0;
  {
    const MutexLock lock(mutex_);
    changes = changes_;
  }
  if (std::optional<std::string> notice = silence_.Check(changes, job, now_nanos); notice) {
    notice_ = std::move(*notice);
    noticed_at_ = changes;
  }
  if (const TerminalSize size = SizeOfTerminal(); size.columns > 0 && size.lines > 0) {
    options_.render.width = size.columns;
    options_.height = size.lines;
  }
  const std::string text = Painting(job);
  Erase();
  // Standard output keeps its failure (streams.h), which is reported behind the statement.
  if (options_.watch != nullptr) (void)WriteOut(out_, options_.watch->TakeHeld());
  (void)WriteOut(out_, text);
  painted_ = text;
}

void LiveView::Still() {
  Erase();
  if (options_.watch != nullptr) options_.watch->Hold(false);
}

std::optional<ResultTable> LiveView::End() {
  if (!notice_.empty()) (void)WriteOut(out_, notice_ + "\n");
  const MutexLock lock(mutex_);
  return folded_.Table();
}

uint64_t LiveView::row_count() const {
  const MutexLock lock(mutex_);
  return folded_.row_count();
}

}  // namespace weir::shell
