#include "runtime/connectors/formats/protobuf/message_fields.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <optional>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// What is said of a column that has another type than its field.
std::string TypeNameOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    return fmt::format("map<{}, {}>", TypeNameOf(*field.message_type()->map_key()),
                       TypeNameOf(*field.message_type()->map_value()));
  }
  const std::string name = field.message_type() != nullptr ? field.message_type()->full_name()
                           : field.enum_type() != nullptr  ? field.enum_type()->full_name()
                                                           : field.type_name();
  return field.is_repeated() ? "repeated " + name : name;
}

std::string SqlOfField(const FieldDescriptor& field, bool within);

// Messages may contain themselves: those within one are not spelled out.
std::string SqlOfMessage(const Descriptor& message, bool within) {
  if (within) return "ROW<…>";
  std::vector<std::string> fields;
  for (int i = 0; i < message.field_count(); ++i) {
    fields.push_back(
        fmt::format("{} {}", message.field(i)->name(), SqlOfField(*message.field(i), true)));
  }
  return fmt::format("ROW<{}>", fmt::join(fields, ", "));
}

std::string SqlOfItem(const FieldDescriptor& field, bool within) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "BOOLEAN";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      return "INT";
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "BIGINT";
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "FLOAT";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "DOUBLE";
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "BYTES" : "STRING";
    case FieldDescriptor::CPPTYPE_ENUM:
      return within ? "STRING" : "STRING or INT";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SqlOfMessage(*field.message_type(), within);
  }
  WEIR_UNREACHABLE();
}

// The type of a column that takes a field.
std::string SqlOfField(const FieldDescriptor& field, bool within) {
  if (field.is_map()) {
    return fmt::format("MAP<{}, {}>", SqlOfItem(*field.message_type()->map_key(), true),
                       SqlOfItem(*field.message_type()->map_value(), within));
  }
  return field.is_repeated() ? fmt::format("ARRAY<{}>", SqlOfItem(field, within))
                             : SqlOfItem(field, within);
}

Status NoField(const std::string& column, std::string_view name, const Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  std::string hint = DidYouMean(name, names);
  if (hint.empty()) hint = fmt::format("its fields are {}", fmt::join(names, ", "));
  return Status::InvalidSql(fmt::format("column \"{}\": the message {} has no field \"{}\"", column,
                                        message.full_name(), name))
      .WithId("E2008")
      .WithHint(std::move(hint));
}

Status OtherType(const std::string& column, const Type& type, const FieldDescriptor& field) {
  return Status::InvalidSql(fmt::format("column \"{}\": {} cannot be the field {}, which is {}",
                                        column, type.ToStringIgnoringNullability(),
                                        field.full_name(), TypeNameOf(field)))
      .WithId("E2008")
      .WithHint(fmt::format("the column would be {}", SqlOfField(field, false)));
}

// How a scalar of a field is a value of the type; nothing where it is none.
std::optional<FieldKind> KindOf(const FieldDescriptor& field, const Type& type) {
  const auto if_kind = [&](TypeKind wanted, FieldKind kind) {
    return type.kind() == wanted ? std::optional(kind) : std::nullopt;
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return if_kind(TypeKind::kBoolean, FieldKind::kBoolean);
    case FieldDescriptor::CPPTYPE_INT32:
      return if_kind(TypeKind::kInt, FieldKind::kInt);
    case FieldDescriptor::CPPTYPE_UINT32:
      return if_kind(TypeKind::kInt, FieldKind::kUnsignedInt);
    case FieldDescriptor::CPPTYPE_INT64:
      return if_kind(TypeKind::kBigInt, FieldKind::kBigInt);
    case FieldDescriptor::CPPTYPE_UINT64:
      return if_kind(TypeKind::kBigInt, FieldKind::kUnsignedLong);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return if_kind(TypeKind::kFloat, FieldKind::kFloat);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return if_kind(TypeKind::kDouble, FieldKind::kDouble);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES)
        return type.is_binary() ? std::optional(FieldKind::kBytes) : std::nullopt;
      return type.is_character() ? std::optional(FieldKind::kText) : std::nullopt;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (type.is_character()) return FieldKind::kEnumName;
      return if_kind(TypeKind::kInt, FieldKind::kEnumNumber);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return if_kind(TypeKind::kRow, FieldKind::kRow);
  }
  WEIR_UNREACHABLE();
}

// Depth is bounded by that of the column's type.
class FieldFinder {
 public:
  Result<MessageField> Find(const Descriptor& message, std::string_view name, const Type& type) {
    const size_t outer = column_.size();
    if (outer > 0) column_ += '.';
    column_ += name;
    const FieldDescriptor* const field = message.FindFieldByName(std::string(name));
    if (field == nullptr) return NoField(column_, name, message);
    MessageField found = TRY(Match(*field, type));
    column_.resize(outer);
    return found;
  }

 private:
  Result<MessageField> Match(const FieldDescriptor& field, const Type& type) {
    if (field.is_map()) return MatchMap(field, type);
    if (!field.is_repeated()) return MatchItem(field, type);
    if (type.kind() != TypeKind::kArray) return OtherType(column_, type, field);
    if (!KindOf(field, type.fields()[0].type)) return OtherType(column_, type, field);
    MessageField items = TRY(MatchItem(field, type.fields()[0].type));
    items.repetition = Repetition::kArray;
    items.nullable = type.nullable();
    return items;
  }

  Result<MessageField> MatchMap(const FieldDescriptor& field, const Type& type) {
    const FieldDescriptor& key = *field.message_type()->map_key();
    const FieldDescriptor& value = *field.message_type()->map_value();
    if (type.kind() != TypeKind::kMap || !KindOf(key, type.fields()[0].type) ||
        !KindOf(value, type.fields()[1].type))
      return OtherType(column_, type, field);
    MessageField map{&field, Repetition::kMap, FieldKind::kRow, type.nullable()};
    map.parts.push_back(TRY(MatchItem(key, type.fields()[0].type)));
    map.parts.push_back(TRY(MatchItem(value, type.fields()[1].type)));
    return map;
  }

  Result<MessageField> MatchItem(const FieldDescriptor& field, const Type& type) {
    const std::optional<FieldKind> kind = KindOf(field, type);
    if (!kind) return OtherType(column_, type, field);
    MessageField item{&field, Repetition::kSingle, *kind, type.nullable(), field.has_presence()};
    if (*kind != FieldKind::kRow) return item;
    for (const TypeField& part : type.fields())
      item.parts.push_back(TRY(Find(*field.message_type(), part.name, part.type)));
    return item;
  }

  std::string column_;  // the way to the field in hand
};

}  // namespace

Result<std::vector<MessageField>> FieldsOfColumns(const MessageType& type, const Schema& columns) {
  std::vector<MessageField> fields;
  for (const Field& column : columns.fields)
    fields.push_back(TRY(FieldFinder().Find(type.descriptor(), column.name, column.type)));
  return fields;
}

}  // namespace weir::connectors::protobuf
