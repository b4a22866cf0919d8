#include "planner/uid/meaning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/logical/coercions.h"
#include "planner/logical/rewrite.h"
#include "planner/uid/assign.h"
#include "planner/uid/merge.h"
#include "runtime/base/names.h"

namespace weir::uid {
namespace {

using logical::Node;
using logical::NodePtr;

// A table that is looked up, which has no operator of its own to answer for it.
struct Lookup {
  std::string table;
  std::string text;  // how it is looked up, and its options

  friend auto operator<=>(const Lookup&, const Lookup&) = default;
};

// One way that rows take from a table or state: what they are filtered by and looked up in, and
// their columns as expressions over it.
struct Branch {
  std::string from;
  std::vector<std::string> filters;
  std::vector<std::string> columns;
  std::vector<Lookup> lookups = {};

  // "<from> where <filters> with <table> …".
  std::string Text() const {
    std::string text = from;
    if (!filters.empty()) text += fmt::format(" where {}", fmt::join(filters, " AND "));
    for (const Lookup& lookup : lookups)
      text += fmt::format(" with {} {}", lookup.table, lookup.text);
    return text;
  }
};
using Branches = std::vector<Branch>;

Branches BranchesOf(const Node& node);

// Without the parentheses around the whole.
std::string Bare(const std::string& text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return text;
  int depth = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return text;
  }
  return text.substr(1, text.size() - 2);
}

void AddConjuncts(const expr::Expr& predicate, const std::vector<std::string>& names,
                  std::vector<std::string>& filters) {
  if (predicate.kind == expr::ExprKind::kAnd) {
    for (const expr::ExprPtr& part : predicate.args) AddConjuncts(*part, names, filters);
    return;
  }
  filters.push_back(Bare(logical::TextWithoutCoercions(predicate, names)));
}

// Column `index` in all branches: one text when they agree, else that of each in the order of the
// branches, so that it shows which of them gives what.
std::string ColumnText(const Branches& branches, int index) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) {
    texts.push_back(branch.columns.at(static_cast<size_t>(index)));
  }
  if (std::ranges::count(texts, texts.front()) == std::ssize(texts)) return texts.front();
  return fmt::format("{}", fmt::join(texts, " | "));
}

std::vector<std::string> KeyTexts(const Branches& input, const std::vector<int>& keys) {
  std::vector<std::string> texts;
  for (const int key : keys) texts.push_back(ColumnText(input, key));
  return texts;
}

// What an aggregation gives: its keys as below it, its calls by the names of their states.
Branch AggregateLeaf(const Node& node, const std::vector<int>& keys,
                     const std::vector<expr::AggregateCall>& calls) {
  Branch leaf;
  leaf.columns = KeyTexts(BranchesOf(*node.inputs[0]), keys);
  std::vector<std::string> sorted = leaf.columns;
  std::sort(sorted.begin(), sorted.end());
  leaf.from = fmt::format("{} by ({})", RoleOf(node), fmt::join(sorted, ", "));
  for (const expr::AggregateCall& call : calls) leaf.columns.push_back(call.state_name);
  for (size_t i = leaf.columns.size(); i < node.columns.size(); ++i) {
    leaf.columns.push_back(fmt::format("window_{}", i - keys.size() - calls.size()));
  }
  return leaf;
}

