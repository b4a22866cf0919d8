#include "planner/uid/lineage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "planner/logical/coercions.h"
#include "planner/logical/lookup.h"
#include "planner/logical/rewrite.h"
#include "planner/uid/assign.h"
#include "planner/uid/canonical.h"
#include "planner/uid/column_places.h"
#include "planner/uid/join_meaning.h"
#include "planner/uid/table_options.h"
#include "runtime/base/check.h"
#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using logical::Node;
using logical::NodePtr;

void AddConjuncts(const expr::Expr& predicate, const std::vector<std::string>& names,
                  std::vector<std::string>& filters) {
  if (predicate.kind == expr::ExprKind::kAnd) {
    for (const expr::ExprPtr& part : predicate.args) AddConjuncts(*part, names, filters);
    return;
  }
  filters.push_back(Bare(logical::TextWithoutCoercions(predicate, names)));
}

std::vector<std::string> KeyTexts(const Branches& input, const std::vector<int>& keys) {
  std::vector<std::string> texts;
  for (const int key : keys) texts.push_back(ColumnText(input, key));
  return texts;
}

// The output of an aggregation as columns of its own: keys by their text below, calls by what they
// compute.
Branch AggregateLeaf(const Node& node, const Branches& input, const std::vector<int>& keys,
                     const std::vector<expr::AggregateCall>& calls, Wording wording) {
  Branch leaf;
  leaf.columns = KeyTexts(input, keys);
  std::vector<std::string> sorted = leaf.columns;
  std::sort(sorted.begin(), sorted.end());
  leaf.from = fmt::format("{} by ({})", RoleOf(node), fmt::join(sorted, ", "));
  for (const expr::AggregateCall& call : calls) {
    leaf.columns.push_back(wording == Wording::kFormer ? call.state_name : CallText(input, call));
  }
  for (size_t i = leaf.columns.size(); i < node.columns.size(); ++i) {
    leaf.columns.push_back(fmt::format("window_{}", i - keys.size() - calls.size()));
  }
  return leaf;
}

