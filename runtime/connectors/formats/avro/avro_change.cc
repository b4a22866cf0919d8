#include "runtime/connectors/formats/avro/avro_change.h"

namespace weir::connectors::avro {
namespace {

// The most steps for the rows of all records that one writer's union has. A plan is bounded by
// itself, but each of many records may name the same large row twice.
constexpr size_t kMostRowNodes = 100'000;

}  // namespace

AvroChangePlan MakeAvroChangePlan(const AvroSchema& writer, const AvroSchema& reader,
                                  const Schema& columns, std::span<const int> wanted) {
  AvroChangePlan plan;
  plan.change = MakeChangePlan(writer, reader);
  size_t nodes = 0;
  for (size_t root = 0; root < plan.change.roots.size(); ++root) {
    std::array<AvroSide, 2>& sides = plan.sides.emplace_back();
    AvroNode& record = plan.change.nodes[plan.change.roots[root].node];
    if (nodes > kMostRowNodes) {
      record = {.step = AvroStep::kFail, .texts = {"its schemas are too large"}};
      continue;
    }
    const AvroSchema& written = writer.kind == AvroKind::kUnion ? *writer.parts[root] : writer;
    for (size_t i = 0; i < record.targets.size(); ++i) {
      const int field = record.targets[i];
      const AvroSchema& schema = *written.fields[i].schema;
      if (field == kNoField || field == kOpField || schema.kind == AvroKind::kNull) continue;
      const auto number = static_cast<size_t>(field);
      const AvroSchema& row = *WithoutNull(*reader.fields[number].schema);
      sides[number] = {MakeAvroPlan(schema, row, columns, wanted), false, NullBranchOf(schema)};
      nodes += sides[number].rows.nodes.size();
    }
  }
  return plan;
}

bool AvroChangeFinder::Find(const AvroChangePlan& plan, std::string_view record) {
  rows_ = {};
  op_ = {};
  size_t root = 0;
  if (!Open(plan.change, record, root)) return false;
  const AvroNode& fields = plan.change.nodes[plan.change.roots[root].node];
  if (fields.step == AvroStep::kFail) return Refuse(fields.texts[0]);
  for (size_t i = 0; i < fields.parts.size(); ++i) {
    const AvroNode& part = plan.change.nodes[fields.parts[i]];
    const int field = fields.targets[i];
    if (field == kOpField) {
      if (!TakeText(part)) return false;
      continue;
    }
    if (field != kNoField) {
      const auto number = static_cast<size_t>(field);
      if (!FindRow(plan.sides[root][number], rows_[number])) return false;
    }
    if (!Skip(part, 0)) return false;
  }
  return true;
}

// Looks at what comes next, and takes nothing.
bool AvroChangeFinder::FindRow(const AvroSide& side, AvroFoundRow& row) {
  if (side.lacking) return true;
  const AvroReader begin = reader_;
  int64_t branch = -1;
  if (side.rows.in_union && !reader_.TakeLong(branch)) return EndsEarly();
  reader_ = begin;
  if (side.null_branch < 0 || branch != side.null_branch)
    row = {&side.rows, {begin.at(), begin.left()}};
  return true;
}

bool AvroChangeFinder::TakeText(const AvroNode& node) {
  switch (node.step) {
    case AvroStep::kUnion: {
      size_t branch = 0;
      return TakeBranch(node, branch) && TakeText(plan_->nodes[node.parts[branch]]);
    }
    case AvroStep::kText:
      return reader_.TakeBytes(op_) || EndsEarly();
    case AvroStep::kSymbol: {
      int64_t number = 0;
      if (!reader_.TakeLong(number)) return EndsEarly();
      if (number < 0 || number >= static_cast<int64_t>(node.texts.size()))
        return Refuse("it is none of the symbols of its schema");
      op_ = node.texts[static_cast<size_t>(number)];
      return true;
    }
    case AvroStep::kNull:
      return true;
    default:
      return Refuse(node.texts[0]);  // kFail
  }
}

}  // namespace weir::connectors::avro
