#include "planner/uid/assign.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "planner/logical/rewrite.h"
#include "planner/uid/fingerprint.h"
#include "planner/uid/lineage.h"
#include "planner/uid/meaning.h"
#include "planner/uid/merge.h"
#include "planner/uid/naming.h"
#include "runtime/base/hash.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using logical::Node;
using logical::NodePtr;

// Whether it keeps what a lookup gave (planner/rules/keep_found_rows.cc).
bool KeepsFoundRows(const Node& node) {
  if (!std::holds_alternative<logical::Normalize>(node.operation)) return false;
  const auto* join = std::get_if<logical::Join>(&node.inputs[0]->operation);
  return join != nullptr && join->lookup;
}

// A claim for which a uid is being found.
struct Candidate {
  const Node* node;
  const Claim* claim;
  std::string base;       // before it is distinguished from its siblings
  std::string structure;  // a hash of everything below: the last resort for an order
  size_t conditions;      // filters below
  std::string uid;
  bool stable = true;
  std::string twin = "";  // of several equal ones that are not shared, the first one's uid
};

std::string BaseName(const Node& node, const Claim& claim, const std::string& structural_id) {
  const logical::Origin& origin = claim.origin;
  if (!origin.explicit_id.empty()) return ToLower(origin.explicit_id);
  const std::string_view role = RoleOf(node);
  const bool of_table = role == "src" || role == "wm" || role == "norm";
  if (const logical::Scan* scan = of_table ? ScanUnder(node) : nullptr) {
    return fmt::format("{}:{}", role, Escape(scan->table));
  }
  if (const auto* sink = std::get_if<logical::Sink>(&node.operation)) {
    // That of 'errors.table' is named after the table whose bad records it takes.
    const bool has_path = origin.scope.starts_with("sink:") || origin.scope.starts_with("src:");
    return fmt::format("{}/{}", has_path ? origin.scope : "sink:" + Escape(sink->spec.table), role);
  }
  if (!origin.named) return fmt::format("~{}:{}", role, structural_id);
  return origin.scope.empty() ? std::string(role) : fmt::format("{}/{}", origin.scope, role);
}

// What can distinguish candidates of one base name, from the most stable text to the least; "" if
// it says nothing. A name that the user wrote depends on nothing else, whereas the text of the
// sources changes with the query below.
std::vector<std::string> Discriminators(const Candidate& candidate) {
  const std::string_view role = RoleOf(*candidate.node);
  if (role == "src" || role == "wm" || role == "norm") {
    const std::string& alias = candidate.claim->alias;
    return {alias.empty() ? "" : "@" + Escape(alias)};
  }
  const std::string& name = candidate.claim->origin.discriminator;
  const std::string keys = KeyText(*candidate.node);
  const std::string sources = SourcesText(*candidate.node);
  const std::string by_key = keys.empty() ? "" : fmt::format(":k({})", keys);
  return {name.empty() ? "" : ":" + Escape(name), by_key,
          sources.empty() ? "" : fmt::format("{}@{}", by_key, sources)};
}

// Up to this many states right below a clause are listed by name. For more, such as a union that
// reads another union twice, a hash says as much and keeps uids short.
constexpr size_t kMostBases = 256;

std::string HashOf(std::vector<std::string> bases) {
  std::sort(bases.begin(), bases.end());
  const std::string text = fmt::format("{}", fmt::join(bases, ","));
  return fmt::format("#{:016x}", Hash64(text.data(), text.size()));
}

bool OneNode(const std::vector<Candidate*>& group) {
  return std::ranges::all_of(group, [&](const Candidate* c) { return c->node == group[0]->node; });
}

