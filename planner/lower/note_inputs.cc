#include "planner/lower/note_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/hash.h"

namespace weir::lower {
namespace {

// Plans whose CTEs each read their predecessor twice have ways without number. Of more than so many
// it is not told what is computed on them, and not how often one comes.
constexpr uint32_t kMostTimes = 1000;
constexpr size_t kMostWays = 64;

struct Way {
  std::string uid;
  std::string side;   // of the operator that reads: "left", "right"; "" without sides
  uint64_t path = 0;  // a hash of the conditions on the way
  // What its columns are of those of `uid`, and hashes of what is computed. Those of a table have
  // their names: their numbers are others where somebody else reads the same table, too.
  std::vector<std::string> columns = {};
  friend auto operator<=>(const Way&, const Way&) = default;
};
using Ways = std::map<Way, uint32_t>;

bool Keeps(const graph::JobGraph& graph, const graph::Node& node) {
  if (std::holds_alternative<graph::ScanSpec>(node.spec)) return true;
  return !graph::StateOf(node.spec, graph::InputSchema(graph, node)).tables.empty();
}

void Add(const Way& way, uint32_t times, Ways& ways) {
  uint32_t& known = ways[way];
  known = std::min(kMostTimes, known + times);
}

// Without what is computed, where there are too many.
void Limit(Ways& ways) {
  if (ways.size() <= kMostWays) return;
  Ways merged;
  for (const auto& [way, times] : ways) Add({way.uid, way.side, 0}, times, merged);
  ways = std::move(merged);
}

uint64_t HashOf(uint64_t path, const std::string& text) {
  const std::string all = fmt::format("{:x} {}", path, text);
  return Hash64(all.data(), all.size());
}

// Whether the operator parts the rows of a scan from its bad records, which says nothing of them.
bool PartsBadRecords(const graph::JobGraph& graph, const graph::Node& node) {
  const graph::Node& input = graph.nodes[static_cast<size_t>(node.inputs.front().from)];
  const auto* scan = std::get_if<graph::ScanSpec>(&input.spec);
  return scan != nullptr && scan->reports_bad;
}

std::vector<std::string> NamesOf(const graph::Node& node) {
  std::vector<std::string> names;
  for (const Field& field : node.output.fields) names.push_back(field.name);
  return names;
}

// Results that look alike, but are called otherwise, are told apart by their places alone.
std::vector<std::string> NumbersOf(const graph::Node& node) {
  std::vector<std::string> numbers;
  for (size_t i = 0; i < node.output.size(); ++i) numbers.push_back(fmt::format("${}", i));
  return numbers;
}

uint64_t PlaceOf(const Way& way) {
  return HashOf(way.path, fmt::format("{}", fmt::join(way.columns, ", ")));
}

// What a column is, of which the others are `columns`.
std::string Computed(const expr::Expr& column, const std::vector<std::string>& columns) {
  std::string text = expr::ToString(column, columns);
  if (column.kind == expr::ExprKind::kColumn) return text;
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

// Goes on through a stateless operator.
void Pass(const graph::JobGraph& graph, const graph::Node& node, Way& way) {
  if (!way.side.empty()) way.path = HashOf(way.path, way.side);
  way.side.clear();
  const auto* calc = std::get_if<graph::CalcSpec>(&node.spec);
  if (calc != nullptr && PartsBadRecords(graph, node)) {
    way.columns = NamesOf(node);
  } else if (calc != nullptr) {
    if (calc->filter) way.path = HashOf(way.path, expr::ToString(*calc->filter, way.columns));
    std::vector<std::string> columns;
    for (const expr::ExprPtr& one : calc->projections)
      columns.push_back(Computed(*one, way.columns));
    way.columns = std::move(columns);
  } else if (way.columns.size() != node.output.size()) {
    way.path = PlaceOf(way);
    way.columns = NumbersOf(node);
  }
}

// The ways to an operator, by its inputs. Only of a join it matters which one is which.
Ways WaysTo(const graph::Node& node, const std::vector<Ways>& above) {
  const bool sides =
      node.inputs.size() == 2 && !std::holds_alternative<graph::UnionSpec>(node.spec);
  Ways ways;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    for (const auto& [way, times] : above[static_cast<size_t>(node.inputs[i].from)]) {
      Way here = way;
      if (sides) here.side = i == 0 ? "left" : "right";
      Add(here, times, ways);
    }
  }
  Limit(ways);
  return ways;
}

// One line for each; a single way needs no place.
std::string Lines(const Ways& ways) {
  std::string lines;
  for (const auto& [way, times] : ways) {
    std::string place;
    if (ways.size() > 1 || times > 1)
      place = fmt::format("{}{}{:016x}", way.side, way.side.empty() ? "" : " ", PlaceOf(way));
    if (times > 1) place += fmt::format(" x{}", times);
    lines += fmt::format("of\t{}\t{}\n", place, way.uid);
  }
  return lines;
}

}  // namespace

void NoteInputs(graph::JobGraph& graph) {
  std::vector<Ways> above(graph.nodes.size());  // seen from above each node
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    graph::Node& node = graph.nodes[i];
    const Ways ways = WaysTo(node, above);
    if (!node.fingerprint.empty()) node.fingerprint += Lines(ways);
    if (Keeps(graph, node)) {
      const bool scan = std::holds_alternative<graph::ScanSpec>(node.spec);
      above[i] = {{Way{node.uid, "", 0, scan ? NamesOf(node) : NumbersOf(node)}, 1}};
      continue;
    }
    for (const auto& [way, times] : ways) {
      Way on = way;
      Pass(graph, node, on);
      Add(on, times, above[i]);
    }
  }
}

}  // namespace weir::lower
