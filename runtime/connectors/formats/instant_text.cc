#include "runtime/connectors/formats/instant_text.h"

#include <algorithm>

#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

bool HasInstants(const Type& type) {
  return type.kind() == TypeKind::kTimestampLtz ||
         std::ranges::any_of(type.fields(), HasInstants, &TypeField::type);
}

Type MarkedType(const Type& type) {
  if (type.kind() == TypeKind::kTimestampLtz) return Type::String().WithNullable(type.nullable());
  if (!HasInstants(type)) return type;
  std::vector<TypeField> fields = type.fields();
  for (TypeField& field : fields) field.type = MarkedType(field.type);
  const auto make = [&] {
    switch (type.kind()) {
      case TypeKind::kArray:
        return Type::Array(fields[0].type);
      case TypeKind::kMap:
        return Type::Map(fields[0].type, fields[1].type);
      case TypeKind::kMultiset:
        return Type::Multiset(fields[0].type);
      default:
        return Type::Row(std::move(fields));
    }
  };
  return make().WithNullable(type.nullable());
}

ColumnPtr MarkedColumn(const ColumnPtr& column) {
  const Type& type = column->type();
  if (!HasInstants(type)) return column;
  MutableColumnPtr marked = Column::Make(MarkedType(type), column->length(), column->is_constant());
  if (column->has_validity()) marked->ShareValidity(column->validity_buffer());
  if (type.kind() == TypeKind::kTimestampLtz) {
    std::string text;
    for (uint32_t row = 0; row < column->stored(); ++row) {
      text.clear();
      if (!column->IsNull(row)) FormatCell(*column, row, text);
      marked->SetString(row, text + 'Z');
    }
    return marked;
  }
  if (type.physical() == PhysicalType::kList) {
    std::copy_n(column->offsets(), column->stored() + 1, marked->mutable_offsets());
  }
  for (const ColumnPtr& child : column->children()) marked->AddChild(MarkedColumn(child));
  return marked;
}

}  // namespace

Batch WithMarkedInstants(Batch batch) {
  const bool any = std::ranges::any_of(
      batch.columns, [](const ColumnPtr& column) { return HasInstants(column->type()); });
  if (!any) return batch;
  batch = Compact(std::move(batch));  // rows that do not count hold arbitrary values
  for (ColumnPtr& column : batch.columns) column = MarkedColumn(column);
  return batch;
}

}  // namespace weir::connectors