// Whether they are one clause of a view or CTE, which the conditions of its readers make several
// operators of, each another one, and which names do not tell apart.
bool AreParted(const std::vector<Candidate*>& group) {
  const logical::Origin& first = group[0]->claim->origin;
  const size_t step = first.scope.rfind('/') + 1;
  const std::string_view nearest = std::string_view(first.scope).substr(step);
  if (!nearest.starts_with("view:") && !nearest.starts_with("cte:")) return false;
  const std::vector<std::string> names = Discriminators(*group[0]);
  std::map<std::string_view, const Node*> nodes;
  return std::ranges::all_of(group, [&](const Candidate* one) {
    const logical::Origin& origin = one->claim->origin;
    const Node* const node = nodes.emplace(one->structure, one->node).first->second;
    return node == one->node && origin.scope == first.scope && origin.span == first.span &&
           Discriminators(*one) == names;
  });
}

// Names these after the clause, and numbers all but the first. That is the one with the fewest
// conditions below it, so that who reads the view as it was written keeps the name, whoever else
// begins to read it.
void NumberParted(std::vector<Candidate*> group) {
  std::ranges::stable_sort(group, {}, [](const Candidate* one) {
    return std::pair<size_t, std::string_view>(one->conditions, one->structure);
  });
  int ordinal = 0;
  const Node* before = nullptr;
  for (Candidate* member : group) {
    if (member->node != before) ++ordinal;
    before = member->node;
    member->uid = ordinal == 1 ? member->base : fmt::format("{}#{}", member->base, ordinal);
    member->stable = false;
  }
}

// Gives different uids to candidates of one base name that belong to different nodes.
void Disambiguate(std::vector<Candidate*> group) {
  if (AreParted(group) && !DefectPlanted("parted-clauses-are-new")) return NumberParted(group);
  for (size_t level = 0; !group.empty(); ++level) {
    std::map<std::string, std::vector<Candidate*>> parts;
    bool more = false;
    for (Candidate* candidate : group) {
      const std::vector<std::string> texts = Discriminators(*candidate);
      more = more || level + 1 < texts.size();
      parts[level < texts.size() ? texts[level] : texts.back()].push_back(candidate);
    }
    std::vector<Candidate*> rest;
    for (auto& [text, members] : parts) {
      const bool alone = OneNode(members);
      if (alone && !text.empty()) {
        for (Candidate* member : members) member->uid = member->base + text;
      } else {
        rest.insert(rest.end(), members.begin(), members.end());
      }
    }
    group = std::move(rest);
    if (more) continue;
    // Candidates that are still equal are numbered in the order of the hash of what is below them;
    // only where that is equal, too, in the order of the plan.
    std::stable_sort(group.begin(), group.end(), [](const Candidate* a, const Candidate* b) {
      return a->structure < b->structure;
    });
    std::map<std::string, int> ordinals;
    for (const Candidate* before = nullptr; Candidate * member : group) {
      const std::string name = member->base + Discriminators(*member).back();
      const int ordinal = ++ordinals[name];
      member->uid = ordinal == 1 ? name : fmt::format("{}#{}", name, ordinal);
      member->stable = false;
      if (before != nullptr && before->structure == member->structure) {
        member->twin = before->twin.empty() ? before->uid : before->twin;
      }
      before = member;
    }
    return;
  }
}

class Assignment {
 public:
  Assignment(const MergedPlan& merged, const AssignOptions& options)
      : merged_(merged), options_(options) {}