// "v DESC, id": sort keys as they are below; the order of NULLs where it is not the usual one.
std::string OrderText(const Branches& input, const std::vector<graph::SortKey>& keys) {
  std::vector<std::string> texts;
  for (const graph::SortKey& key : keys) {
    const bool unusual = key.nulls_first == key.descending;
    const char* nulls = key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    texts.push_back(Bare(ColumnText(input, key.column)) + (key.descending ? " DESC" : "") +
                    (unusual ? nulls : ""));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// What Top-N and deduplication give: the columns below them, and maybe a rank.
Branch RankLeaf(const Node& node, const std::vector<int>& partition,
                const std::vector<graph::SortKey>& order) {
  const Branches input = BranchesOf(*node.inputs[0]);
  std::vector<std::string> keys = KeyTexts(input, partition);
  std::sort(keys.begin(), keys.end());
  Branch leaf;
  leaf.from = fmt::format("{} by ({})", RoleOf(node), fmt::join(keys, ", "));
  if (!order.empty()) leaf.from += fmt::format(" order ({})", OrderText(input, order));
  for (size_t i = 0; i < node.inputs[0]->columns.size(); ++i) {
    leaf.columns.push_back(ColumnText(input, static_cast<int>(i)));
  }
  if (leaf.columns.size() < node.columns.size()) leaf.columns.push_back("rank");
  return leaf;
}

// The Top-N whose rows come through filters and projections only; null for none.
const logical::Rank* RankBelow(const Node& node) {
  const Node* below = node.inputs[0].get();
  while (std::holds_alternative<logical::Filter>(below->operation) ||
         std::holds_alternative<logical::Project>(below->operation)) {
    below = below->inputs[0].get();
  }
  return std::get_if<logical::Rank>(&below->operation);
}

Branch NamedLeaf(const Node& node, std::string from) {
  Branch leaf;
  leaf.from = std::move(from);
  for (const logical::Column& column : node.columns) leaf.columns.push_back(column.name);
  return leaf;
}

// Where the rows of one input come from; which filters they passed is what the join answers for.
std::string SourcesText(const Branches& branches) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) {
    if (texts.empty() || texts.back() != branch.from) texts.push_back(branch.from);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The texts of one input: where its rows come from, and its columns.
std::string SideText(const Branches& branches) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) texts.push_back(branch.Text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Columns of both inputs as expressions below them, told apart by their sides.
std::vector<std::string> JoinedColumns(const Node& node) {
  std::vector<std::string> columns;
  for (size_t side = 0; side < 2; ++side) {
    const Branches branches = BranchesOf(*node.inputs[side]);
    for (size_t i = 0; i < node.inputs[side]->columns.size(); ++i) {
      columns.push_back(fmt::format("{}.{}", side == 0 ? "left" : "right",
                                    ColumnText(branches, static_cast<int>(i))));
    }
  }
  return columns;
}

// "left.a = right.b", a key each.
std::vector<std::string> JoinKeyTexts(const Node& node, const logical::Join& join) {
  const std::vector<std::string> columns = JoinedColumns(node);
  const size_t width = node.inputs[0]->columns.size();
  std::vector<std::string> texts;
  for (size_t i = 0; i < join.left_keys.size(); ++i) {
    texts.push_back(fmt::format("{} {} {}", columns.at(static_cast<size_t>(join.left_keys[i])),
                                join.null_safe[i] != 0 ? "is" : "=",
                                columns.at(width + static_cast<size_t>(join.right_keys[i]))));
  }
  return texts;
}

Branch JoinLeaf(const Node& node, const logical::Join& join) {
  std::vector<std::string> keys = JoinKeyTexts(node, join);
  std::sort(keys.begin(), keys.end());
  Branch leaf;
  leaf.columns = JoinedColumns(node);
  leaf.from = fmt::format("{} {} of ({}) and ({}) on ({})", graph::JoinTypeName(join.type),
                          RoleOf(node), SourcesText(BranchesOf(*node.inputs[0])),
                          SourcesText(BranchesOf(*node.inputs[1])), fmt::join(keys, ", "));
  leaf.columns.resize(node.columns.size());
  return leaf;
}

// How fast, in what portions, and with whose password a table is accessed is not what it is.
bool SaysWhatATableIs(const std::string& key) {
  for (const std::string_view said :
       {"password", "secret", "token", "parallelism", "monitor-interval", "rolling-policy",
        "rows-per-second", "time-domain"}) {
    if (ToLower(key).find(said) != std::string::npos) return false;
  }
  return true;
}

// The scan below a table that is looked up.
const logical::Scan& LookedUpScan(const Node& node) {
  const Node* below = &node;
  while (!below->inputs.empty()) below = below->inputs[0].get();
  return std::get<logical::Scan>(below->operation);
}

// "inner on left.k = right.k where …, format = csv, path = names.csv"
std::string LookupText(const Node& node, const logical::Join& join) {
  std::vector<std::string> keys = JoinKeyTexts(node, join);
  std::sort(keys.begin(), keys.end());
  std::string text =
      fmt::format("{} on {}", graph::JoinTypeName(join.type), fmt::join(keys, " AND "));
  if (join.residual) {
    text += " AND " + logical::TextWithoutCoercions(*join.residual, JoinedColumns(node));
  }
  const Branch table = BranchesOf(*node.inputs[1]).at(0);
  if (!table.filters.empty()) text += fmt::format(" where {}", fmt::join(table.filters, " AND "));
  std::vector<std::string> options;
  for (const graph::TableOption& option : LookedUpScan(*node.inputs[1]).spec.options) {
    if (!SaysWhatATableIs(option.key)) continue;
    options.push_back(fmt::format(", {} = {}", option.key, option.value));
  }
  std::sort(options.begin(), options.end());
  return text + fmt::format("{}", fmt::join(options, ""));
}

// The rows of the left input with more columns, "names[k].title": those that the keys find.
Branches LookedUp(const Node& node, const logical::Join& join) {
  Branches branches = BranchesOf(*node.inputs[0]);
  const std::string table = ToLower(LookedUpScan(*node.inputs[1]).table);
  const std::string text = LookupText(node, join);
  const Branch found = BranchesOf(*node.inputs[1]).at(0);
  for (Branch& branch : branches) {
    std::vector<std::string> keys;
    for (const int key : join.left_keys) {
      keys.push_back(branch.columns.at(static_cast<size_t>(key)));
    }
    std::sort(keys.begin(), keys.end());
    const std::string place = fmt::format("{}[{}]", table, fmt::join(keys, ", "));
    for (const std::string& column : found.columns) branch.columns.push_back(place + "." + column);
    branch.lookups.push_back({table, text});
  }
  return branches;
}

struct BranchVisitor {
  const Node& node;

  Branches Input() const { return BranchesOf(*node.inputs[0]); }
  Branches operator()(const logical::Scan& scan) const {
    return {NamedLeaf(node, "table " + ToLower(scan.table))};
  }
  Branches operator()(const logical::Values&) const { return {NamedLeaf(node, "VALUES")}; }
  Branches operator()(const logical::Watermark&) const { return Input(); }
  Branches operator()(const logical::Filter& filter) const {
    Branches branches = Input();
    for (Branch& branch : branches) AddConjuncts(*filter.predicate, branch.columns, branch.filters);
    return branches;
  }
  Branches operator()(const logical::Project& project) const {
    Branches branches = Input();
    for (Branch& branch : branches) {
      std::vector<std::string> columns;
      for (const expr::ExprPtr& expression : project.expressions) {
        columns.push_back(logical::TextWithoutCoercions(*expression, branch.columns));
      }
      branch.columns = std::move(columns);
    }
    return branches;
  }
  Branches operator()(const logical::Aggregate& aggregate) const {
    return {AggregateLeaf(node, aggregate.keys, aggregate.calls)};
  }
  Branches operator()(const logical::WindowAggregate& aggregate) const {
    return {AggregateLeaf(node, aggregate.keys, aggregate.calls)};
  }
  Branches operator()(const logical::WindowTable& table) const {
    Branches branches = Input();
    const std::string window = table.window.ToString();
    for (Branch& branch : branches) {
      for (const char* part : {"start", "end", "time"}) {
        branch.columns.push_back(fmt::format("window_{} of {}", part, window));
      }
    }
    return branches;
  }
  Branches operator()(const logical::Over&) const { return {NamedLeaf(node, "OVER")}; }
  Branches operator()(const logical::Rank& rank) const {
    return {RankLeaf(node, rank.partition, rank.order)};
  }
  Branches operator()(const logical::Deduplicate& deduplicate) const {
    return {RankLeaf(node, deduplicate.keys, {})};
  }
  Branches operator()(const logical::Normalize&) const { return Input(); }
  Branches operator()(const logical::WindowRank& rank) const {
    return {RankLeaf(node, rank.spec.partition, rank.spec.order)};
  }
  Branches operator()(const logical::Union&) const {
    Branches all;
    for (const NodePtr& input : node.inputs) {
      for (Branch& branch : BranchesOf(*input)) all.push_back(std::move(branch));
    }
    return all;
  }
  Branches operator()(const logical::Replicate&) const {
    Branches branches = Input();
    for (Branch& branch : branches) {
      branch.from += " repeated by " + branch.columns.back();
      branch.columns.pop_back();
    }
    return branches;
  }
  Branches operator()(const logical::Sort&) const { return {NamedLeaf(node, "ORDER BY")}; }
  Branches operator()(const logical::Join& join) const {
    return join.lookup ? LookedUp(node, join) : Branches{JoinLeaf(node, join)};
  }
  Branches operator()(const logical::Sink&) const { return Input(); }
  Branches operator()(const logical::Collect&) const { return Input(); }
};

Branches BranchesOf(const Node& node) {
  Branches branches = std::visit(BranchVisitor{node}, node.operation);
  for (Branch& branch : branches) {
    std::sort(branch.filters.begin(), branch.filters.end());
    std::sort(branch.lookups.begin(), branch.lookups.end());
  }
  std::stable_sort(branches.begin(), branches.end(), [](const Branch& a, const Branch& b) {
    return std::tie(a.from, a.filters, a.columns, a.lookups) <
           std::tie(b.from, b.filters, b.columns, b.lookups);
  });
  return branches;
}

// --- lines ---------------------------------------------------------------------------------------

class Lines {
 public:
  void Add(std::string_view part, std::string_view name, std::string_view text) {
    lines_.push_back(fmt::format("{}\t{}\t{}\n", part, Escaped(name), Escaped(text)));
  }
  void AddBranches(const Branches& branches) {
    for (const Branch& branch : branches) {
      if (branches.size() == 1) {
        Add("from", "", branch.from);
        for (const std::string& filter : branch.filters) Add("filter", "", filter);
        for (const Lookup& lookup : branch.lookups) Add("lookup", lookup.table, lookup.text);
        continue;
      }
      Add("input", "", branch.Text());
    }
  }
  std::string Text() {
    std::sort(lines_.begin(), lines_.end());
    return fmt::format("{}", fmt::join(lines_, ""));
  }

 private:
  static std::string Escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\\')
        out += "\\\\";
      else if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else
        out += c;
    }
    return out;
  }
  std::vector<std::string> lines_;
};

