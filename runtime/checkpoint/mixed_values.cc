#include "runtime/checkpoint/mixed_values.h"

#include <map>

#include "runtime/checkpoint/restore_rules.h"

namespace weir::checkpoint {
namespace {

// A slice of a HOP belongs to several windows, its rows to each.
std::map<int64_t, uint64_t> OpenWindows(const OperatorCheckpoint& saved,
                                        const window::WindowSpec& spec) {
  std::map<int64_t, uint64_t> rows;
  const auto add = [&](int64_t end, uint64_t count) {
    if (!window::IsComplete(end, saved.watermark_millis)) rows[end] += count;
  };
  std::vector<int64_t> ends;
  for (const window::SliceRows& slice : NotedRows(saved, window::kSliceRowsEntry)) {
    window::WindowsOfSlice(spec, slice.end, ends);
    for (const int64_t end : ends) add(end, slice.rows);
  }
  for (const window::SliceRows& whole : NotedRows(saved, window::kWindowRowsEntry)) {
    add(whole.end, whole.rows);
  }
  return rows;
}

}  // namespace

std::vector<window::SliceRows> NotedRows(const OperatorCheckpoint& saved, std::string_view entry) {
  std::vector<window::SliceRows> slices;
  for (const SubtaskState& state : saved.operator_state) {
    if (state.name != entry) continue;
    const Result<std::vector<window::SliceRows>> noted = window::DecodeSliceRows(state.bytes);
    if (!noted.ok()) return {};
    window::MergeSliceRows(*noted, slices);
  }
  return slices;
}

MixedValues MixedIn(const OperatorCheckpoint& saved, const WantedOperator& wanted) {
  MixedValues mixed;
  const KindRules* rules = RulesOf(saved.kind);
  if (rules == nullptr || !rules->accumulates) return mixed;
  mixed.rows = saved.rows;
  mixed.rows_in_words = rules->rows_in_words;
  const bool sliced = wanted.window && wanted.window->kind != window::WindowKind::kSession;
  if (!sliced) return mixed;
  for (const auto& [end, rows] : OpenWindows(saved, *wanted.window)) {
    mixed.last_end = end;
    if (mixed.windows.size() == kMostWindowsListed) {
      ++mixed.more_windows;
      continue;
    }
    mixed.windows.push_back({{window::WindowStart(*wanted.window, end), end}, rows});
  }
  return mixed;
}

}  // namespace weir::checkpoint
