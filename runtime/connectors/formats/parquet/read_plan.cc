#include "runtime/connectors/formats/parquet/read_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::connectors::parquet {
namespace {

using arrow::ArrowKind;
using arrow::ArrowType;
using arrow::ArrowTypeOf;
using arrow::ArrowTypeText;
using arrow::ReadNode;

size_t LeavesOf(const ArrowSchema& schema) {
  if (schema.n_children == 0) return 1;
  size_t leaves = 0;
  for (int64_t i = 0; i < schema.n_children; ++i) leaves += LeavesOf(*schema.children[i]);
  return leaves;
}

bool IsIntegerType(ArrowKind kind) {
  return kind == ArrowKind::kSigned || kind == ArrowKind::kUnsigned;
}

// No digit may be lost, whatever the values are: fewer digits behind the point are none of the
// type's.
bool ReadsDecimal(const ArrowType& from, const Type& type) {
  if (IsIntegerType(from.kind)) return type.scale() == 0;
  return from.kind == ArrowKind::kDecimal && from.width == 16 && from.scale >= 0 &&
         from.scale <= type.scale();
}

// Whether values of the file can become values of the type, perhaps not all: numbers are checked
// one by one.
bool Reads(const ArrowType& from, const Type& type) {
  if (from.kind == ArrowKind::kNull) return true;
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return from.kind == ArrowKind::kBoolean;
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
      return IsIntegerType(from.kind);
    case TypeKind::kFloat:
      return from.kind == ArrowKind::kFloat && from.width == 4;
    case TypeKind::kDouble:
      return from.kind == ArrowKind::kFloat;
    case TypeKind::kDecimal:
      return ReadsDecimal(from, type);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return from.kind == ArrowKind::kText || from.kind == ArrowKind::kBytes;
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return from.kind == ArrowKind::kText || from.kind == ArrowKind::kBytes ||
             from.kind == ArrowKind::kFixedBytes;
    case TypeKind::kDate:
      return from.kind == ArrowKind::kDate;
    case TypeKind::kTime:
      return from.kind == ArrowKind::kTime;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return from.kind == ArrowKind::kTimestamp;
    case TypeKind::kArray:
      return from.kind == ArrowKind::kList;
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return from.kind == ArrowKind::kMap;
    case TypeKind::kRow:
      return from.kind == ArrowKind::kStruct;
    default:
      return false;
  }
}

class Planner {
 public:
  explicit Planner(const std::vector<bool>& int96) : int96_(int96), read_(int96.size()) {}

  Result<ReadPlan> Run(const ArrowSchema& file, std::span<const Field> wanted) {
    std::vector<TypeField> fields;
    for (const Field& field : wanted) fields.push_back({field.name, field.type});
    ReadPlan plan;
    plan.columns = TRY(Fields(file, 0, fields, ""));
    for (size_t leaf = 0; leaf < read_.size(); ++leaf)
      if (read_[leaf]) plan.leaves.push_back(static_cast<int>(leaf));
    plan.nanos = nanos_;
    return plan;
  }

 private:
  // The fields of a struct whose first leaf is number `leaf`.
  Result<std::vector<ReadNode>> Fields(const ArrowSchema& schema, size_t leaf,
                                       const std::vector<TypeField>& fields,
                                       const std::string& path) {
    std::vector<ReadNode> nodes;
    bool any = false;
    for (const TypeField& field : fields) {
      ReadNode node{field.type, path.empty() ? field.name : fmt::format("{}.{}", path, field.name)};
      size_t at = leaf;
      for (int64_t i = 0; i < schema.n_children && node.child < 0; ++i) {
        if (field.name == schema.children[i]->name) {
          node.child = static_cast<int>(i);
          RETURN_IF_ERROR(Match(*schema.children[i], at, node));
        }
        at += LeavesOf(*schema.children[i]);
      }
      if (node.child < 0 && !field.type.nullable()) return Lacks(node);
      any = any || node.child >= 0;
      nodes.push_back(std::move(node));
    }
    // Of a field without any that the file has, one leaf says where the row itself is NULL.
    if (!any && !path.empty()) read_[leaf] = true;
    return nodes;
  }

  Status Match(const ArrowSchema& schema, size_t leaf, ReadNode& node) {
    node.from = ArrowTypeOf(schema);
    if (!Reads(node.from, node.type)) return Differs(node, schema);
    if (schema.n_children == 0) {
      read_[leaf] = true;
      node.int96 = node.from.kind == ArrowKind::kTimestamp && int96_[leaf];
      nanos_ = nanos_ || (node.int96 && node.type.precision() > 6);
      return {};
    }
    if (node.from.kind == ArrowKind::kStruct) {
      node.parts = TRY(Fields(schema, leaf, node.type.fields(), node.path));
      return {};
    }
    const bool map = node.from.kind == ArrowKind::kMap;
    const ArrowSchema& holder = map ? *schema.children[0] : schema;
    const std::vector<TypeField> parts = PartsOf(node.type);
    for (size_t i = 0; i < parts.size(); ++i) {
      ReadNode part{parts[i].type, fmt::format("{}.{}", node.path, parts[i].name)};
      part.child = static_cast<int>(i);
      RETURN_IF_ERROR(Match(*holder.children[i], leaf, part));
      leaf += LeavesOf(*holder.children[i]);
      node.parts.push_back(std::move(part));
    }
    return {};
  }

  // A collection's children, with names for messages. A multiset is a map to how often.
  static std::vector<TypeField> PartsOf(const Type& type) {
    const std::vector<TypeField>& fields = type.fields();
    if (type.kind() == TypeKind::kArray) return {{"element", fields[0].type}};
    if (type.kind() == TypeKind::kMap) return {{"key", fields[0].type}, {"value", fields[1].type}};
    return {{"key", fields[0].type}, {"value", Type::Int().WithNullable(false)}};
  }

  static Status Lacks(const ReadNode& node) {
    return Status::DataError(
               fmt::format("column \"{}\" is NOT NULL, and the file does not have it", node.path))
        .WithId("E3005")
        .WithHint("columns are found by their names, upper and lower case apart");
  }

  static Status Differs(const ReadNode& node, const ArrowSchema& schema) {
    return Status::DataError(fmt::format("column \"{}\" is {}, and the file has it as {}",
                                         node.path, node.type.ToStringIgnoringNullability(),
                                         ArrowTypeText(schema)))
        .WithId("E3005")
        .WithHint("declare the column with a type that the file's is read as");
  }

  const std::vector<bool>& int96_;
  std::vector<bool> read_;
  bool nanos_ = false;
};

}  // namespace

Result<ReadPlan> PlanRead(const ArrowSchema& file, const std::vector<bool>& int96,
                          std::span<const Field> wanted) {
  return Planner(int96).Run(file, wanted);
}

}  // namespace weir::connectors::parquet
