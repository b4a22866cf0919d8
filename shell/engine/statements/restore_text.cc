#include "shell/engine/statements/restore_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shell/engine/text/display_width.h"
#include "shell/engine/text/error_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

using checkpoint::RestoreRow;
using checkpoint::Verdict;

std::string LineOf(const RestoreRow& row, std::string_view sql, size_t begin) {
  if (row.span.empty() || row.span.begin < begin || row.span.begin >= sql.size()) return "";
  return std::to_string(LocateOffset(sql.substr(begin), row.span.begin - begin).line);
}

// A line with its cells padded to the widest of their column, except for the last one.
std::string Aligned(const std::vector<std::vector<std::string>>& lines, size_t line) {
  std::string text;
  for (size_t column = 0; column < lines[line].size(); ++column) {
    const std::string& cell = lines[line][column];
    text += cell;
    if (column + 1 == lines[line].size()) break;
    int width = 0;
    for (const auto& other : lines) width = std::max(width, DisplayWidth(other[column]));
    text += std::string(static_cast<size_t>(width - DisplayWidth(cell) + 2), ' ');
  }
  while (text.ends_with(' ')) text.pop_back();
  return text + "\n";
}

// Since when values are of the new query: for windows, the event time up to which the old one saw
// rows, else the time of the savepoint.
std::string SinceText(const RestoreRow& row, const CheckpointMetadata& from) {
  if (!row.mixed.windows.empty() && row.watermark_millis != Timestamp::Min().millis)
    return fmt::format("from the watermark {} on", TimeText(row.watermark_millis));
  return fmt::format("from {} {} of {} on",
                     from.kind == CheckpointKind::kSavepoint ? "savepoint" : "checkpoint",
                     from.checkpoint_id, TimeText(from.complete_millis));
}

std::string Outcome(const checkpoint::RestorePlan& plan) {
  if (!plan.obstacle.ok())
    return fmt::format("The restore is refused: {}.\n", plan.obstacle.message());
  if (plan.allowed) return "The restore is allowed.\n";
  if (!plan.clauses.ok()) {
    const std::string& hint = plan.clauses.hint();
    return fmt::format("The restore is refused: {}{}.\n", plan.clauses.message(),
                       hint.empty() ? "" : " (" + hint + ")");
  }
  return fmt::format("The restore is refused. To go on all the same, add\n  {}\n",
                     fmt::join(plan.missing_clauses, "\n  "));
}

// The line about a changed number of key groups; "" if it stays.
std::string DealText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from) {
  if (plan.key_groups == 0 || plan.key_groups == from.max_parallelism) return "";
  uint64_t rows = 0;
  for (const RestoreRow& row : plan.rows) {
    if (row.node >= 0 && !row.saved_uid.empty() && !row.starts_empty) rows += row.rows;
  }
  return fmt::format("pipeline.max-parallelism {} becomes {}: deals {} to key groups anew.\n",
                     from.max_parallelism, plan.key_groups, Plural(rows, "row"));
}

}  // namespace

std::string MixedText(const RestoreRow& row, const CheckpointMetadata& from) {
  const checkpoint::MixedValues& mixed = row.mixed;
  if (mixed.rows == 0) return "";
  const std::string since = SinceText(row, from);
  if (mixed.windows.empty())
    return fmt::format("    mixed  {} {}, {}\n", GroupedText(mixed.rows), mixed.rows_in_words,
                       since);
  std::string text;
  for (const auto& [window, rows] : mixed.windows) {
    text += fmt::format("    mixed  window {} to {}, {} of state, {}\n", TimeText(window.start),
                        TimeText(window.end), Plural(rows, "row"), since);
  }
  if (mixed.more_windows == 0) return text;
  return text + fmt::format("    mixed  {} more windows, the last to {}, {}\n",
                            GroupedText(mixed.more_windows), TimeText(mixed.last_end), since);
}

std::string RestoreText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from,
                        std::string_view sql, size_t begin) {
  std::string text =
      fmt::format("From {} {} of job {}, completed {}\n",
                  from.kind == CheckpointKind::kSavepoint ? "savepoint" : "checkpoint",
                  from.checkpoint_id, from.job_name, TimeText(from.complete_millis));
  std::vector<std::vector<std::string>> lines = {
      {"verdict", "uid", "operator", "line", "rows", "bytes", "why"}};
  for (const RestoreRow& row : plan.rows) {
    lines.push_back({VerdictText(row), row.uid, row.kind, LineOf(row, sql, begin),
                     GroupedText(row.rows), GroupedText(row.bytes), row.reason});
  }
  if (plan.clauses.ok()) text += Aligned(lines, 0);
  for (size_t i = 0; i < plan.rows.size(); ++i) {
    const RestoreRow& row = plan.rows[i];
    text += Aligned(lines, i + 1);
    const bool differs = !row.saved_uid.empty() && row.saved_schema != row.schema;
    if (differs) text += fmt::format("    saved  {}\n", row.saved_schema);
    if (differs && row.node >= 0) text += fmt::format("    now    {}\n", row.schema);
    text += MixedText(row, from);
    if (!row.to_type.empty()) text += fmt::format("    needs  {}\n", row.to_type);
  }
  return text + DealText(plan, from) + Outcome(plan);
}

}  // namespace weir::shell