  Result<logical::Plan> Run() {
    for (const NodePtr& node : logical::ProducersFirst(merged_.plan)) AddCandidates(*node);
    NameAll();
    RETURN_IF_ERROR(CheckUnique());
    TakeFormerNames();
    DescribeRecursions();
    RETURN_IF_ERROR(CheckMappedCalls());
    if (!options_.auto_generate) RETURN_IF_ERROR(CheckNamed());
    return logical::Rewrite(
        merged_.plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
          const auto found = by_node_.find(&original);
          if (found == by_node_.end()) return node;
          logical::Origin origin = merged_.claims.at(&original).front().origin;
          origin.identity = IdentityOf(original, found->second);
          return logical::MakeNode(node->operation, node->inputs, node->columns, std::move(origin));
        });
  }

 private:
  void AddCandidates(const Node& node) {
    std::string structure = FingerprintOf(node);
    std::vector<std::string> inputs;
    for (const NodePtr& input : node.inputs) {
      structure += "(" + structures_.at(input.get()) + ")";
      const std::vector<std::string>& below = bases_below_.at(input.get());
      inputs.insert(inputs.end(), below.begin(), below.end());
    }
    if (inputs.size() > kMostBases) inputs = {HashOf(std::move(inputs))};
    structure = fmt::format("{:016x}", Hash64(structure.data(), structure.size()));
    structures_[&node] = structure;
    size_t conditions = std::holds_alternative<logical::Filter>(node.operation) ? 1 : 0;
    for (const NodePtr& input : node.inputs) conditions += conditions_.at(input.get());
    conditions_[&node] = conditions;
    bases_below_[&node] = inputs;
    if (RoleOf(node).empty()) return;
    const std::string structural_id = StructuralId(node, inputs);
    for (const Claim& claim : merged_.claims.at(&node)) {
      by_node_[&node].push_back(candidates_.size());
      candidates_.push_back({&node, &claim, BaseName(node, claim, structural_id), structure,
                             conditions, "",
                             claim.origin.named || !claim.origin.explicit_id.empty()});
    }
    // Names above that are made of what is below look through this node, so that they stay when a
    // table begins to be read again, which adds the node.
    if (KeepsFoundRows(node)) return;
    bases_below_[&node] = {candidates_[by_node_[&node].front()].base};
  }

  void NameAll() {
    std::map<std::string, std::vector<Candidate*>> groups;
    for (Candidate& candidate : candidates_) groups[candidate.base].push_back(&candidate);
    for (auto& [base, group] : groups) {
      const bool one_node = OneNode(group);
      const bool is_explicit = std::any_of(
          group.begin(), group.end(),
          [](const Candidate* candidate) { return !candidate->claim->origin.explicit_id.empty(); });
      for (Candidate* candidate : group) {
        candidate->uid = base;
        const std::string_view role = RoleOf(*candidate->node);
        const bool of_table = role == "src" || role == "wm" || role == "norm";
        if (of_table || role == "sink.w") candidate->stable = true;
      }
      if (!one_node && !is_explicit) Disambiguate(group);
    }
  }

  Status CheckUnique() const {
    std::map<std::string, const Candidate*> seen;
    for (const Candidate& candidate : candidates_) {
      const auto [other, added] = seen.try_emplace(candidate.uid, &candidate);
      if (added || other->second->node == candidate.node) continue;
      const SourceSpan first = other->second->claim->origin.span;
      const SourceSpan second = candidate.claim->origin.span;
      return Status::InvalidSql(
                 fmt::format("two operators have the same uid: \"{}\" is given at {} and at {}",
                             candidate.uid, PlaceInWords(options_.sql, first),
                             PlaceInWords(options_.sql, second)))
          .WithId("E2012")
          .WithHint("give one of them another name by /*+ STATE_ID('...') */")
          .WithSpan(second);
    }
    return {};
  }

  // Lists every operator whose name would have to be derived.
  Status CheckNamed() const {
    std::string list;
    SourceSpan first;
    for (const auto& [node, candidates] : InTextOrder()) {
      const Candidate& candidate = candidates_[candidates.front()];
      if (candidate.stable) continue;
      const SourceSpan span = candidate.claim->origin.span;
      if (list.empty()) first = span;
      list += fmt::format("{}{}: {} ({}), for example {}", list.empty() ? "" : "; ",
                          PlaceInWords(options_.sql, span), candidate.uid, RoleOf(*node),
                          SuggestName(*node));
    }
    if (list.empty()) return {};
    return Status::InvalidSql(fmt::format("operators with state have no stable name, and "
                                          "pipeline.auto-generate-uids is false: {}",
                                          list))
        .WithId("E2013")
        .WithHint(
            "give the derived table an alias, write it as a CTE, or add /*+ STATE_ID('name') */")
        .WithSpan(first);
  }

  std::vector<std::pair<const Node*, std::vector<size_t>>> InTextOrder() const {
    std::vector<std::pair<const Node*, std::vector<size_t>>> nodes(by_node_.begin(),
                                                                   by_node_.end());
    const auto begin = [&](const auto& entry) {
      return candidates_[entry.second.front()].claim->origin.span.begin;
    };
    std::sort(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) {
      return std::pair(begin(a), a.second.front()) < std::pair(begin(b), b.second.front());
    });
    return nodes;
  }

  void TakeFormerNames() {
    for (const Candidate& candidate : candidates_) {
      if (RoleOf(*candidate.node) != "src") continue;
      std::map<std::string, std::string> names;
      for (const FormerName& name : options_.former_names) {
        if (name.source == candidate.uid || DefectPlanted("mapping-of-all-tables"))
          names.emplace(name.column, name.former);
      }
      if (names.empty()) continue;
      renamed_lineage_.CallColumns(*candidate.node, names);
      third_lineage_.CallColumns(*candidate.node, names);
    }
  }

  // Tells the lineages what the rows of each recursion are, as state within its step may be made of
  // them.
  void DescribeRecursions() {
    for (const NodePtr& node : logical::ProducersFirst(merged_.plan)) {
      const auto* recursion = std::get_if<logical::Recursion>(&node->operation);
      if (recursion == nullptr) continue;
      for (Lineage* lineage : {&lineage_, &former_lineage_, &third_lineage_, &renamed_lineage_}) {
        Lineage plain(lineage->wording(), options_.time_zone, options_.connectors);
        lineage->DescribeRecursion(recursion->id, Shortened(SideText(plain.Of(*node))));
      }
    }
  }

  // What OVER has computed is kept under the names of its calls, and these are what columns are
  // called now: a call over a column that had another name would go on with what another one kept.
  Status CheckMappedCalls() {
    if (options_.former_names.empty()) return {};
    for (const auto& [node, candidates] : InTextOrder()) {
      const auto* over = std::get_if<logical::OverAggregate>(&node->operation);
      if (over == nullptr) continue;
      for (const graph::OverCall& call : over->calls) {
        const bool keeps =
            over->recomputed || over->ahead || call.function == graph::OverFunction::kAggregate;
        const std::string now = OverText(lineage_.Of(*node->inputs[0]), call);
        const std::string before = OverText(renamed_lineage_.Of(*node->inputs[0]), call);
        if (!keeps || now == before) continue;
        return Status::Unsupported(
                   fmt::format("STATE MAPPING of columns that OVER computes with is not supported "
                               "yet: {} would be {}",
                               now, before))
            .WithId("E1002")
            .WithHint(
                "leave the columns of the table the names that they had, and give them others in "
                "the SELECT list of a view")
            .WithSpan(candidates_[candidates.front()].claim->origin.span);
      }
    }
    return {};
  }

  static std::string OverText(const Branches& input, const graph::OverCall& call) {
    if (call.function == graph::OverFunction::kAggregate) return CallText(input, call.call);
    std::string text;
    for (const int argument : call.call.arguments) text += ColumnText(input, argument) + ", ";
    if (call.default_column >= 0) text += ColumnText(input, call.default_column);
    return text;
  }

  std::shared_ptr<const logical::Identity> IdentityOf(const Node& node,
                                                      const std::vector<size_t>& candidates) {
    const Candidate& first = candidates_[candidates.front()];
    logical::Identity identity;
    identity.uid = first.uid;
    identity.stable = first.stable;
    identity.words = WordsOf(node, *first.claim);
    identity.fingerprint = MeaningOf(node, lineage_);
    identity.former_fingerprint = MeaningOf(node, former_lineage_);
    identity.third_fingerprint = MeaningOf(node, third_lineage_);
    if (!options_.former_names.empty())
      identity.renamed_fingerprint = MeaningOf(node, renamed_lineage_);
    if (!first.stable) identity.suggested_name = SuggestName(node);
    // Once they are parted, each of them continues with the state that was shared.
    if (!first.twin.empty()) identity.also.push_back(first.twin);
    for (const size_t index : candidates) {
      const std::string& uid = candidates_[index].uid;
      if (uid == identity.uid) continue;
      if (std::find(identity.also.begin(), identity.also.end(), uid) == identity.also.end()) {
        identity.also.push_back(uid);
      }
    }
    return std::make_shared<const logical::Identity>(std::move(identity));
  }

  const MergedPlan& merged_;
  const AssignOptions& options_;
  Lineage lineage_{Wording::kCurrent, options_.time_zone, options_.connectors};
  Lineage former_lineage_{Wording::kFormer, options_.time_zone, options_.connectors};
  Lineage third_lineage_{Wording::kThird, options_.time_zone, options_.connectors};
  Lineage renamed_lineage_{Wording::kCurrent, options_.time_zone, options_.connectors};
  std::vector<Candidate> candidates_;
  std::unordered_map<const Node*, std::vector<size_t>> by_node_;
  std::unordered_map<const Node*, std::string> structures_;
  std::unordered_map<const Node*, size_t> conditions_;
  std::unordered_map<const Node*, std::vector<std::string>> bases_below_;
};

}  // namespace

