#include "runtime/operators/flow/sink_constraints.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/quoting.h"
#include "runtime/expr/kernel.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/not_null.h"

namespace weir::operators {
namespace {

bool IsFixed(const Type& type) {
  return type.kind() == TypeKind::kChar || type.kind() == TypeKind::kBinary;
}

size_t LengthOf(const std::string& text, const Type& type) {
  return type.is_binary() ? text.size() : static_cast<size_t>(expr::CountCodePoints(text));
}

// The text cut to the type's length, in bytes or characters; a CHAR or BINARY that is too short is
// filled up.
std::string Fitted(std::string text, const Type& type) {
  const auto length = static_cast<size_t>(type.length());
  const size_t given = LengthOf(text, type);
  if (given > length) {
    size_t end = length;
    if (type.is_character()) {
      end = 0;
      for (size_t i = 0; i < length; ++i) end += expr::Utf8Length(text[end]);
    }
    text.resize(end);
  } else if (IsFixed(type)) {
    text.append(length - given, type.is_binary() ? '\0' : ' ');
  }
  return text;
}

}  // namespace

Result<SinkConstraints> SinkConstraints::Make(const graph::SinkSpec& spec) {
  SinkConstraints made(spec);
  const graph::TypedOptions options(graph::EnforcerOptions(), spec.options);
  made.drops_null_ = options.Is(graph::kNotNullEnforcer, "DROP");
  if (options.Is(graph::kTypeLengthEnforcer, "TRIM_PAD")) made.lengths_ = Lengths::kTrimPad;
  if (options.Is(graph::kTypeLengthEnforcer, "ERROR")) made.lengths_ = Lengths::kError;
  if (options.Is(graph::kNestedConstraintEnforcer, "ROWS")) made.nested_ = Nested::kRows;
  if (options.Is(graph::kNestedConstraintEnforcer, "ROWS_AND_COLLECTIONS"))
    made.nested_ = Nested::kRowsAndCollections;
  for (const std::string& name : spec.not_null_columns) {
    const std::optional<size_t> column = spec.schema.Find(name);
    if (!column) return Status::Internal("a NOT NULL column is not in the table: " + name);
    made.not_null_.push_back(*column);
  }
  for (size_t i = 0; i < spec.schema.size(); ++i) {
    const Type& type = spec.schema.fields[i].type;
    if (made.Trims(type)) made.trimmed_.push_back(i);
    const bool checks = made.HasLength(type) && made.lengths_ == Lengths::kError;
    if (checks || made.LooksInto(type)) made.checked_.push_back(i);
  }
  return made;
}

bool SinkConstraints::HasLength(const Type& type) const {
  return lengths_ != Lengths::kIgnore && (type.is_character() || type.is_binary()) &&
         type.length() != Type::kMaxLength;
}

bool SinkConstraints::LooksInto(const Type& type) const {
  if (nested_ == Nested::kIgnore || !type.is_nested()) return false;
  return nested_ == Nested::kRowsAndCollections || type.kind() == TypeKind::kRow;
}

bool SinkConstraints::Trims(const Type& type) const {
  if (lengths_ != Lengths::kTrimPad) return false;
  if (!LooksInto(type)) return HasLength(type);
  return std::ranges::any_of(type.fields(),
                             [&](const TypeField& field) { return Trims(field.type); });
}

Status SinkConstraints::Apply(Batch& batch) {
  std::vector<uint8_t> dropped;
  for (const size_t column : not_null_) RETURN_IF_ERROR(CheckNulls(batch, column, dropped));
  for (const size_t column : checked_) RETURN_IF_ERROR(CheckValues(batch, column, dropped));
  for (const size_t column : trimmed_) batch.columns[column] = Fit(batch, column);
  if (dropped.empty()) return {};
  BufferPtr ids = MakeBuffer<uint32_t>(batch.row_count);
  uint32_t count = 0;
  ForEachRow(batch, [&](uint32_t row) {
    if (dropped[row] == 0) ids->as<uint32_t>()[count++] = row;
  });
  batch.selection = Selection(std::move(ids), count);
  return {};
}

Status SinkConstraints::CheckNulls(const Batch& batch, size_t column,
                                   std::vector<uint8_t>& dropped) const {
  const Column& values = *batch.columns[column];
  if (!values.has_validity() && values.type().kind() != TypeKind::kNull) return {};
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (!values.IsNull(row)) continue;
    if (!drops_null_) return Refuse(batch, column, row, {.null = true, .reason = "it"});
    dropped.resize(batch.row_count);
    dropped[row] = 1;
  }
  return {};
}

