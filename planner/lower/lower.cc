#include "planner/lower/lower.h"

#include <fmt/format.h>

#include "planner/logical/rewrite.h"
#include "planner/lower/lowering.h"
#include "planner/lower/note_inputs.h"
#include "planner/lower/prune_fields.h"

namespace weir::lower {
namespace {

using logical::Node;
using logical::NodePtr;

// "m" of "sink:per_minute/cte:m".
std::string LastName(const std::string& scope) {
  const size_t cut = scope.find_last_of("/:");
  return cut == std::string::npos ? scope : scope.substr(cut + 1);
}

std::string_view PhasePrefix(const graph::OperatorSpec& spec) {
  const auto prefix = [](graph::AggregatePhase phase) -> std::string_view {
    return phase == graph::AggregatePhase::kLocal ? "Local" : "";
  };
  if (const auto* group = std::get_if<graph::GroupAggregateSpec>(&spec))
    return prefix(group->phase);
  if (const auto* window = std::get_if<graph::WindowAggregateSpec>(&spec))
    return prefix(window->phase);
  return "";
}

std::string NameFor(const graph::OperatorSpec& spec, const Node& node) {
  std::string subject = LastName(node.origin.scope);
  if (const auto* scan = std::get_if<graph::ScanSpec>(&spec)) subject = scan->table;
  if (const auto* sink = std::get_if<graph::SinkSpec>(&spec)) subject = sink->table;
  std::string kind = std::string(PhasePrefix(spec)) + std::string(graph::OperatorKindName(spec));
  return subject.empty() ? kind : fmt::format("{}({})", kind, subject);
}

}  // namespace

Lowering::Lowering(const logical::Plan& plan, const traits::TraitMap& traits,
                   const LowerOptions& options)
    : plan_(plan), traits_(traits), options_(options), consumers_(logical::CountConsumers(plan)) {
  // Names of stateless operators are derived from those that have an identity.
  for (const NodePtr& node : logical::ProducersFirst(plan)) {
    if (node->origin.identity) uids_.insert(node->origin.identity->uid);
    if (std::holds_alternative<logical::FromChangelog>(node->operation)) KeepOrderBelow(*node);
    if (std::holds_alternative<logical::BadRecords>(node->operation))
      reporting_scans_[node->inputs[0].get()] = -1;
  }
}

Result<graph::JobGraph> Lowering::Run() {
  for (const NodePtr& root : plan_.roots) {
    for (const NodePtr& input : root->inputs) TRY(Lower(input));
    // Before the root, as nothing may come after it.
    RETURN_IF_ERROR(LowerSteps());
    TRY(Lower(root));
  }
  PruneFields(graph_);
  NoteInputs(graph_);
  return std::move(graph_);
}

// Lowers a node by what it is.
struct Lowering::Switch {
  Lowering& lowering;
  const NodePtr& pointer;
  const Node& node;