std::string_view RoleOf(const Node& node) {
  if (std::holds_alternative<logical::Scan>(node.operation)) return "src";
  if (std::holds_alternative<logical::Watermark>(node.operation)) return "wm";
  if (std::holds_alternative<logical::Normalize>(node.operation))
    return KeepsFoundRows(node) ? "lookup.rows" : "norm";
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation)) {
    return aggregate->calls.empty() ? "distinct" : "agg";
  }
  if (const auto* aggregate = std::get_if<logical::WindowAggregate>(&node.operation)) {
    const bool session = aggregate->window.kind == window::WindowKind::kSession;
    return session && aggregate->end_column < 0 ? "session" : "wagg";
  }
  if (const auto* table = std::get_if<logical::WindowTable>(&node.operation)) {
    // The function of a table window is stateless, and needs no uid, except for sessions, which
    // keep rows until it is known where the session ends.
    return table->window.kind == window::WindowKind::kSession ? "session" : "";
  }
  if (const auto* sort = std::get_if<logical::Sort>(&node.operation)) {
    return sort->keys.empty() ? "limit" : "sort";
  }
  if (std::holds_alternative<logical::Recursion>(node.operation)) return "recursion";
  if (std::holds_alternative<logical::Rank>(node.operation)) return "topn";
  if (std::holds_alternative<logical::OverAggregate>(node.operation)) return "over";
  if (std::holds_alternative<logical::Match>(node.operation)) return "match";
  if (std::holds_alternative<logical::Deduplicate>(node.operation)) return "dedup";
  if (std::holds_alternative<logical::WindowRank>(node.operation)) return "wtopn";
  if (std::holds_alternative<logical::Sink>(node.operation)) return "sink.w";
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    if (join->lookup) return "";
    if (join->versions) return "tjoin";
    return join->interval ? "ijoin" : join->window ? "wjoin" : "join";
  }
  return "";
}

std::string Escape(std::string_view name) {
  std::string escaped;
  for (const char c : ToLower(name)) {
    if (std::string_view("/:@~#%").find(c) == std::string_view::npos) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned>(c));
    }
  }
  return escaped;
}

std::string PlaceInWords(std::string_view sql, SourceSpan span) {
  if (span.begin > sql.size() || sql.empty()) return fmt::format("byte {}", span.begin);
  const std::string_view before = sql.substr(0, span.begin);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t line_begin =
      before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return fmt::format("line {}, column {}", lines + 1, before.size() - line_begin + 1);
}

Result<logical::Plan> Assign(const logical::Plan& plan, const AssignOptions& options) {
  const MergedPlan merged = MergeEqual(plan, options.reuse);
  return Assignment(merged, options).Run();
}

}  // namespace weir::uid