// Checks row by row, which is slow, but only done where an enforcer is set that few tables have.
Status SinkConstraints::CheckValues(const Batch& batch, size_t column,
                                    std::vector<uint8_t>& dropped) const {
  const Type& type = spec_->schema.fields[column].type;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    const Breach breach = FindBreach(GetValue(*batch.columns[column], row), type);
    if (breach.reason.empty()) continue;
    if (!breach.null || !drops_null_) return Refuse(batch, column, row, breach);
    dropped.resize(batch.row_count);
    dropped[row] = 1;
  }
  return {};
}

SinkConstraints::Breach SinkConstraints::FindBreach(const Value& value, const Type& type) const {
  if (value.is_null()) return {};
  if (HasLength(type) && lengths_ == Lengths::kError) {
    const size_t length = LengthOf(value.get<std::string>(), type);
    const auto wanted = static_cast<size_t>(type.length());
    if (length > wanted || (length < wanted && IsFixed(type)))
      return {.null = false,
              .reason = fmt::format("a value of length {} for {}", length,
                                    type.ToStringIgnoringNullability())};
  }
  return LooksInto(type) ? BreachWithin(value, type) : Breach();
}

// Checks the values within a value. As a Value, a map is a list of keys and values in turn, and a
// multiset one of elements and their counts in turn.
SinkConstraints::Breach SinkConstraints::BreachWithin(const Value& value, const Type& type) const {
  const auto& children = value.get<std::vector<Value>>();
  const std::vector<TypeField>& fields = type.fields();
  const bool counted = type.kind() == TypeKind::kMultiset;
  for (size_t i = 0; i < children.size(); ++i) {
    if (counted && i % 2 == 1) continue;
    const size_t child = counted ? 0 : i % fields.size();
    const Type& of = fields[child].type;
    if (children[i].is_null() && !of.nullable())
      return {.null = true,
              .reason = fmt::format("a value of type {}", of.ToString()),
              .path = StepInto(type, child, i)};
    Breach breach = FindBreach(children[i], of);
    if (breach.reason.empty()) continue;
    breach.path.insert(0, StepInto(type, child, i));
    return breach;
  }
  return {};
}

ColumnPtr SinkConstraints::Fit(const Batch& batch, size_t column) const {
  const Column& values = *batch.columns[column];
  const Type& type = spec_->schema.fields[column].type;
  ColumnBuilder builder(values.type(), batch.row_count);
  // Values of rows that do not count are arbitrary.
  uint32_t next = 0;
  ForEachRow(batch, [&](uint32_t row) {
    for (; next < row; ++next) builder.AppendNull();
    builder.AppendValue(FitValue(GetValue(values, row), type));
    ++next;
  });
  for (; next < batch.row_count; ++next) builder.AppendNull();
  return builder.Finish();
}

Value SinkConstraints::FitValue(const Value& value, const Type& type) const {
  if (value.is_null()) return value;
  if (HasLength(type)) return Value(value.type(), Fitted(value.get<std::string>(), type));
  if (!Trims(type)) return value;
  std::vector<Value> children = value.get<std::vector<Value>>();
  for (size_t i = 0; i < children.size(); ++i)
    children[i] = FitValue(children[i], type.fields()[i % type.fields().size()].type);
  return Value(value.type(), std::move(children));
}

Status SinkConstraints::Refuse(const Batch& batch, size_t column, uint32_t row,
                               const Breach& breach) const {
  std::string text;
  FormatRow(batch, row, text);
  const std::string name = spec_->schema.fields[column].name + breach.path;
  if (breach.null) {
    return Status::DataError(fmt::format("NULL in a NOT NULL column: '{}' of table {}, row {}",
                                         name, spec_->table, Quotable(text)))
        .WithId("E3004");
  }
  return Status::DataError(fmt::format("{} in column '{}' of table {}, row {}", breach.reason, name,
                                       spec_->table, Quotable(text)))
      .WithId("E3008")
      .WithHint("'table.exec.sink.type-length-enforcer' = 'TRIM_PAD' cuts and fills such values");
}

}  // namespace weir::operators
