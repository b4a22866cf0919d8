#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "planner/logical/plan.h"
#include "planner/logical/rank_text.h"
#include "planner/logical/rewrite.h"

namespace weir::logical {
namespace {

std::string Listed(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string NameAt(const std::vector<std::string>& names, int column) {
  const bool known = column >= 0 && static_cast<size_t>(column) < names.size();
  return known ? names[static_cast<size_t>(column)] : fmt::format("${}", column);
}

std::string NamesAt(const std::vector<std::string>& names, const std::vector<int>& columns) {
  std::vector<std::string> parts;
  for (const int column : columns) parts.push_back(NameAt(names, column));
  return Listed(parts);
}

// "a", "(a + 1) AS c", "ts *EVENT TIME*".
std::string ProjectionText(const expr::Expr& expression, const Column& column,
                           const std::vector<std::string>& names) {
  const std::string text = expr::ToString(expression, names);
  return text == column.name ? text : text + " AS " + column.name;
}

std::string CallsText(const std::vector<expr::AggregateCall>& calls) {
  std::vector<std::string> parts;
  for (const expr::AggregateCall& call : calls) parts.push_back(call.state_name);
  return Listed(parts);
}

std::string GroupingText(const std::vector<std::string>& names, const std::vector<int>& keys,
                         const std::vector<expr::AggregateCall>& calls) {
  std::string text;
  if (!keys.empty()) text = "keys: " + NamesAt(names, keys);
  if (!calls.empty()) text += (text.empty() ? "calls: " : "; calls: ") + CallsText(calls);
  return text;
}

// The text of one node without its inputs; `input` names the columns of its first input.
struct NodeText {
  const Node& node;
  const std::vector<std::string>& input;

  std::string operator()(const Scan& scan) const {
    const std::string alias =
        scan.alias.empty() || scan.alias == scan.table ? "" : " AS " + scan.alias;
    std::string text =
        fmt::format("Scan({}{}: {}", scan.table, alias, Listed(NamesOf(node.columns)));
    if (scan.spec.filter) {
      text += "; filter: " + expr::ToString(*scan.spec.filter, NamesOf(node.columns));
    }
    return text + ")";
  }
  std::string operator()(const Watermark& watermark) const {
    return fmt::format("Watermark({}: {})", NameAt(input, watermark.spec.rowtime_column),
                       expr::ToString(*watermark.spec.watermark, input));
  }
  std::string operator()(const Values& values) const {
    std::vector<std::string> rows;
    for (const auto& row : values.rows) {
      std::vector<std::string> cells;
      for (const expr::ExprPtr& cell : row) cells.push_back(expr::ToString(*cell, {}));
      rows.push_back("(" + Listed(cells) + ")");
    }
    return "Values(" + Listed(rows) + ")";
  }
  std::string operator()(const Filter& filter) const {
    return "Filter(" + expr::ToString(*filter.predicate, input) + ")";
  }
  std::string operator()(const Project& project) const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      parts.push_back(ProjectionText(*project.expressions[i], node.columns[i], input));
    }
    return "Project(" + Listed(parts) + ")";
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string text = "Aggregate(" + GroupingText(input, aggregate.keys, aggregate.calls);
    if (aggregate.ttl_millis > 0) text += fmt::format("; ttl: {} ms", aggregate.ttl_millis);
    return text + ")";
  }
  std::string operator()(const WindowTable& table) const {
    return fmt::format("WindowTable({}{})", table.window.ToString(), TimeText(table.time_column));
  }
  std::string operator()(const WindowAggregate& aggregate) const {
    const std::string grouping = GroupingText(input, aggregate.keys, aggregate.calls);
    return fmt::format("WindowAggregate({}{}{}{})", aggregate.window.ToString(),
                       TimeText(aggregate.time_column), grouping.empty() ? "" : "; ", grouping);
  }
  std::string operator()(const Over& over) const { return RankText(over, node); }
  std::string operator()(const Match& match) const {
    std::vector<std::string> partition;
    for (const int column : match.spec.partition)
      partition.push_back(node.inputs[0]->columns[static_cast<size_t>(column)].name);
    return fmt::format("Match(({}); partition: {}; {})", match.spec.pattern,
                       fmt::join(partition, ", "), graph::SkipText(match.spec));
  }
  std::string operator()(const OverAggregate& over) const { return RankText(over, node); }
  std::string operator()(const Rank& rank) const { return RankText(rank, node); }
  std::string operator()(const Deduplicate& keep) const { return RankText(keep, node); }
  std::string operator()(const WindowRank& rank) const { return RankText(rank, node); }
  std::string operator()(const Normalize& normalize) const {
    std::vector<std::string> keys;
    for (const int key : normalize.keys) {
      keys.push_back(node.columns.at(static_cast<size_t>(key)).name);
    }
    return "Normalize(key: " + Listed(keys) + ")";
  }
  std::string operator()(const Union&) const { return "Union"; }
  std::string operator()(const Recursion& recursion) const {
    if (recursion.max_depth == 0) return fmt::format("Recursion({})", recursion.name);
    return fmt::format("Recursion({}; max depth: {})", recursion.name, recursion.max_depth);
  }
  std::string operator()(const RecursiveScan& scan) const {
    return fmt::format("RecursiveScan({})", scan.name);
  }
  std::string operator()(const BadRecords&) const { return "BadRecords"; }
  std::string operator()(const Replicate&) const {
    const Column& last = node.inputs[0]->columns.back();
    if (!IsUnnest(node)) return fmt::format("Replicate(by {})", last.name);
    return fmt::format("Replicate(by values of {}{})", last.name,
                       KeepsEmpty(node) ? "; keeps rows without" : "");
  }
  std::string operator()(const ToChangelog& changes) const {
    return fmt::format("ToChangelog({})", graph::CodesText(changes.spec));
  }
  std::string operator()(const FromChangelog& changes) const {
    return fmt::format("FromChangelog({}; {})", NameAt(input, changes.spec.op_column),
                       graph::CodesText(changes.spec));
  }
  std::string operator()(const Sort& sort) const {
    std::string text = "Sort(" + SortKeysText(sort.keys, *node.inputs[0]);
    const auto add = [&](const char* word, int64_t value) {
      text += fmt::format("{}{}: {}", text.back() == '(' ? "" : "; ", word, value);
    };
    if (sort.time != TimeAttribute::kNone) text += "; by time";
    if (sort.offset > 0) add("offset", sort.offset);
    if (sort.limit >= 0) add("limit", sort.limit);
    return text + ")";
  }
  std::string operator()(const Sink& sink) const {
    const std::string conflict =
        sink.conflict == graph::Conflict::kDeduplicate
            ? ""
            : fmt::format(", on conflict {}", graph::ConflictName(sink.conflict));
    return fmt::format("Sink({}{}{}: {})", sink.spec.table,
                       sink.spec.overwrite ? ", overwrite" : "", conflict,
                       Listed(NamesOf(node.columns)));
  }
  std::string operator()(const Collect&) const {
    return "Collect(" + Listed(NamesOf(node.columns)) + ")";
  }
  std::string operator()(const Join& join) const { return JoinText(join, node); }

