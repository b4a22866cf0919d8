#include "planner/logical/rank_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::logical {
namespace {

std::string NameAt(const Node& input, int column) {
  const bool known = column >= 0 && static_cast<size_t>(column) < input.columns.size();
  return known ? input.columns[static_cast<size_t>(column)].name : fmt::format("${}", column);
}

std::string PartitionText(const std::vector<int>& columns, const Node& input) {
  if (columns.empty()) return "";
  std::vector<std::string> names;
  for (const int column : columns) names.push_back(NameAt(input, column));
  return fmt::format("; partition: {}", fmt::join(names, ", "));
}

std::string OrderText(const std::vector<graph::SortKey>& keys, const Node& input) {
  return keys.empty() ? "" : "; order: " + SortKeysText(keys, input);
}

std::string RangeText(graph::RankFunction function, int64_t first, int64_t last, bool put_out) {
  const std::string end = last == INT64_MAX ? "" : std::to_string(last);
  return fmt::format("{} {}..{}{}", graph::RankFunctionName(function), first, end,
                     put_out ? ", put out" : "");
}

std::string TtlText(int64_t millis) {
  return millis > 0 ? fmt::format("; ttl: {} ms", millis) : "";
}

}  // namespace

std::string SortKeysText(const std::vector<graph::SortKey>& keys, const Node& input) {
  std::vector<std::string> parts;
  for (const graph::SortKey& key : keys) {
    const bool unusual = key.nulls_first == key.descending;
    const char* nulls = key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    parts.push_back(NameAt(input, key.column) + (key.descending ? " DESC" : "") +
                    (unusual ? nulls : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string RankText(const Over& over, const Node& node) {
  const Node& input = *node.inputs[0];
  return fmt::format("Over({}{}{})", graph::RankFunctionName(over.function),
                     PartitionText(over.partition, input), OrderText(over.order, input));
}

std::string RankText(const OverAggregate& over, const Node& node) {
  const Node& input = *node.inputs[0];
  std::vector<std::string> calls;
  for (size_t i = 0; i < over.calls.size(); ++i) {
    calls.push_back(graph::ToString(over.calls[i]));
    if (over.ahead) calls.back() += " over " + graph::ToString(over.frames[i]);
  }
  if (over.ahead) {
    return fmt::format("OverAhead({}{}{}{})", fmt::join(calls, ", "),
                       PartitionText(over.partition, input), OrderText(over.order, input),
                       TtlText(over.ttl_millis));
  }
  return fmt::format("{}({}; {}{}{}{})", over.recomputed ? "OverRecompute" : "OverAggregate",
                     fmt::join(calls, ", "), graph::ToString(over.frame),
                     PartitionText(over.partition, input), OrderText(over.order, input),
                     TtlText(over.ttl_millis));
}

std::string RankText(const Rank& rank, const Node& node) {
  const Node& input = *node.inputs[0];
  return fmt::format("Rank({}{}{}{}{})",
                     RangeText(rank.function, rank.first, rank.last, rank.output_rank),
                     PartitionText(rank.partition, input), OrderText(rank.order, input),
                     rank.last_of_equal ? "; last of equal first" : "", TtlText(rank.ttl_millis));
}

std::string RankText(const Deduplicate& deduplicate, const Node& node) {
  const Node& input = *node.inputs[0];
  const std::string by = deduplicate.time_column < 0 ? std::string("processing time")
                                                     : NameAt(input, deduplicate.time_column);
  return fmt::format("Deduplicate(keep {} by {}{}{})", deduplicate.keep_last ? "last" : "first", by,
                     PartitionText(deduplicate.keys, input), TtlText(deduplicate.ttl_millis));
}

std::string RankText(const WindowRank& rank, const Node& node) {
  const graph::WindowRankSpec& spec = rank.spec;
  const Node& input = *node.inputs[0];
  return fmt::format("WindowRank({}; {}{}{}{})", rank.window.ToString(),
                     RangeText(spec.function, spec.first, spec.last, spec.output_rank),
                     PartitionText(spec.partition, input), OrderText(spec.order, input),
                     spec.last_of_equal ? "; last of equal first" : "");
}

}  // namespace weir::logical
