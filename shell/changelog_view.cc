#include "shell/changelog_view.h"

#include "runtime/types/batch_text.h"

namespace weir::shell {

void ChangelogView::Begin(const ResultTable& header, bool) {
  header_ = TextTable({"op"});
  header_.columns.insert(header_.columns.end(), header.columns.begin(), header.columns.end());
  if (format_ == OutputFormat::kCsv || format_ == OutputFormat::kTsv) {
    const std::string line = Render(header_, {format_, 0, false, true});
    std::fwrite(line.data(), 1, line.size(), out_);
  }
}

Status ChangelogView::OnBatch(const Batch& batch) {
  std::string lines;
  const bool columns = format_ == OutputFormat::kCsv || format_ == OutputFormat::kTsv ||
                       format_ == OutputFormat::kJson;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (!columns) {
      FormatRow(batch, row, lines);
      lines += '\n';
      continue;
    }
    std::vector<Value> values = {Value(Type::String(), std::string(RowKindText(batch.kind(row))))};
    for (Value& value : RowValues(batch, row)) values.push_back(std::move(value));
    lines += RenderRow(header_, values, format_);
  }
  std::fwrite(lines.data(), 1, lines.size(), out_);
  std::fflush(out_);
  return std::ferror(out_) == 0 ? Status() : Status::Cancelled("standard output was closed");
}

}  // namespace weir::shell