void AddKeys(const Node& node, const std::vector<int>& keys, const Branches& input, Lines& lines) {
  const std::vector<logical::Column>& columns = node.inputs[0]->columns;
  for (const int key : keys) {
    lines.Add("key", columns.at(static_cast<size_t>(key)).name, ColumnText(input, key));
  }
}

struct MeaningVisitor {
  const Node& node;
  const std::string& time_zone;

  template <typename Options>
  static void AddOptions(const Options& options, Lines& lines) {
    for (const auto& option : options) {
      if (option.key == "connector") {
        lines.Add("connector", "", option.value);
      } else if (SaysWhatATableIs(option.key)) {
        lines.Add("option", option.key, option.value);
      }
    }
  }

  void operator()(const logical::Scan& scan, Lines& lines) const {
    AddOptions(scan.spec.options, lines);
  }
  void operator()(const logical::Watermark& watermark, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.Add("time", "", ColumnText(input, watermark.spec.rowtime_column));
    if (watermark.spec.watermark && !input.empty()) {
      lines.Add("watermark", "",
                Bare(logical::TextWithoutCoercions(*watermark.spec.watermark, input[0].columns)));
    }
  }
  void operator()(const logical::Aggregate& aggregate, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, aggregate.keys, input, lines);
  }
  void operator()(const logical::WindowAggregate& aggregate, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, aggregate.keys, input, lines);
    const bool has_windows = aggregate.end_column >= 0;
    AddWindow(aggregate.window, has_windows ? aggregate.end_column : aggregate.time_column, input,
              lines);
  }
  void operator()(const logical::Join& join, Lines& lines) const {
    const Branches left = BranchesOf(*node.inputs[0]);
    lines.Add("join", "", graph::JoinTypeName(join.type));
    lines.Add("left", "", SideText(left));
    lines.Add("right", "", SideText(BranchesOf(*node.inputs[1])));
    const std::vector<logical::Column>& columns = node.inputs[0]->columns;
    const std::vector<std::string> keys = JoinKeyTexts(node, join);
    for (size_t i = 0; i < keys.size(); ++i) {
      lines.Add("key", columns.at(static_cast<size_t>(join.left_keys[i])).name, keys[i]);
    }
    if (join.residual) {
      lines.Add("condition", "",
                Bare(logical::TextWithoutCoercions(*join.residual, JoinedColumns(node))));
    }
    if (join.interval) {
      const logical::JoinInterval& interval = *join.interval;
      lines.Add("interval", "",
                fmt::format("{} to {} ms", interval.lower_millis, interval.upper_millis));
      lines.Add("time", "",
                interval.processing_time
                    ? "processing time"
                    : fmt::format("{}, {}", ColumnText(left, interval.left_time),
                                  ColumnText(BranchesOf(*node.inputs[1]), interval.right_time)));
    }
    if (join.window) {
      lines.Add("window", "",
                fmt::format("{}, {}", ColumnText(left, join.window->left_end),
                            ColumnText(BranchesOf(*node.inputs[1]), join.window->right_end)));
    }
  }
  void operator()(const logical::WindowTable& table, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, table.keys, input, lines);
    AddWindow(table.window, table.time_column, input, lines);
  }
  void operator()(const logical::Rank& rank, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, rank.partition, input, lines);
    // Where all rows are kept, other ranks can be put out of them.
    if (rank.strategy == graph::RankStrategy::kRetract) {
      lines.Add("rank", "", graph::RankFunctionName(rank.function));
      lines.Add("order", "", OrderText(input, rank.order));
      lines.Add("ranks", "", fmt::format("{} to {}", rank.first, rank.last));
      return;
    }
    AddRanks(rank, input, lines);
    if (rank.strategy == graph::RankStrategy::kUpdate) {
      for (const int column : rank.input_key) lines.Add("update", "", ColumnText(input, column));
      // What another number of ranks takes back at a restore does not come as an update.
      if (const logical::Rank* below = RankBelow(node)) {
        lines.Add("update", "", fmt::format("of ranks {} to {}", below->first, below->last));
      }
    }
  }
  void operator()(const logical::Deduplicate& deduplicate, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, deduplicate.keys, input, lines);
    lines.Add("keep", "", deduplicate.keep_last ? "last" : "first");
    lines.Add("time", "",
              deduplicate.time_column < 0 ? "processing time"
                                          : ColumnText(input, deduplicate.time_column));
  }
  void operator()(const logical::Normalize& normalize, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, normalize.keys, input, lines);
  }
  void operator()(const logical::WindowRank& rank, Lines& lines) const {
    const Branches input = BranchesOf(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, rank.spec.partition, input, lines);
    AddRanks(rank.spec, input, lines);
    lines.Add("window", "", rank.window.ToString());
    lines.Add("time", "", ColumnText(input, rank.spec.end_column));
  }
  void operator()(const logical::Sort&, Lines& lines) const {
    lines.AddBranches(BranchesOf(*node.inputs[0]));
  }
  void operator()(const logical::Sink& sink, Lines& lines) const {
    lines.AddBranches(BranchesOf(*node.inputs[0]));
    AddOptions(sink.spec.options, lines);
  }
  template <typename Stateless>
  void operator()(const Stateless&, Lines&) const {}

  void AddWindow(const window::WindowSpec& window, int time_column, const Branches& input,
                 Lines& lines) const {
    lines.Add("window", "", window.ToString());
    if (time_column < 0) return lines.Add("time", "", "processing time");
    lines.Add("time", "", ColumnText(input, time_column));
    const Type& type = node.inputs[0]->columns.at(static_cast<size_t>(time_column)).type;
    if (type.kind() == TypeKind::kTimestampLtz) lines.Add("zone", "", time_zone);
  }
  template <typename Ranks>
  static void AddRanks(const Ranks& ranks, const Branches& input, Lines& lines) {
    lines.Add("rank", "", graph::RankFunctionName(ranks.function));
    lines.Add("first", "", fmt::format("{}", ranks.first));
    lines.Add("last", "", fmt::format("{}", ranks.last));
    lines.Add("order", "", OrderText(input, ranks.order));
    if (ranks.last_of_equal) lines.Add("order", "", "last of equal");
  }
};

