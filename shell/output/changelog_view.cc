#include "shell/output/changelog_view.h"

#include <fmt/format.h>

#include "shell/output/streams.h"

namespace weir::shell {
namespace {

bool HasHeaderLine(OutputFormat format) {
  return format == OutputFormat::kCsv || format == OutputFormat::kTsv;
}

bool HasOpColumn(OutputFormat format) {
  return HasHeaderLine(format) || format == OutputFormat::kJson;
}

}  // namespace

void ChangelogView::Begin(const ResultTable& header, bool) {
  header_ = TextTable({"op"});
  header_.columns.insert(header_.columns.end(), header.columns.begin(), header.columns.end());
  if (HasHeaderLine(render_.format)) Print(Render(header_, {.format = render_.format}));
  if (render_.format != OutputFormat::kBox) return;
  widths_ = TypicalWidths(header_, render_.width);
  Print(BoxTop(header_, widths_));
}

std::string ChangelogView::Line(const Batch& batch, uint32_t row) const {
  const std::string op(RowKindText(batch.kind(row)));
  std::vector<Value> values = RowValues(batch, row, zone_);
  if (render_.format == OutputFormat::kBox || HasOpColumn(render_.format)) {
    values.insert(values.begin(), Value(Type::String(), op));
    return render_.format == OutputFormat::kBox ? BoxLine(values, widths_)
                                                : RenderRow(header_, values, render_.format);
  }
  return op + RenderRow(header_, values, OutputFormat::kChangelog).substr(2);
}

Status ChangelogView::OnBatch(const Batch& batch) {
  std::string lines;
  for (uint32_t i = 0; i < batch.size(); ++i) lines += Line(batch, batch.RowAt(i));
  RETURN_IF_ERROR(WriteOut(out_, lines));
  const MutexLock lock(mutex_);
  changes_ += batch.size();
  return {};
}

void ChangelogView::Refresh(const task::JobSnapshot& job, int64_t now_nanos) {
  if (notices_ == nullptr) return;
  const std::optional<std::string> notice = silence_.Check(row_count(), job, now_nanos);
  if (!notice) return;
  fmt::print(notices_, "{}\n", *notice);
  std::fflush(notices_);
}

std::optional<ResultTable> ChangelogView::End() {
  // The terminal may have echoed "^C" at the beginning of the line.
  if (render_.format == OutputFormat::kBox) Print("\r" + BoxBottom(widths_));
  return std::nullopt;
}

uint64_t ChangelogView::row_count() const {
  const MutexLock lock(mutex_);
  return changes_;
}

// A failure is remembered by standard output, and reported with the next batch or after the
// statement.
void ChangelogView::Print(const std::string& text) const {
  (void)WriteOut(out_, text);
}

}  // namespace weir::shell
