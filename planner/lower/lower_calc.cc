#include <fmt/format.h>

#include "planner/logical/rewrite.h"
#include "planner/lower/conjunction.h"
#include "planner/lower/lowering.h"
#include "runtime/base/hash.h"

namespace weir::lower {
namespace {

using logical::Node;
using logical::NodePtr;

// The rows in one line, without the characters that separate lines and fields of a meaning.
std::string RowsText(const logical::Values& values) {
  std::string text;
  for (const auto& row : values.rows) {
    text += text.empty() ? "VALUES (" : ", (";
    for (size_t i = 0; i < row.size(); ++i) {
      text += fmt::format("{}{}", i == 0 ? "" : ", ", expr::ToString(*row[i], {}));
    }
    text += ")";
  }
  const uint64_t hash = Hash64(text.data(), text.size());
  // The hash tells longer texts apart that begin alike.
  constexpr size_t kShown = 200;
  if (text.size() > kShown) text.resize(kShown);
  // Only ASCII, because the cut above may be in the middle of a UTF-8 character.
  for (char& c : text) c = c < ' ' || c == '\\' || c > '~' ? '?' : c;
  return fmt::format("{} #{:016x}", text, hash);
}

}  // namespace

Result<int> Lowering::LowerValues(const Node& node, const logical::Values& values) {
  const int index = Add({&node, graph::ValuesSpec{values.rows}, {}, 1, "values"});
  // The uid has an ordinal, so it may mean other rows after an edit. A restore therefore tells the
  // operator by its rows, which were emitted before or not.
  graph::Node& added = graph_.nodes[static_cast<size_t>(index)];
  added.fingerprint = fmt::format("from\t\t{}\nversion\t\t2\n", RowsText(values));
  added.third_fingerprint = added.fingerprint;
  return index;
}

Result<int> Lowering::LowerCalc(const NodePtr& node) {
  graph::CalcSpec calc;
  NodePtr below = node;
  if (const auto* project = std::get_if<logical::Project>(&node->operation)) {
    calc.projections = project->expressions;
    below = node->inputs[0];
  } else {
    for (size_t i = 0; i < node->columns.size(); ++i) {
      calc.projections.push_back(logical::ColumnRef(*node->inputs[0], static_cast<int>(i)));
    }
  }
  // Filters that have no other reader become part of this operator.
  while (const auto* filter = std::get_if<logical::Filter>(&below->operation)) {
    if (below != node && consumers_.at(below.get()) > 1) break;
    calc.filter = And(filter->predicate, calc.filter);
    below = NodePtr(below->inputs[0]);
  }
  return AddBehind(*node, std::move(calc), TRY(Lower(below)), "calc");
}

}  // namespace weir::lower
