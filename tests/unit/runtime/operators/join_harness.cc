#include "tests/unit/runtime/operators/join_harness.h"

namespace weir::operators {
namespace {

const graph::JoinShape& JoinShapeOf(const graph::OperatorSpec& spec) {
  if (const auto* join = std::get_if<graph::JoinSpec>(&spec)) return join->shape;
  if (const auto* join = std::get_if<graph::IntervalJoinSpec>(&spec)) return join->shape;
  if (const auto* join = std::get_if<graph::TemporalJoinSpec>(&spec)) return join->shape;
  return std::get<graph::WindowJoinSpec>(spec).shape;
}

std::vector<KeyedInput> InputsOf(const graph::JoinShape& shape) {
  return {{shape.left.schema, shape.left.keys}, {shape.right.schema, shape.right.keys}};
}

}  // namespace

Schema JoinedSchema(const graph::JoinShape& shape) {
  Schema output;
  for (Field field : shape.left.schema.fields) {
    if (graph::KeepsRight(shape.type)) field.type = field.type.WithNullable(true);
    output.fields.push_back(std::move(field));
  }
  if (graph::GivesLeftOnly(shape.type)) return output;
  for (Field field : shape.right.schema.fields) {
    if (graph::KeepsLeft(shape.type)) field.type = field.type.WithNullable(true);
    output.fields.push_back(std::move(field));
  }
  return output;
}

JoinHarness::JoinHarness(const graph::OperatorSpec& spec, KeyedHarnessOptions options)
    : KeyedHarness(spec, InputsOf(JoinShapeOf(spec)), JoinedSchema(JoinShapeOf(spec)), options) {}

}  // namespace weir::operators