// --- names of accumulators -----------------------------------------------------------------------

std::string StateNameOf(const expr::AggregateCall& call, const Branches& input) {
  std::string name = ToLower(call.function) + (call.distinct ? "(distinct " : "(");
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    name += (i > 0 ? ", " : "") + Bare(ColumnText(input, call.arguments[i]));
  }
  if (call.arguments.empty()) name += "*";
  if (!call.parameter.empty()) name += ", '" + call.parameter + "'";
  name += ")";
  if (call.filter >= 0) name += " filter (" + Bare(ColumnText(input, call.filter)) + ")";
  return name;
}

void NameCalls(const Branches& input, std::vector<expr::AggregateCall>& calls) {
  std::vector<std::string> taken;
  for (expr::AggregateCall& call : calls) {
    const std::string base = StateNameOf(call, input);
    std::string name = base;
    for (int n = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++n) {
      name = fmt::format("{}#{}", base, n);
    }
    taken.push_back(name);
    call.state_name = std::move(name);
  }
}

}  // namespace

std::string MeaningOf(const Node& node, const std::string& time_zone) {
  if (RoleOf(node).empty()) return "";
  Lines lines;
  std::visit(
      [&](const auto& operation) {
        MeaningVisitor{node, time_zone}(operation, lines);
      },
      node.operation);
  return lines.Text();
}

Result<logical::Plan> NameStates(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, NodePtr node) -> Result<NodePtr> {
    logical::Operation operation = node->operation;
    if (auto* aggregate = std::get_if<logical::Aggregate>(&operation)) {
      NameCalls(BranchesOf(*node->inputs[0]), aggregate->calls);
    } else if (auto* window = std::get_if<logical::WindowAggregate>(&operation)) {
      NameCalls(BranchesOf(*node->inputs[0]), window->calls);
    } else {
      return node;
    }
    return logical::MakeNode(std::move(operation), node->inputs, node->columns, node->origin);
  });
}

}  // namespace weir::uid
