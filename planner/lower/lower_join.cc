#include "planner/logical/row_maker.h"
#include "planner/lower/lowering.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using logical::Node;

graph::JoinInput InputOf(const Node& node, size_t side, std::vector<int> keys,
                         const traits::NodeTraits& traits) {
  graph::JoinInput input;
  input.schema = logical::SchemaOf(*node.inputs[side]);
  input.keys = std::move(keys);
  input.unique_key = traits.upsert_key;
  input.retracts = !traits.gives.append_only();
  return input;
}

// Whether an old row of an update can come without its new one, so that it says that a version
// ends. What keeps one row of a key gives both.
bool EndsByOldRows(const Node& node) {
  const logical::Operation& made = logical::RowMaker(node).operation;
  return !(std::holds_alternative<logical::Scan>(made) ||
           std::holds_alternative<logical::Normalize>(made) ||
           std::holds_alternative<logical::Deduplicate>(made) ||
           std::holds_alternative<logical::Rank>(made) ||
           std::holds_alternative<logical::Aggregate>(made));
}

}  // namespace

// Rows of equal keys must meet on one subtask; without keys all rows must.
Result<int> Lowering::LowerJoin(const Node& node, const logical::Join& join) {
  graph::JoinShape shape;
  shape.type = join.type;
  shape.left = InputOf(node, 0, join.left_keys, TraitsOf(*node.inputs[0]));
  shape.right = InputOf(node, 1, join.right_keys, TraitsOf(*node.inputs[1]));
  shape.left.ttl_millis = join.left_ttl_millis;
  shape.right.ttl_millis = join.right_ttl_millis;
  shape.null_safe = join.null_safe;
  shape.residual = join.residual;
  shape.hints = join.hints;
  graph::OperatorSpec spec = graph::JoinSpec{shape};
  if (join.versions) {
    spec = graph::TemporalJoinSpec{shape, join.versions->left_time, join.versions->right_time,
                                   !join.versions->each_row && EndsByOldRows(*node.inputs[1])};
  } else if (join.interval) {
    const logical::JoinInterval& interval = *join.interval;
    // Processing time is when the operator takes a row, which no column says.
    const bool by_clock = interval.processing_time;
    spec = graph::IntervalJoinSpec{shape, by_clock ? -1 : interval.left_time,
                                   by_clock ? -1 : interval.right_time, interval.lower_millis,
                                   interval.upper_millis};
  } else if (join.window) {
    const logical::JoinWindow& window = *join.window;
    spec = graph::WindowJoinSpec{shape, window.left_end, window.right_end, window.processing_time,
                                 window.instants ? options_.time_zone : ""};
  }
  const int left = TRY(Lower(node.inputs[0]));
  const int right = TRY(Lower(node.inputs[1]));
  const uint32_t parallelism = join.left_keys.empty() ? 1 : 0;
  return Add({&node,
              std::move(spec),
              {ByKey(left, join.left_keys), ByKey(right, join.right_keys)},
              parallelism,
              ""});
}

}  // namespace weir::lower
