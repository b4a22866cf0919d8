#include "runtime/connectors/formats/parquet/writable.h"

#include <fmt/format.h>

namespace weir::connectors::parquet {
namespace {

// The columns that something within a type is of, as Parquet has no such values.
bool HasInterval(const Type& type) {
  if (type.is_interval() || type.kind() == TypeKind::kNull) return true;
  if (type.kind() == TypeKind::kRow && type.fields().empty()) return true;
  for (const TypeField& field : type.fields())
    if (HasInterval(field.type)) return true;
  return false;
}

}  // namespace

Status CheckWritable(const Schema& columns) {
  for (const Field& field : columns.fields) {
    if (!HasInterval(field.type)) continue;
    return Status::Unsupported(fmt::format("a column of {} in 'format' = 'parquet' is not "
                                           "supported: \"{}\"",
                                           field.type.ToString(), field.name))
        .WithHint("Parquet has no such type; CAST makes a text or a number of it");
  }
  return {};
}

}  // namespace weir::connectors::parquet
