#include "shell/flink/plan/match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "runtime/base/hash.h"

namespace weir::shell::flink {
namespace {

// Numbers are positive INTs, as Flink's own.
int NumberFor(const std::string& text) {
  return static_cast<int>(Hash64(text.data(), text.size()) % 0x7fff'fffe) + 1;
}

class Matcher {
 public:
  Matcher(const FlinkPlan& plan, const Shapes& ours) : plan_(plan), ours_(ours) {}

  // The indexes of ours for each shape of the plan: one, but for a sink and for grouping sets.
  Result<std::vector<std::set<int>>> Match() {
    for (const Shape& theirs : plan_.shapes) {
      std::set<int> found = theirs.kind == ShapeKind::kSink ? FindSinks(theirs) : std::set<int>();
      if (found.empty() && theirs.expanded) found = FindSets(theirs);
      const bool joins = theirs.inputs.size() > 2;
      if (joins) found = FindChain(theirs);
      if (found.empty()) found = {TRY(Find(theirs))};
      // Inputs come before those that read them.
      gives_.push_back(joins ? std::set<int>{*found.rbegin()} : found);
      matched_.push_back(std::move(found));
    }
    return std::move(matched_);
  }

 private:
  using Test = std::function<bool(const Shape&)>;

  std::set<int> Ours(const std::set<int>& theirs) const {
    std::set<int> ours;
    for (const int shape : theirs) {
      const std::set<int>& one = gives_[static_cast<size_t>(shape)];
      ours.insert(one.begin(), one.end());
    }
    return ours;
  }

  // What two inputs must have in common: that they come from the same operators, or their rows do,
  // whatever subqueries have added to them on the way, which planners do in other orders.
  enum class Rows : uint8_t { kOfSameOperators, kOfSameOrigin };

  // Whether the operator adds columns to the rows on its left: the value of a subquery for each.
  bool AddsColumns(const Shape& shape) const {
    if (shape.kind != ShapeKind::kJoin || shape.inputs[1].size() != 1) return false;
    const Shape& right = ours_[static_cast<size_t>(*shape.inputs[1].begin())];
    return right.kind == ShapeKind::kAggregate && right.keys.front() == shape.keys[1];
  }
  std::set<int> OriginsOf(const std::set<int>& shapes) const {
    std::set<int> origins;
    for (const int one : shapes) {
      const Shape& shape = ours_[static_cast<size_t>(one)];
      if (AddsColumns(shape) || shape.part == kPartial || shape.part == kSingle ||
          shape.kind == ShapeKind::kWindows) {
        origins.merge(OriginsOf(shape.inputs[0]));
      } else {
        origins.insert(one);
      }
    }
    return origins;
  }
  bool AreSame(const std::set<int>& a, const std::set<int>& b, Rows rows) const {
    return a == b || (rows == Rows::kOfSameOrigin && OriginsOf(a) == OriginsOf(b));
  }

  // Whether keys of an input are the same; or those of ours that are missing are constants.
  static bool AreKeys(const Shape& shape, const std::string& ours, const std::string& theirs,
                      Rows rows) {
    if (ours == theirs) return true;
    if (!shape.of_not_in && (rows == Rows::kOfSameOperators || shape.constants.empty()))
      return false;
    std::set<std::string> missing = WordsOf(ours);
    for (const std::string& word : WordsOf(theirs)) {
      if (missing.erase(word) == 0) return false;
    }
    return shape.of_not_in || Covers(shape.constants, missing);
  }

  // Whether both have the same inputs, with the same keys, perhaps the right one on the left.
  bool HasInputsOf(const Shape& ours, const Shape& theirs, Rows rows) const {
    const size_t count = theirs.inputs.size();
    if (ours.inputs.size() != count || ours.keys.size() != theirs.keys.size()) return false;
    const auto equal = [&](size_t mine, size_t other) {
      const bool keys =
          other >= theirs.keys.size() || AreKeys(ours, ours.keys[mine], theirs.keys[other], rows);
      return keys && AreSame(ours.inputs[mine], Ours(theirs.inputs[other]), rows);
    };
    bool straight = true, crossed = count == 2;
    for (size_t i = 0; i < count; ++i) {
      straight = straight && equal(i, i);
      crossed = crossed && equal(i, 1 - i);
    }
    return straight || crossed;
  }

  // Flink writes all that goes into a table by one sink. It may have found that nothing does.
  std::set<int> FindSinks(const Shape& theirs) const {
    std::set<int> sinks, inputs;
    for (size_t i = 0; i < ours_.size(); ++i) {
      if (ours_[i].kind != ShapeKind::kSink || ours_[i].table != theirs.table) continue;
      sinks.insert(static_cast<int>(i));
      inputs.insert(ours_[i].inputs.front().begin(), ours_[i].inputs.front().end());
    }
    const std::set<int> written = Ours(theirs.inputs.front());
    const bool same = written.empty() || AreSame(inputs, written, Rows::kOfSameOrigin);
    return same ? sinks : std::set<int>();
  }

  // The aggregates of the grouping sets: calls and sinks are the same, keys are those of a set.
  std::set<int> FindSets(const Shape& theirs) const {
    std::map<std::string, std::vector<int>> by_keys;
    for (size_t i = 0; i < ours_.size(); ++i) {
      const Shape& ours = ours_[i];
      const bool alike = ours.kind == theirs.kind && ours.details == theirs.details &&
                         ours.sinks == theirs.sinks && ours.inputs.size() == 1;
      if (alike && ours.inputs.front() == Ours(theirs.inputs.front()) &&
          Covers(WordsOf(theirs.keys.front()), WordsOf(ours.keys.front())))
        by_keys[ours.keys.front()].push_back(static_cast<int>(i));
    }
    std::set<int> found;
    for (auto& [keys, some] : by_keys) {
      const bool is_set = std::ranges::find(theirs.sets, keys) != theirs.sets.end();
      if (!is_set && !theirs.sets.empty()) continue;
      Narrow(some, [&](const Shape& ours) { return HasLiteralsOf(ours, theirs); });
      found.insert(some.begin(), some.end());
    }
    return found;
  }
  // The empty set is grouped by a 0.
  static bool HasLiteralsOf(const Shape& ours, const Shape& theirs) {
    std::set<std::string> literals = theirs.literals;
    if (ours.literals == literals) return true;
    literals.insert("0");
    return ours.literals == literals;
  }
  // The joins that a join of more than two inputs is; none where they may be others.
  std::set<int> FindChain(const Shape& theirs) const {
    std::set<int> found;
    for (size_t i = 0; i < ours_.size(); ++i) {
      if (ours_[i].sinks != theirs.sinks) continue;
      const std::set<int> chain = ChainTo(static_cast<int>(i), theirs);
      if (!chain.empty() && !found.empty()) return {};
      if (!chain.empty()) found = chain;
    }
    return found;
  }
  // Those up to this one, each of which joins one input more.
  std::set<int> ChainTo(int last, const Shape& theirs) const {
    std::set<int> chain, left = {last};
    for (size_t i = theirs.inputs.size(); i-- > 1;) {
      if (left.size() != 1) return {};
      const Shape& join = ours_[static_cast<size_t>(*left.begin())];
      if (join.kind != ShapeKind::kJoin || join.inputs[1] != Ours(theirs.inputs[i]) ||
          join.keys[0] != theirs.keys[2 * i - 2] || join.keys[1] != theirs.keys[2 * i - 1])
        return {};
      chain.merge(left);
      left = join.inputs[0];
    }
    return left == Ours(theirs.inputs[0]) ? chain : std::set<int>();
  }

  // The columns of a text of keys.
  static std::set<std::string> WordsOf(std::string_view keys) {
    std::set<std::string> words;
    while (!keys.empty()) {
      const size_t end = std::min(keys.find(", "), keys.size());
      words.emplace(keys.substr(0, end));
      keys.remove_prefix(std::min(end + 2, keys.size()));
    }
    return words;
  }

  // Two planners may join the same inputs by the same keys in different ways: where a condition on
  // times is none for Flink, as it does not take them for those of events, all rows are kept there.
  static bool IsJoin(ShapeKind kind) {
    return kind == ShapeKind::kJoin || kind == ShapeKind::kIntervalJoin ||
           kind == ShapeKind::kWindowJoin;
  }
  std::vector<int> Alike(const Shape& theirs, bool any_join, Rows rows) const {
    std::vector<int> found;
    for (size_t i = 0; i < ours_.size(); ++i) {
      const Shape& ours = ours_[i];
      const bool alike = any_join ? IsJoin(ours.kind) && IsJoin(theirs.kind)
                                  : ours.kind == theirs.kind && ours.table == theirs.table;
      if (alike && HasInputsOf(ours, theirs, rows)) found.push_back(static_cast<int>(i));
    }
    return found;
  }

  Result<int> Find(const Shape& theirs) const {
    std::vector<int> found;
    for (const Rows rows : {Rows::kOfSameOperators, Rows::kOfSameOrigin}) {
      if (found.empty()) found = Alike(theirs, false, rows);
      if (found.empty()) found = Alike(theirs, true, rows);
    }
    if (found.empty()) {
      return Error("no operator of ours is the one that Flink has as", theirs)
          .WithHint("its state could not be found again after an edit, so nothing was started");
    }
    // What planners may write in different ways only decides between several.
    const Test tests[] = {
        [&](const Shape& ours) { return ours.part.empty(); },
        [&](const Shape& ours) { return ours.sinks == theirs.sinks; },
        [&](const Shape& ours) { return ours.details == theirs.details; },
        [&](const Shape& ours) { return Covers(theirs.details, ours.details); },
        [&](const Shape& ours) { return Values(ours) == Values(theirs); },
        [&](const Shape& ours) { return Covers(Values(theirs), Values(ours)); },
        [&](const Shape& ours) { return ours.literals == theirs.literals; },
    };
    for (const Test& test : tests) Narrow(found, test);
    if (found.size() == 1) return found.front();
    std::vector<std::string> uids;
    for (const int one : found) uids.push_back(FullName(ours_[static_cast<size_t>(one)]));
    return Error(fmt::format("any of {} may be the operator that Flink has as",
                             fmt::join(uids, ", ")),
                 theirs)
        .WithHint("write the clauses so that they differ in their keys, calls or sinks");
  }

  // The literals alone, as a planner may turn a comparison round, or make a range of two.
  static std::set<std::string> Values(const Shape& shape) {
    std::set<std::string> values = shape.literals;
    std::erase_if(values, IsComparison);
    return values;
  }
  static bool Covers(const std::set<std::string>& all, const std::set<std::string>& some) {
    return std::ranges::includes(all, some);
  }

  void Narrow(std::vector<int>& found, const Test& test) const {
    if (found.size() == 1) return;
    std::vector<int> passed;
    for (const int one : found) {
      if (test(ours_[static_cast<size_t>(one)])) passed.push_back(one);
    }
    if (!passed.empty()) found = std::move(passed);
  }

  static Status Error(std::string_view what, const Shape& theirs) {
    return Status::External(fmt::format("{} {}", what, theirs.name)).WithId("E4010");
  }

  const FlinkPlan& plan_;
  const Shapes& ours_;
  std::vector<std::set<int>> matched_;
  std::vector<std::set<int>> gives_;  // those of them whose rows come out
};

// Names nodes by their places between operators with state.
class Namer {
 public:
  Namer(const FlinkPlan& plan, const Shapes& ours, const std::vector<std::set<int>>& matched)
      : plan_(plan), ours_(ours), matched_(matched) {
    for (const FlinkNode& node : plan.nodes) {
      for (size_t i = 0; i < node.inputs.size(); ++i)
        readers_[node.inputs[i]].emplace_back(&node, i);
    }
  }

  Result<std::vector<NumberedNode>> Number() {
    const std::vector<std::string> names = Names();
    std::vector<NumberedNode> numbered;
    std::map<std::string, int> seen;
    for (size_t i = 0; i < names.size(); ++i) {
      const FlinkNode& node = plan_.nodes[i];
      NumberedNode one{node.id,          0,           node.type, node.description, names[i],
                       KeepsState(node), UidsOf(node)};
      const int times = ++seen[one.name + '|' + one.type];
      if (one.has_state && times > 1) {
        return Status::External(fmt::format("several nodes of Flink's plan are the operator {}, "
                                            "and nothing tells them apart: {}",
                                            one.name, one.description))
            .WithId("E4010");
      }
      if (times > 1) one.name += fmt::format("#{}", times);
      numbered.push_back(std::move(one));
    }
    GiveNumbers(numbered);
    return numbered;
  }

 private:
  // The nodes' names: with what reads them, and behind that with what a source leaves out, where
  // several nodes of one kind would have the same.
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const FlinkNode& node : plan_.nodes) names.push_back(NameOf(node));
    AddWhereSame(names, [&](const FlinkNode& node, std::string& name) {
      const std::vector<std::string> uids = UidsOf(node);
      if (uids.size() > 1) name = std::ranges::min(uids);
      name += fmt::format(" for {}", fmt::join(ReadersOf(node), " and "));
    });
    AddWhereSame(names, [&](const FlinkNode& node, std::string& name) { name += FilterOf(node); });
    return names;
  }
  void AddWhereSame(std::vector<std::string>& names,
                    const std::function<void(const FlinkNode&, std::string&)>& add) const {
    std::map<std::string, int> counts;
    const auto key = [&](size_t i) { return names[i] + '|' + plan_.nodes[i].type; };
    for (size_t i = 0; i < names.size(); ++i) ++counts[key(i)];
    for (size_t i = 0; i < names.size(); ++i) {
      if (KeepsState(plan_.nodes[i]) && counts[key(i)] > 1) add(plan_.nodes[i], names[i]);
    }
  }
  // What a source leaves out, of one that is read several times: " where [>(v, 3)]".
  static std::string FilterOf(const FlinkNode& node) {
    constexpr std::string_view kBegin = "filter=";
    const size_t begin = node.description.find(kBegin);
    if (node.type != "table-source-scan" || begin == std::string::npos) return "";
    int open = 0;
    size_t end = begin + kBegin.size();
    for (; end < node.description.size(); ++end) {
      if (node.description[end] == '[') ++open;
      if (node.description[end] == ']' && --open == 0) break;
    }
    const size_t from = begin + kBegin.size();
    return fmt::format(" where {}",
                       std::string_view(node.description).substr(from, end + 1 - from));
  }
  // Of several operators of ours what their uids have in common: "sink:totals" of
  // "sink:totals/sink.w@a" and "sink:totals/sink.w@b"; of a sink always, so that another INSERT
  // into its table does not rename it.
  std::string UidOf(const FlinkNode& node) const {
    const std::set<int>& several = matched_[static_cast<size_t>(node.shape)];
    std::string common = FullName(ours_[static_cast<size_t>(*several.begin())]);
    const bool sink = ours_[static_cast<size_t>(*several.begin())].kind == ShapeKind::kSink;
    if (sink && MaySaySink(node)) return common.substr(0, common.find('/'));
    if (several.size() == 1) return common;
    for (const int one : several) {
      const std::string& uid = ours_[static_cast<size_t>(one)].name;
      common.resize(static_cast<size_t>(std::ranges::mismatch(common, uid).in1 - common.begin()));
    }
    constexpr std::string_view kBounds = ":/@";
    const bool whole = std::ranges::all_of(several, [&](int one) {
      const std::string& uid = ours_[static_cast<size_t>(one)].name;
      return uid.size() == common.size() || kBounds.find(uid[common.size()]) != kBounds.npos;
    });
    return whole ? common : common.substr(0, common.find_last_of(kBounds));
  }
  // The middle one of three phases keeps distinct values, and is the same operator of ours as the
  // last one, by whose name it is called.
  static bool KeepsState(const FlinkNode& node) {
    return node.shape >= 0 || node.type.starts_with("incremental-");
  }
  std::vector<std::string> UidsOf(const FlinkNode& node) const {
    std::vector<std::string> uids;
    const FlinkNode* of = &node;
    while (of->shape < 0) {
      const auto readers = readers_.find(of->id);
      if (!KeepsState(node) || readers == readers_.end()) return uids;
      of = readers->second.front().first;
    }
    for (const int one : matched_[static_cast<size_t>(of->shape)])
      uids.push_back(ours_[static_cast<size_t>(one)].name);
    return uids;
  }
  // Whether the table has no other sink in Flink's plan.
  bool MaySaySink(const FlinkNode& node) const {
    const std::string& table = plan_.shapes[static_cast<size_t>(node.shape)].table;
    return std::ranges::count_if(plan_.shapes, [&](const Shape& shape) {
             return shape.kind == ShapeKind::kSink && shape.table == table;
           }) == 1;
  }
  std::string NameOf(const FlinkNode& node) {
    return node.shape >= 0 ? UidOf(node) : fmt::format("~{}", fmt::join(ReadersOf(node), " and "));
  }