// The output of Top-N and deduplication: the columns below, and possibly a rank.
Branch RankLeaf(const Node& node, const Branches& input, const std::vector<int>& partition,
                const std::vector<graph::SortKey>& order) {
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

// The columns below, and what the calls give.
Branch OverLeaf(const Node& node, const Branches& input, const logical::OverAggregate& over) {
  Branch leaf = RankLeaf(node, input, over.partition, over.order);
  leaf.columns.resize(node.inputs[0]->columns.size());
  for (size_t i = 0; i < over.calls.size(); ++i) {
    const graph::OverCall& call = over.calls[i];
    const std::string frame = graph::ToString(over.FrameOf(i));
    const bool aggregate = call.function == graph::OverFunction::kAggregate ||
                           (over.ahead && call.function == graph::OverFunction::kNthValue);
    const std::string text = call.function == graph::OverFunction::kAggregate
                                 ? CallText(input, call.call)
                                 : graph::ToString(call);
    leaf.columns.push_back(aggregate ? fmt::format("{} over {}", text, frame) : text);
  }
  return leaf;
}

// The output of MATCH_RECOGNIZE: the columns of PARTITION BY, then the measures.
Branch MatchLeaf(const Node& node, const Branches& input, const graph::MatchSpec& spec) {
  std::vector<std::string> keys = KeyTexts(input, spec.partition);
  std::vector<std::string> columns;
  for (size_t i = 0; i < node.inputs[0]->columns.size(); ++i)
    columns.push_back(Bare(ColumnText(input, static_cast<int>(i))));
  Branch leaf;
  for (const int key : spec.partition) leaf.columns.push_back(ColumnText(input, key));
  for (const int value : spec.given) {
    leaf.columns.push_back(graph::ToString(spec.values[static_cast<size_t>(value)], spec, columns));
  }
  std::sort(keys.begin(), keys.end());
  leaf.from = fmt::format("{} ({}) by ({})", RoleOf(node), spec.pattern, fmt::join(keys, ", "));
  if (spec.all_rows) leaf.from += " all rows";
  return leaf;
}

Branch NamedLeaf(const Node& node, std::string from) {
  Branch leaf;
  leaf.from = std::move(from);
  for (const logical::Column& column : node.columns) leaf.columns.push_back(column.name);
  return leaf;
}

// Constant rows have columns, but no names of their own.
Branch NumberedLeaf(const Node& node, std::string from) {
  Branch leaf;
  leaf.from = std::move(from);
  for (size_t i = 1; i <= node.columns.size(); ++i)
    leaf.columns.push_back(fmt::format("value {}", i));
  return leaf;
}

// Where the rows of one input come from. The filters that they passed are left out, because the
// join itself lists them.
std::string SourcesText(const Branches& branches) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) {
    if (texts.empty() || texts.back() != branch.from) texts.push_back(branch.from);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Makes a join and the same join with exchanged inputs look the same: the input whose sources sort
// first is called "left".
bool CalledRight(const Node& node, const logical::Join& join, Lineage& lineage) {
  const bool one_sided = join.type == graph::JoinType::kSemi || join.type == graph::JoinType::kAnti;
  if (lineage.wording() == Wording::kFormer || one_sided || join.versions) return false;
  return SourcesText(lineage.Of(*node.inputs[0])) > SourcesText(lineage.Of(*node.inputs[1]));
}

Branch JoinLeaf(const Node& node, const logical::Join& join, Lineage& lineage) {
  const bool exchanged = CalledRight(node, join, lineage);
  const JoinWords words(node, join, lineage, exchanged);
  std::vector<std::string> keys;
  for (size_t i = 0; i < join.left_keys.size(); ++i) keys.push_back(words.Key(i));
  std::sort(keys.begin(), keys.end());
  Branch leaf;
  leaf.columns = words.columns();
  leaf.from =
      fmt::format("{} {} of ({}) and ({}) on ({})",
                  graph::JoinTypeName(exchanged ? Exchanged(join.type) : join.type), RoleOf(node),
                  SourcesText(lineage.Of(*node.inputs[exchanged ? 1 : 0])),
                  SourcesText(lineage.Of(*node.inputs[exchanged ? 0 : 1])), fmt::join(keys, ", "));
  leaf.columns.resize(node.columns.size());
  return leaf;
}

// Brings all ways to write a path into one form.
std::string Spelled(const std::string& path) {
  const Result<std::string> local = FilePath(path);
  if (local.ok() && IsObjectPath(*local)) return *local;
  return local.ok() ? std::filesystem::path(*local).lexically_normal().string() : path;
}

// "inner on left.k = right.k where …, format = csv, path = names.csv"
std::string LookupText(const Node& node, const logical::Join& join, Lineage& lineage) {
  std::vector<std::string> keys = lineage.JoinKeyTexts(node, join);
  std::sort(keys.begin(), keys.end());
  std::string text =
      fmt::format("{} on {}", graph::JoinTypeName(join.type), fmt::join(keys, " AND "));
  if (join.residual) {
    text += " AND " + lineage.TextOf(join.residual, lineage.JoinedColumns(node));
  }
  const Branch& table = lineage.Of(*node.inputs[1]).at(0);
  if (!table.filters.empty()) text += fmt::format(" where {}", fmt::join(table.filters, " AND "));
  std::vector<std::string> options;
  for (const graph::TableOption& option :
       lineage.ContentsOf(logical::LookedUpScan(*node.inputs[1]).spec.options)) {
    if (DefectPlanted("meaning-of-lookups")) continue;
    const bool path = option.key == "path" && lineage.wording() != Wording::kFormer;
    options.push_back(
        fmt::format(", {} = {}", option.key, path ? Spelled(option.value) : option.value));
  }
  std::sort(options.begin(), options.end());
  return text + fmt::format("{}", fmt::join(options, ""));
}

void AddFoundColumns(const Node& looked_up, const std::string& table, const Lineage& lineage,
                     Branch& branch) {
  if (DefectPlanted("meaning-of-lookup-places")) return;
  const Node* scan = &looked_up;
  while (!scan->inputs.empty()) scan = scan->inputs[0].get();
  for (const std::string& line : ColumnPlaces(*scan, lineage))
    branch.found_columns.push_back(fmt::format("{}.{}", table, line));
  for (const std::string& line : ColumnTypes(*scan, lineage))
    branch.found_types.push_back(fmt::format("{}.{}", table, line));
  const graph::TableOptions& options = std::get<logical::Scan>(scan->operation).spec.options;
  if (!LeavesOutBadRecords(lineage.ContentsOf(options)) ||
      DefectPlanted("meaning-of-bad-records-found"))
    return;
  branch.found_records.push_back(
      fmt::format("{}\t{}", table, fmt::join(ColumnsOfRecords(*scan, lineage), ", ")));
}

// The rows of the left input with additional columns, such as "names[k].title", for the rows that
// are looked up.
Branches LookedUp(const Node& node, const logical::Join& join, Lineage& lineage) {
  Branches branches = lineage.Of(*node.inputs[0]);
  const std::string table = ToLower(logical::LookedUpScan(*node.inputs[1]).table);
  const std::string text = LookupText(node, join, lineage);
  const Branch& found = lineage.Of(*node.inputs[1]).at(0);
  for (Branch& branch : branches) {
    std::vector<std::string> keys;
    for (const int key : join.left_keys) {
      keys.push_back(branch.columns.at(static_cast<size_t>(key)));
    }
    std::sort(keys.begin(), keys.end());
    const std::string place = fmt::format("{}[{}]", table, fmt::join(keys, ", "));
    for (const std::string& column : found.columns) branch.columns.push_back(place + "." + column);
    branch.lookups.push_back({table, text});
    if (lineage.simplifies()) AddFoundColumns(*node.inputs[1], table, lineage, branch);
  }
  return branches;
}

// The rows of a recursion. While its own text is being made (`rows` is empty) they have no other
// name.
std::string RecursionText(const std::string& rows) {
  return rows.empty() ? "the recursion" : fmt::format("the recursion of ({})", rows);
}

// What windows do that give a row more than once: those of HOP each row as often as their size has
// slides, those of CUMULATE as its place among the steps says. "" for the others.
std::string CopiesText(const window::WindowSpec& window) {
  const bool steps = window.kind == window::WindowKind::kCumulate;
  const bool slides = window.kind == window::WindowKind::kHop && window.size != window.slide;
  if (!(steps || slides) || DefectPlanted("meaning-of-copies")) return "";
  if (steps || window.size % window.slide != 0) return "in each of " + window.ToString();
  return fmt::format("{} times", window.size / window.slide);
}

// "INSERT: 'I', DELETE: 'D'"
std::string CodesText(const std::array<std::optional<std::string>, 4>& codes) {
  std::vector<std::string> texts;
  for (size_t kind = 0; kind < codes.size(); ++kind) {
    if (codes[kind])
      texts.push_back(fmt::format("{}: '{}'", graph::kRowKindNames[kind], *codes[kind]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "'c': INSERT, 'd': DELETE", in the order of the codes, which decides nothing.
std::string CodesText(const std::vector<graph::ChangeCode>& codes) {
  std::vector<std::string> texts;
  for (const graph::ChangeCode& code : codes)
    texts.push_back(
        fmt::format("'{}': {}", code.code, graph::kRowKindNames[static_cast<size_t>(code.kind)]));
  std::sort(texts.begin(), texts.end());
  return fmt::format("{}", fmt::join(texts, ", "));
}

struct BranchVisitor {
  const Node& node;
  Lineage& lineage;

  bool current() const { return lineage.simplifies(); }
  const Branches& Input() const { return lineage.Of(*node.inputs[0]); }
  Branches operator()(const logical::Scan& scan) const {
    Branch leaf = NamedLeaf(node, "table " + ToLower(scan.table));
    for (std::string& column : leaf.columns) column = lineage.NameOf(node, column);
    return {std::move(leaf)};
  }
  Branches operator()(const logical::Values& values) const {
    if (lineage.wording() == Wording::kFormer) return {NamedLeaf(node, "VALUES")};
    return {NumberedLeaf(node, RowsText(values))};
  }
  Branches operator()(const logical::Watermark&) const { return Input(); }
  Branches operator()(const logical::Filter& filter) const {
    Branches branches = Input();
    if (DefectPlanted("meaning-of-filters")) return branches;
    for (Branch& branch : branches) {
      if (current()) {
        AddFilters(filter.predicate, branch);
        continue;
      }
      for (std::string& text : Conjuncts(filter.predicate, branch)) {
        branch.filters.push_back(std::move(text));
      }
    }
    return branches;
  }
  // A condition that always agrees counts once, however many filters contain it.
  void AddFilters(const expr::ExprPtr& predicate, Branch& branch) const {
    const expr::ExprPtr tree =
        expr::Substitute(Canonical(predicate, lineage.setting().words), branch.trees);
    for (Conjunct& conjunct : CanonicalConjuncts(tree, branch.names, lineage.setting())) {
      const bool known = std::ranges::count(branch.filters, conjunct.text) > 0;
      if (!known || !conjunct.always_agrees) branch.filters.push_back(std::move(conjunct.text));
    }
  }
  // The conditions in the wording of former versions.
  std::vector<std::string> Conjuncts(const expr::ExprPtr& predicate, const Branch& branch) const {
    if (lineage.wording() == Wording::kThird)
      return ThirdConjuncts(predicate, branch.columns, lineage.time_zone());
    std::vector<std::string> texts;
    AddConjuncts(*predicate, branch.columns, texts);
    return texts;
  }
  Branches operator()(const logical::Project& project) const {
    Branches branches = Input();
    const bool computed = std::holds_alternative<logical::Scan>(node.inputs[0]->operation);
    const bool by_name = computed && DefectPlanted("meaning-of-computed");
    for (Branch& branch : branches) Compute(project, by_name, branch);
    return branches;
  }
  void Compute(const logical::Project& project, bool by_name, Branch& branch) const {
    std::vector<std::string> columns;
    std::vector<expr::ExprPtr> trees;
    for (size_t i = 0; i < project.expressions.size(); ++i) {
      const expr::ExprPtr& expression = project.expressions[i];
      if (current())
        trees.push_back(
            expr::Substitute(Canonical(expression, lineage.setting().words), branch.trees));
      columns.push_back(by_name     ? node.columns[i].name
                        : current() ? CanonicalText(trees[i], branch.names, lineage.setting())
                                    : lineage.TextOf(expression, branch.columns));
    }
    branch.columns = std::move(columns);
    branch.trees = std::move(trees);
  }
  Branches operator()(const logical::Aggregate& aggregate) const {
    return {AggregateLeaf(node, Input(), aggregate.keys, aggregate.calls, lineage.wording())};
  }
  Branches operator()(const logical::WindowAggregate& aggregate) const {
    return {AggregateLeaf(node, Input(), aggregate.keys, aggregate.calls, lineage.wording())};
  }
  Branches operator()(const logical::WindowTable& table) const {
    Branches branches = Input();
    std::string window = table.window.ToString();
    if (lineage.wording() != Wording::kFormer && table.time_column >= 0) {
      const Type& time = node.inputs[0]->columns.at(static_cast<size_t>(table.time_column)).type;
      if (time.kind() == TypeKind::kTimestampLtz) window += " in " + lineage.time_zone();
    }
    const bool of_any_time = !lineage.follows_columns() || table.time_column < 0 ||
                             DefectPlanted("meaning-of-window-times");
    const std::string copies = CopiesText(table.window);
    for (Branch& branch : branches) {
      const std::string by =
          table.time_column < 0
              ? " by the clock"
              : " by " + branch.columns.at(static_cast<size_t>(table.time_column));
      if (current() && !copies.empty()) branch.copies.push_back(copies + by);
      const std::string time = of_any_time ? "" : by;
      for (const char* part : {"start", "end", "time"}) {
        branch.columns.push_back(fmt::format("window_{} of {}{}", part, window, time));
      }
    }
    return branches;
  }
  Branches operator()(const logical::BadRecords&) const { return {NamedLeaf(node, "bad records")}; }
  Branches operator()(const logical::Over&) const { return {NamedLeaf(node, "OVER")}; }
  Branches operator()(const logical::OverAggregate& over) const {
    return {OverLeaf(node, Input(), over)};
  }
  Branches operator()(const logical::Match& match) const {
    return {MatchLeaf(node, Input(), match.spec)};
  }
  Branches operator()(const logical::Rank& rank) const {
    return {RankLeaf(node, Input(), rank.partition, rank.order)};
  }
  Branches operator()(const logical::Deduplicate& deduplicate) const {
    return {RankLeaf(node, Input(), deduplicate.keys, {})};
  }
  Branches operator()(const logical::Normalize&) const { return Input(); }
  Branches operator()(const logical::WindowRank& rank) const {
    return {RankLeaf(node, Input(), rank.spec.partition, rank.spec.order)};
  }
  Branches operator()(const logical::Union&) const { return OfAllInputs(); }
  Branches OfAllInputs() const {
    Branches all;
    for (const NodePtr& input : node.inputs) {
      const Branches& some = lineage.Of(*input);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  Branches operator()(const logical::Recursion&) const { return OfAllInputs(); }
  Branches operator()(const logical::RecursiveScan& scan) const {
    return {NamedLeaf(node, RecursionText(lineage.RowsOfRecursion(scan.recursion)))};
  }
  Branches operator()(const logical::Replicate&) const {
    Branches branches = Input();
    if (logical::IsUnnest(node)) return EachValue(std::move(branches));
    for (Branch& branch : branches) {
      branch.from += " repeated by " + branch.columns.back();
      branch.columns.pop_back();
      if (current()) branch.trees.pop_back();
    }
    return branches;
  }
  // What changes there are depends on every column, so that all of them are part of the text. The
  // columns stand for themselves.
  Branches operator()(const logical::ToChangelog& changes) const {
    Branches branches = Input();
    const std::string codes = CodesText(changes.spec.codes);
    for (Branch& branch : branches) {
      branch.from = fmt::format("changes ({}) of {} with {}", codes, branch.from,
                                fmt::join(branch.columns, ", "));
      branch.columns.insert(branch.columns.begin(), "kind of change");
      branch.trees.clear();
      branch.names.clear();
    }
    return branches;
  }
  Branches operator()(const logical::FromChangelog& changes) const {
    Branches branches = Input();
    const int code = changes.spec.op_column;
    for (Branch& branch : branches) {
      branch.from =
          fmt::format("{} as changes by {} ({})", branch.from,
                      branch.columns.at(static_cast<size_t>(code)), CodesText(changes.spec.codes));
      branch.columns.erase(branch.columns.begin() + code);
      if (current()) branch.trees.erase(branch.trees.begin() + code);
    }
    return branches;
  }
  // Of UNNEST: the values of a collection and their numbers are columns of their own.
  Branches EachValue(Branches branches) const {
    const bool map = node.inputs[0]->columns.back().type.kind() == TypeKind::kMap;
    for (Branch& branch : branches) {
      const std::string of = branch.columns.back();
      branch.columns.pop_back();
      branch.trees.resize(std::min(branch.trees.size(), branch.columns.size()));
      branch.from += fmt::format(" with each value of {}", of);
      if (logical::KeepsEmpty(node)) branch.from += " or none";
      if (map) branch.columns.push_back("key in " + of);
      branch.columns.push_back("value in " + of);
      branch.columns.push_back("number in " + of);
    }
    return branches;
  }
  Branches operator()(const logical::Sort& sort) const {
    // They are the same rows, in another order.
    if (sort.time != logical::TimeAttribute::kNone) return Input();
    const bool by_name = !lineage.follows_columns() || DefectPlanted("meaning-of-sorted");
    if (by_name) return {NamedLeaf(node, "ORDER BY")};
    return {RankLeaf(node, Input(), {}, sort.keys)};
  }
  Branches operator()(const logical::Join& join) const {
    return join.lookup ? LookedUp(node, join, lineage) : Branches{JoinLeaf(node, join, lineage)};
  }
  Branches operator()(const logical::Sink&) const { return Input(); }
  Branches operator()(const logical::Collect&) const { return Input(); }
};

void Sort(Branches& branches, Wording wording) {
  for (Branch& branch : branches) {
    std::sort(branch.filters.begin(), branch.filters.end());
    if (wording == Wording::kThird) {
      const auto repeated = std::unique(branch.filters.begin(), branch.filters.end());
      branch.filters.erase(repeated, branch.filters.end());
    }
    std::sort(branch.lookups.begin(), branch.lookups.end());
  }
  std::stable_sort(branches.begin(), branches.end(), [](const Branch& a, const Branch& b) {
    return std::tie(a.from, a.filters, a.columns, a.lookups) <
           std::tie(b.from, b.filters, b.columns, b.lookups);
  });
}

// Replaces all branches by one that contains hashes of them.
Branch Collapsed(const Branches& branches) {
  Branch one;
  one.from = Shortened(fmt::format("{} branches: {}", branches.size(), SideText(branches)));
  for (size_t i = 0; i < branches.front().columns.size(); ++i) {
    one.columns.push_back(ColumnText(branches, static_cast<int>(i)));
  }
  for (const auto found :
       {&Branch::found_columns, &Branch::found_types, &Branch::found_records, &Branch::copies}) {
    std::set<std::string> all;
    for (const Branch& branch : branches)
      all.insert((branch.*found).begin(), (branch.*found).end());
    (one.*found).assign(all.begin(), all.end());
  }
  return one;
}

// Adds a tree for a column of which only the text is known.
void AddTree(const Node& node, size_t column, Branch& branch) {
  branch.trees.push_back(
      expr::MakeColumnRef(static_cast<int>(branch.names.size()), node.columns.at(column).type));
  branch.names.push_back(branch.columns.at(column));
}

// Gives every column a tree. Columns of tables and states stand for themselves, and so does a
// column whose text was cut because of its length.
void AddTrees(const Node& node, const std::vector<bool>& cut, Branch& branch) {
  for (size_t i = branch.trees.size(); i < branch.columns.size(); ++i) AddTree(node, i, branch);
  for (size_t i = 0; i < branch.columns.size(); ++i) {
    if (!cut[i]) continue;
    AddTree(node, i, branch);
    branch.trees[i] = std::move(branch.trees.back());
    branch.trees.pop_back();
  }
}

// Sorts the branches and limits their number and length. Without limits, unions of unions and
// repeated expressions would make meanings grow exponentially.
Branches Bounded(const Node& node, Branches branches, Wording wording) {
  for (Branch& branch : branches) {
    branch.from = Shortened(std::move(branch.from));
    for (std::string& filter : branch.filters) filter = Shortened(std::move(filter));
    std::vector<bool> cut;
    for (std::string& column : branch.columns) {
      cut.push_back(column.size() > kLongestText);
      column = Shortened(std::move(column));
    }
    for (Lookup& lookup : branch.lookups) lookup.text = Shortened(std::move(lookup.text));
    if (Simplifies(wording) && !node.columns.empty()) AddTrees(node, cut, branch);
  }
  Sort(branches, wording);
  if (branches.size() <= kMostBranches) return branches;
  Branch one = Collapsed(branches);
  const std::vector<bool> whole(one.columns.size(), false);
  if (Simplifies(wording) && !node.columns.empty()) AddTrees(node, whole, one);
  return {std::move(one)};
}

}  // namespace

std::string Shortened(std::string text) {
  constexpr size_t kShown = 200;
  if (text.size() <= kLongestText) return text;
  const uint64_t hash = Hash64(text.data(), text.size());
  size_t shown = kShown;
  // Never cuts within a UTF-8 character.
  while ((static_cast<unsigned char>(text[shown]) & 0xC0U) == 0x80U) --shown;
  text.resize(shown);
  return fmt::format("{}… #{:016x}", text, hash);
}

std::string Bare(const std::string& text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return text;
  int depth = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return text;
  }
  return text.substr(1, text.size() - 2);
}

std::string Branch::Text() const {
  std::string text = from;
  if (!filters.empty()) text += fmt::format(" where {}", fmt::join(filters, " AND "));
  for (const Lookup& lookup : lookups)
    text += fmt::format(" with {} {}", lookup.table, lookup.text);
  return text;
}

std::string ColumnText(const Branches& branches, int index) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) {
    texts.push_back(branch.columns.at(static_cast<size_t>(index)));
  }
  if (std::ranges::count(texts, texts.front()) == std::ssize(texts)) return texts.front();
  return Shortened(fmt::format("{}", fmt::join(texts, " | ")));
}

namespace {

// Whether a column is a constant that is not NULL, so that counting it counts rows.
bool IsSomething(const Branches& input, int column) {
  return std::ranges::all_of(input, [&](const Branch& branch) {
    const auto index = static_cast<size_t>(column);
    if (index >= branch.trees.size()) return false;
    const expr::Expr& tree = *branch.trees[index];
    return tree.kind == expr::ExprKind::kLiteral && !tree.literal.is_null();
  });
}

}  // namespace

std::string CallText(const Branches& input, const expr::AggregateCall& call) {
  if (call.function == expr::AggregateFunction::kCount && !call.distinct &&
      call.arguments.size() == 1 && IsSomething(input, call.arguments[0])) {
    expr::AggregateCall rows = call;
    rows.arguments.clear();
    return CallText(input, rows);
  }
  std::string name =
      ToLower(expr::AggregateName(call.function)) + (call.distinct ? "(distinct " : "(");
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    name += (i > 0 ? ", " : "") + Bare(ColumnText(input, call.arguments[i]));
  }
  if (call.arguments.empty()) name += "*";
  if (!call.parameter.empty()) name += ", '" + call.parameter + "'";
  name += ")";
  if (call.filter >= 0 && !DefectPlanted("meaning-of-call-filters"))
    name += " filter (" + Bare(ColumnText(input, call.filter)) + ")";
  return name;
}

std::string OrderText(const Branches& input, const std::vector<graph::SortKey>& keys) {
  std::vector<std::string> texts;
  for (const graph::SortKey& key : keys) {
    if (!texts.empty() && DefectPlanted("meaning-of-second-keys")) break;
    const bool unusual = key.nulls_first == key.descending;
    const char* nulls = key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    const bool descending = key.descending && !DefectPlanted("meaning-of-direction");
    texts.push_back(Bare(ColumnText(input, key.column)) + (descending ? " DESC" : "") +
                    (unusual ? nulls : ""));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string SideText(const Branches& branches) {
  std::vector<std::string> texts;
  for (const Branch& branch : branches) texts.push_back(branch.Text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string RowsText(const logical::Values& values) {
  std::vector<std::string> rows;
  for (const auto& row : values.rows) {
    std::vector<std::string> cells;
    for (const expr::ExprPtr& cell : row) {
      cells.push_back(logical::TextWithoutCoercions(*cell, {}));
    }
    rows.push_back(fmt::format("({})", fmt::join(cells, ", ")));
  }
  return fmt::format("VALUES {}", fmt::join(rows, ", "));
}

std::string Lineage::TextOf(const expr::ExprPtr& expression,
                            const std::vector<std::string>& names) const {
  switch (wording_) {
    case Wording::kFormer:
      return logical::TextWithoutCoercions(*expression, names);
    case Wording::kThird:
      return ThirdText(expression, names, setting_.zone);
    case Wording::kFifth:
    case Wording::kSixth:
    case Wording::kSeventh:
    case Wording::kCurrent:
      return CanonicalText(Canonical(expression, setting_.words), names, setting_);
  }
  WEIR_UNREACHABLE();
}

namespace {

Words WordsOf(Wording wording) {
  if (wording == Wording::kCurrent) return Words::kCurrent;
  return wording == Wording::kSeventh ? Words::kSeventh : Words::kSixth;
}

}  // namespace

Lineage::Lineage(Wording wording, std::string time_zone, const graph::ConnectorCatalog* connectors)
    : wording_(wording), setting_{WordsOf(wording), std::move(time_zone)}, connectors_(connectors) {
  if (wording_ > Wording::kFifth) {
    const auto before = static_cast<Wording>(static_cast<uint8_t>(wording_) - 1);
    before_ = std::make_unique<Lineage>(before, setting_.zone, connectors_);
  }
}

graph::TableOptions Lineage::ContentsOf(const graph::TableOptions& options) const {
  if (connectors_ == nullptr) return options;
  const bool recovery = wording_ < Wording::kSixth || DefectPlanted("meaning-of-recovery");
  const graph::TableOptions contents = ContentsOptions(options, *connectors_, recovery);
  return simplifies() ? PlainOptions(contents, *connectors_) : contents;
}

bool Lineage::NamesColumns(const graph::TableOptions& options) const {
  if (connectors_ == nullptr) return false;
  const auto* connector = connectors_->FindConnector(graph::OptionValue(options, "connector"));
  const auto* format = connectors_->FindFormat(graph::OptionValue(options, "format"));
  return (connector != nullptr && connector->names_columns) ||
         (format != nullptr && format->names_columns);
}

bool Lineage::FindsByName(const graph::TableOptions& options) const {
  if (NamesColumns(options)) return true;
  if (connectors_ == nullptr || DefectPlanted("meaning-of-headers")) return false;
  const auto* format = connectors_->FindFormat(graph::OptionValue(options, "format"));
  return format != nullptr && graph::NamesColumns(*format, options);
}

std::string_view Lineage::ReadsLater(const graph::TableOptions& options) const {
  if (connectors_ == nullptr) return "";
  const auto* connector = connectors_->FindConnector(graph::OptionValue(options, "connector"));
  const bool says = connector != nullptr && connector->reads_later != nullptr;
  return says ? connector->reads_later(options) : "";
}

void Lineage::CallColumns(const Node& scan, const std::map<std::string, std::string>& names) {
  if (before_ != nullptr) before_->CallColumns(scan, names);
  std::map<std::string, std::string>& called = called_[&scan];
  for (const auto& [name, former] : names) {
    called[name] = former;
    if (!names.contains(former)) called[former] = former + " (new)";
  }
}

void Lineage::DescribeRecursion(int id, std::string rows) {
  if (before_ != nullptr) before_->DescribeRecursion(id, rows);
  recursions_[id] = std::move(rows);
}

std::string Lineage::RowsOfRecursion(int id) const {
  const auto found = recursions_.find(id);
  return found == recursions_.end() ? "" : found->second;
}

std::string Lineage::NameOf(const Node& scan, const std::string& column) const {
  const auto table = called_.find(&scan);
  if (table == called_.end()) return column;
  const auto name = table->second.find(column);
  return name == table->second.end() ? column : name->second;
}

const Branches& Lineage::Of(const Node& node) {
  // A planted defect that forgot more than nodes right above a table would take exponential time.
  const bool forgets = node.inputs.size() == 1 && node.inputs[0]->inputs.empty() &&
                       DefectPlanted("tables-visited-again");
  if (const auto known = branches_.find(&node); known != branches_.end() && !forgets)
    return known->second;
  ++visits_;
  Branches branches =
      Bounded(node, std::visit(BranchVisitor{node, *this}, node.operation), wording_);
  return branches_.emplace(&node, std::move(branches)).first->second;
}

const std::vector<std::string>& Lineage::JoinedColumns(const Node& node) {
  if (const auto known = joined_.find(&node); known != joined_.end()) return known->second;
  std::vector<std::string> columns;
  for (size_t side = 0; side < 2; ++side) {
    const Branches& branches = Of(*node.inputs[side]);
    for (size_t i = 0; i < node.inputs[side]->columns.size(); ++i) {
      columns.push_back(fmt::format("{}.{}", side == 0 ? "left" : "right",
                                    ColumnText(branches, static_cast<int>(i))));
    }
  }
  return joined_.emplace(&node, std::move(columns)).first->second;
}

std::vector<std::string> Lineage::JoinKeyTexts(const Node& node, const logical::Join& join) {
  const std::vector<std::string>& columns = JoinedColumns(node);
  const size_t width = node.inputs[0]->columns.size();
  std::vector<std::string> texts;
  for (size_t i = 0; i < join.left_keys.size(); ++i) {
    texts.push_back(fmt::format("{} {} {}", columns.at(static_cast<size_t>(join.left_keys[i])),
                                join.null_safe[i] != 0 ? "is" : "=",
                                columns.at(width + static_cast<size_t>(join.right_keys[i]))));
  }
  return texts;
}

}  // namespace weir::uid
