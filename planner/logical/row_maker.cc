#include "planner/logical/row_maker.h"

namespace weir::logical {

const Node& RowMaker(const Node& node) {
  const bool passes = std::holds_alternative<Project>(node.operation) ||
                      std::holds_alternative<Watermark>(node.operation);
  return passes ? RowMaker(*node.inputs[0]) : node;
}

}  // namespace weir::logical