  std::string TimeText(int column) const {
    return column < 0 ? std::string(" of processing time") : " of " + NameAt(input, column);
  }
};

// Prints trees so that a node with several parents appears once and is referred to as "#n"
// elsewhere.
class Printer {
 public:
  void Count(const NodePtr& node) {
    if (++parents_[node.get()] > 1) return;
    for (const NodePtr& input : node->inputs) Count(input);
  }

  void Print(const NodePtr& node, size_t depth) {
    text_.append(2 * depth, ' ');
    const auto [number, first] = Number(*node);
    if (!first) {
      text_ += fmt::format("see #{}\n", number);
      return;
    }
    if (number > 0) text_ += fmt::format("#{} ", number);
    const std::vector<std::string> input =
        node->inputs.empty() ? std::vector<std::string>() : NamesOf(node->inputs[0]->columns);
    text_ += std::visit(NodeText{*node, input}, node->operation) + "\n";
    for (const NodePtr& child : node->inputs) Print(child, depth + 1);
  }

  std::string TakeText() { return std::move(text_); }

 private:
  struct Reference {
    int number;  // 0: a node with one parent
    bool first;
  };

  Reference Number(const Node& node) {
    if (parents_[&node] < 2) return {0, true};
    const auto [place, inserted] = numbers_.try_emplace(&node, numbers_.size() + 1);
    return {static_cast<int>(place->second), inserted};
  }

  std::unordered_map<const Node*, int> parents_;
  std::unordered_map<const Node*, size_t> numbers_;
  std::string text_;
};

}  // namespace

std::string ToString(const Plan& plan) {
  Printer printer;
  for (const NodePtr& root : plan.roots) printer.Count(root);
  for (const NodePtr& root : plan.roots) printer.Print(root, 0);
  return printer.TakeText();
}

}  // namespace weir::logical