  Result<int> operator()(const logical::Scan& scan) const { return lowering.LowerScan(node, scan); }
  Result<int> operator()(const logical::BadRecords&) const {
    return lowering.LowerBadRecords(node);
  }
  Result<int> operator()(const logical::Values& values) const {
    return lowering.LowerValues(node, values);
  }
  Result<int> operator()(const logical::Watermark& watermark) const {
    return lowering.AddBehind(node, watermark.spec, TRY(lowering.Lower(node.inputs[0])), "");
  }
  Result<int> operator()(const logical::WindowTable& table) const {
    return lowering.LowerWindowTable(node, table);
  }
  Result<int> operator()(const logical::Filter&) const { return lowering.LowerCalc(pointer); }
  Result<int> operator()(const logical::Project&) const { return lowering.LowerCalc(pointer); }
  Result<int> operator()(const logical::Aggregate& aggregate) const {
    return lowering.LowerAggregate(node, aggregate);
  }
  Result<int> operator()(const logical::WindowAggregate& aggregate) const {
    return lowering.LowerWindowAggregate(node, aggregate);
  }
  Result<int> operator()(const logical::Over&) const {
    return Status::Internal("a rank without a pattern came through the rules");
  }
  Result<int> operator()(const logical::OverAggregate& over) const {
    return lowering.LowerOver(node, over);
  }
  Result<int> operator()(const logical::Match& match) const {
    return lowering.LowerMatch(node, match);
  }
  Result<int> operator()(const logical::Rank& rank) const { return lowering.LowerRank(node, rank); }
  Result<int> operator()(const logical::Deduplicate& deduplicate) const {
    return lowering.LowerDeduplicate(node, deduplicate);
  }
  Result<int> operator()(const logical::Normalize& normalize) const {
    return lowering.LowerNormalize(node, normalize);
  }
  Result<int> operator()(const logical::WindowRank& rank) const {
    return lowering.LowerWindowRank(node, rank);
  }
  Result<int> operator()(const logical::Union&) const { return lowering.LowerUnion(node); }
  Result<int> operator()(const logical::Replicate&) const {
    return lowering.AddBehind(node, graph::ReplicateSpec{}, TRY(lowering.Lower(node.inputs[0])),
                              "replicate");
  }
  Result<int> operator()(const logical::ToChangelog& changes) const {
    return lowering.AddBehind(node, changes.spec, TRY(lowering.Lower(node.inputs[0])),
                              "to_changelog");
  }
  Result<int> operator()(const logical::FromChangelog& changes) const {
    return lowering.AddBehind(node, changes.spec, TRY(lowering.Lower(node.inputs[0])),
                              "from_changelog");
  }
  Result<int> operator()(const logical::Recursion& recursion) const {
    return lowering.LowerRecursion(pointer, recursion);
  }
  Result<int> operator()(const logical::RecursiveScan& scan) const {
    return lowering.LowerRecursiveScan(scan);
  }
  Result<int> operator()(const logical::Sort& sort) const { return lowering.LowerSort(node, sort); }
  Result<int> operator()(const logical::Sink& sink) const { return lowering.LowerSink(node, sink); }
  Result<int> operator()(const logical::Collect&) const { return lowering.LowerCollect(node); }
  Result<int> operator()(const logical::Join& join) const {
    return join.lookup ? lowering.LowerLookup(node, join) : lowering.LowerJoin(node, join);
  }
};

Result<int> Lowering::Lower(const NodePtr& pointer) {
  const auto known = lowered_.find(pointer.get());
  if (known != lowered_.end()) return known->second;
  const int index = TRY(std::visit(Switch{*this, pointer, *pointer}, pointer->operation));
  lowered_[pointer.get()] = index;
  return index;
}

int Lowering::Add(Draft draft) {
  const Node& node = *draft.node;
  const traits::NodeTraits& traits = TraitsOf(node);
  graph::Node added;
  added.index = static_cast<int>(graph_.nodes.size());
  added.name = NameFor(draft.spec, node);
  added.span = node.origin.span;
  if (draft.role.empty() && node.origin.identity) {
    const logical::Identity& identity = *node.origin.identity;
    added.uid = identity.uid;
    added.also = identity.also;
    added.uid_stable = identity.stable;
    added.uid_origin = identity.words;
    added.suggested_name = identity.suggested_name;
    added.fingerprint = identity.fingerprint;
    added.former_fingerprint = identity.former_fingerprint;
    added.third_fingerprint = identity.third_fingerprint;
    added.renamed_fingerprint = identity.renamed_fingerprint;
  } else {
    added.uid = StatelessUid(node.origin, draft.role);
    added.uid_origin = node.origin.scope_words;
  }
  added.spec = std::move(draft.spec);
  added.inputs = std::move(draft.inputs);
  added.output = logical::SchemaOf(node);
  added.changelog = traits.gives;
  added.upsert_key = traits.upsert_key;
  added.late_marks = traits.late_marks;
  added.parallelism = draft.parallelism;
  graph_.nodes.push_back(std::move(added));
  return static_cast<int>(graph_.nodes.size()) - 1;
}

int Lowering::AddBehind(const Node& node, graph::OperatorSpec spec, int input,
                        std::string_view role) {
  return Add({&node,
              std::move(spec),
              {{input, graph::ExchangeKind::kForward, {}}},
              At(input).parallelism,
              role});
}

int Lowering::AddByKey(const Node& node, graph::OperatorSpec spec, const std::vector<int>& keys,
                       int input) {
  const uint32_t parallelism = keys.empty() ? 1 : 0;
  return Add({&node, std::move(spec), {ByKey(input, keys)}, parallelism, ""});
}

std::string Lowering::StatelessUid(const logical::Origin& origin, std::string_view role) {
  const std::string base =
      origin.scope.empty() ? std::string(role) : fmt::format("{}/{}", origin.scope, role);
  std::string uid = base;
  for (int n = 2; !uids_.insert(uid).second; ++n) uid = fmt::format("{}#{}", base, n);
  return uid;
}

Result<graph::JobGraph> Lower(const logical::Plan& plan, const traits::TraitMap& traits,
                              const LowerOptions& options) {
  return Lowering(plan, traits, options).Run();
}

}  // namespace weir::lower