  // The nearest operators with state that read the rows of a node, and in which input.
  const std::set<std::string>& ReadersOf(const FlinkNode& node) {
    const auto known = names_of_readers_.find(node.id);
    if (known != names_of_readers_.end()) return known->second;
    std::set<std::string> names;
    for (const auto& [reader, input] : readers_[node.id]) {
      if (reader->shape >= 0) {
        names.insert(reader->inputs.size() > 1 ? fmt::format("{}[{}]", UidOf(*reader), input)
                                               : UidOf(*reader));
      } else {
        const std::set<std::string>& further = ReadersOf(*reader);
        names.insert(further.begin(), further.end());
      }
    }
    return names_of_readers_[node.id] = std::move(names);
  }

  // Nodes with state first: where two names have one number, those without take another.
  static void GiveNumbers(std::vector<NumberedNode>& nodes) {
    std::set<int> taken;
    for (const bool with_state : {true, false}) {
      for (NumberedNode& node : nodes) {
        if (node.has_state != with_state) continue;
        node.id = NumberFor(node.name + '|' + node.type);
        while (!taken.insert(node.id).second) node.id = node.id % 0x7fff'fffe + 1;
      }
    }
  }

  const FlinkPlan& plan_;
  const Shapes& ours_;
  const std::vector<std::set<int>>& matched_;
  std::unordered_map<int, std::vector<std::pair<const FlinkNode*, size_t>>> readers_;
  std::unordered_map<int, std::set<std::string>> names_of_readers_;
};

}  // namespace

Result<std::vector<NumberedNode>> NumberNodes(const FlinkPlan& plan, const Shapes& ours) {
  const std::vector<std::set<int>> matched = TRY(Matcher(plan, ours).Match());
  return Namer(plan, ours, matched).Number();
}

std::map<int, int> NewNumbers(const std::vector<NumberedNode>& nodes) {
  std::map<int, int> numbers;
  for (const NumberedNode& node : nodes) numbers.emplace(node.former, node.id);
  return numbers;
}

}  // namespace weir::shell::flink
