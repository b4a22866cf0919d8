#include "planner/uid/naming.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "planner/logical/rewrite.h"
#include "planner/uid/assign.h"
#include "runtime/base/hash.h"
#include "runtime/base/names.h"

namespace weir::uid {
namespace {

using logical::Node;

std::vector<int> KeysOf(const Node& node) {
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation))
    return aggregate->keys;
  if (const auto* window = std::get_if<logical::WindowAggregate>(&node.operation))
    return window->keys;
  if (const auto* rank = std::get_if<logical::Rank>(&node.operation)) return rank->partition;
  if (const auto* over = std::get_if<logical::OverAggregate>(&node.operation))
    return over->partition;
  if (const auto* match = std::get_if<logical::Match>(&node.operation))
    return match->spec.partition;
  if (const auto* keep = std::get_if<logical::Deduplicate>(&node.operation)) return keep->keys;
  if (const auto* rows = std::get_if<logical::Normalize>(&node.operation)) return rows->keys;
  if (const auto* rank = std::get_if<logical::WindowRank>(&node.operation))
    return rank->spec.partition;
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) return join->left_keys;
  std::vector<int> keys;
  if (const auto* sort = std::get_if<logical::Sort>(&node.operation)) {
    for (const graph::SortKey& key : sort->keys) keys.push_back(key.column);
  }
  return keys;
}

std::vector<std::string> KeyNames(const Node& node) {
  std::vector<std::string> names;
  for (const int key : KeysOf(node)) {
    names.push_back(node.inputs[0]->columns.at(static_cast<size_t>(key)).name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::set<std::string> SourceNames(const Node& node) {
  const logical::Plan below{node.inputs};
  std::set<std::string> names;
  for (const logical::NodePtr& producer : logical::ProducersFirst(below)) {
    if (const auto* scan = std::get_if<logical::Scan>(&producer->operation))
      names.insert(scan->table);
  }
  return names;
}

const std::vector<expr::AggregateCall>* CallsOf(const Node& node) {
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation))
    return &aggregate->calls;
  if (const auto* window = std::get_if<logical::WindowAggregate>(&node.operation))
    return &window->calls;
  return nullptr;
}

// Keeps lower-case letters, digits and underscores.
std::string AsIdentifier(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return ToLower(name);
}

}  // namespace

std::string KeyText(const Node& node) {
  std::vector<std::string> names;
  for (const std::string& name : KeyNames(node)) names.push_back(Escape(name));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string SourcesText(const Node& node) {
  std::vector<std::string> names;
  for (const std::string& name : SourceNames(node)) names.push_back(Escape(name));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string SuggestName(const Node& node) {
  const std::set<std::string> sources = SourceNames(node);
  std::string name = AsIdentifier(fmt::format("{}", fmt::join(sources, "_")));
  if (name.empty()) name = "rows";
  const std::string keys = AsIdentifier(fmt::format("{}", fmt::join(KeyNames(node), "_")));
  if (!keys.empty()) return name + "_by_" + keys;
  return fmt::format("{}_{}", name, AsIdentifier(RoleOf(node)));
}

std::string WordsOf(const Node& node, const Claim& claim) {
  if (!claim.origin.explicit_id.empty()) return "STATE_ID";
  const bool of_table = std::holds_alternative<logical::Scan>(node.operation) ||
                        std::holds_alternative<logical::Watermark>(node.operation) ||
                        std::holds_alternative<logical::Normalize>(node.operation);
  if (const logical::Scan* scan = of_table ? ScanUnder(node) : nullptr)
    return "table " + scan->table;
  if (!claim.origin.named) return "structure";
  if (!claim.origin.scope_words.empty()) return claim.origin.scope_words;
  if (const auto* sink = std::get_if<logical::Sink>(&node.operation))
    return "sink " + sink->spec.table;
  return claim.origin.scope.empty() ? "structure" : claim.origin.scope;
}

std::string StructuralId(const Node& node, std::vector<std::string> inputs) {
  std::sort(inputs.begin(), inputs.end());
  std::vector<std::string> state;
  if (const auto* calls = CallsOf(node)) {
    for (const expr::AggregateCall& call : *calls) {
      state.push_back(fmt::format("{}:{}", call.state_name, call.result_type.ToString()));
    }
  }
  std::sort(state.begin(), state.end());
  std::string window;
  if (const auto* aggregate = std::get_if<logical::WindowAggregate>(&node.operation)) {
    window = aggregate->window.ToString();
  }
  const std::string text = fmt::format("{}|{}|{}|{}|{}", RoleOf(node), KeyText(node), window,
                                       fmt::join(state, ","), fmt::join(inputs, ","));
  return fmt::format("{:016x}", Hash64(text.data(), text.size())).substr(0, 12);
}

}  // namespace weir::uid
