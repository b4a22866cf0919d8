#include <array>

#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

using ast::DataType;
using ast::TypeKind;

// What may follow a type's name in parentheses.
enum class Parameters : uint8_t { kNone, kOne, kTwo };
struct TypeWord {
  std::string_view word;
  TypeKind kind;
  Parameters parameters;
};

constexpr auto kTypes = std::to_array<TypeWord>({
    {"BOOLEAN", TypeKind::kBoolean, Parameters::kNone},
    {"TINYINT", TypeKind::kTinyInt, Parameters::kNone},
    {"SMALLINT", TypeKind::kSmallInt, Parameters::kNone},
    {"INT", TypeKind::kInteger, Parameters::kNone},
    {"INTEGER", TypeKind::kInteger, Parameters::kNone},
    {"BIGINT", TypeKind::kBigInt, Parameters::kNone},
    {"FLOAT", TypeKind::kFloat, Parameters::kNone},
    {"REAL", TypeKind::kFloat, Parameters::kNone},
    {"DOUBLE", TypeKind::kDouble, Parameters::kNone},
    {"DECIMAL", TypeKind::kDecimal, Parameters::kTwo},
    {"DEC", TypeKind::kDecimal, Parameters::kTwo},
    {"NUMERIC", TypeKind::kDecimal, Parameters::kTwo},
    {"CHAR", TypeKind::kChar, Parameters::kOne},
    {"CHARACTER", TypeKind::kChar, Parameters::kOne},
    {"VARCHAR", TypeKind::kVarchar, Parameters::kOne},
    {"STRING", TypeKind::kString, Parameters::kNone},
    {"BINARY", TypeKind::kBinary, Parameters::kOne},
    {"VARBINARY", TypeKind::kVarbinary, Parameters::kOne},
    {"BYTES", TypeKind::kBytes, Parameters::kNone},
    {"DATE", TypeKind::kDate, Parameters::kNone},
    {"TIMESTAMP_LTZ", TypeKind::kTimestampLtz, Parameters::kOne},
    {"NULL", TypeKind::kNull, Parameters::kNone},
    {"VARIANT", TypeKind::kVariant, Parameters::kNone},
    {"BITMAP", TypeKind::kBitmap, Parameters::kNone},
});

DataType ArrayOf(DataType element, TypeKind kind) {
  DataType type;
  type.kind = kind;
  type.span = element.span;
  type.arguments.push_back(std::move(element));
  return type;
}

}  // namespace

DataType Builder::Build(P::DataTypeContext* context) {
  DataType type =
      Dispatch<DataType, P::SimpleTypeContext, P::TimeTypeContext, P::IntervalTypeContext,
               P::CollectionTypeContext, P::RowTypeContext, P::StructuredTypeContext,
               P::RawTypeContext, P::NamedTypeContext>(this, context->baseType());
  type.span = SpanOf(context->baseType());
  for (auto* child : context->children) {
    auto* token = dynamic_cast<TerminalNode*>(child);
    if (token == nullptr) continue;
    if (token->getSymbol()->getType() == P::K_ARRAY)
      type = ArrayOf(std::move(type), TypeKind::kArray);
    if (token->getSymbol()->getType() == P::K_MULTISET)
      type = ArrayOf(std::move(type), TypeKind::kMultiset);
  }
  if (context->K_NULL()) {
    type.nullability = context->K_NOT() ? ast::Nullability::kNotNull : ast::Nullability::kNull;
  }
  type.span = SpanOf(context);
  return type;
}

DataType Builder::Build(P::SimpleTypeContext* context) {
  const std::string word = ToUpper(context->plainType()->start->getText());
  const bool varying = context->plainType()->K_VARYING() != nullptr;
  DataType type;
  Parameters parameters = Parameters::kNone;
  for (const TypeWord& candidate : kTypes) {
    if (candidate.word != word) continue;
    type.kind = candidate.kind;
    parameters = candidate.parameters;
  }
  if (varying) type.kind = type.kind == TypeKind::kChar ? TypeKind::kVarchar : TypeKind::kVarbinary;
  const std::vector<TerminalNode*> numbers = context->INTEGER();
  if (numbers.size() > static_cast<size_t>(parameters)) {
    Fail(SpanOf(numbers[static_cast<size_t>(parameters)]),
         parameters == Parameters::kNone ? "the type takes no length or precision: " + word
                                         : "the type takes one number in parentheses: " + word);
  }
  if (!numbers.empty()) type.precision = static_cast<int32_t>(BuildNumber(numbers[0]));
  if (numbers.size() > 1) type.scale = static_cast<int32_t>(BuildNumber(numbers[1]));
  return type;
}

DataType Builder::Build(P::TimeTypeContext* context) {
  DataType type;
  type.kind = context->K_TIME() ? TypeKind::kTime : TypeKind::kTimestamp;
  if (context->INTEGER()) type.precision = static_cast<int32_t>(BuildNumber(context->INTEGER()));
  auto* zone = context->timeZone();
  if (zone == nullptr || zone->K_WITHOUT()) return type;
  if (type.kind == TypeKind::kTime) {
    Fail(Status::Unsupported("TIME with a time zone is not supported")
             .WithId("E1002")
             .WithSpan(SpanOf(zone)));
  }
  type.kind = zone->K_LOCAL() ? TypeKind::kTimestampLtz : TypeKind::kTimestampTz;
  return type;
}

DataType Builder::Build(P::IntervalTypeContext* context) {
  DataType type;
  type.kind = TypeKind::kInterval;
  type.interval = Build(context->intervalQualifier());
  return type;
}

DataType Builder::Build(P::CollectionTypeContext* context) {
  DataType type;
  type.kind = context->K_ARRAY() ? TypeKind::kArray
              : context->K_MAP() ? TypeKind::kMap
                                 : TypeKind::kMultiset;
  for (auto* argument : context->dataType()) type.arguments.push_back(Build(argument));
  const size_t wanted = context->K_MAP() ? 2 : 1;
  if (type.arguments.size() != wanted) {
    Fail(SpanOf(context), wanted == 2 ? "MAP needs two types: MAP<key, value>"
                                      : "ARRAY and MULTISET take one type between < and >");
  }
  return type;
}

DataType Builder::Build(P::RowTypeContext* context) {
  DataType type;
  type.kind = TypeKind::kRow;
  for (auto* field : context->fieldType()) type.fields.push_back(Build(field));
  return type;
}

DataType Builder::Build(P::StructuredTypeContext* context) {
  DataType type;
  type.kind = TypeKind::kStructured;
  type.texts.push_back(Build(context->text()));
  for (auto* field : context->fieldType()) type.fields.push_back(Build(field));
  return type;
}

DataType Builder::Build(P::RawTypeContext* context) {
  DataType type;
  type.kind = TypeKind::kRaw;
  for (auto* text : context->STRING()) type.texts.push_back(BuildText(text));
  return type;
}

DataType Builder::Build(P::NamedTypeContext* context) {
  DataType type;
  type.kind = TypeKind::kNamed;
  type.name = Build(context->name());
  return type;
}

ast::FieldType Builder::Build(P::FieldTypeContext* context) {
  ast::FieldType field;
  field.name = Build(context->identifier());
  field.type = Build(context->dataType());
  if (context->STRING()) field.comment = BuildText(context->STRING());
  return field;
}

}  // namespace weir::parse
