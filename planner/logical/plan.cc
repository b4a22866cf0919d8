#include "planner/logical/plan.h"

namespace weir::logical {

NodePtr MakeNode(Operation operation, std::vector<NodePtr> inputs, std::vector<Column> columns,
                 Origin origin) {
  return std::make_shared<const Node>(
      Node{std::move(operation), std::move(inputs), std::move(columns), std::move(origin)});
}

Schema SchemaOf(const Node& node) {
  Schema schema;
  schema.fields.reserve(node.columns.size());
  for (const Column& column : node.columns) schema.fields.push_back({column.name, column.type});
  return schema;
}

}  // namespace weir::logical
