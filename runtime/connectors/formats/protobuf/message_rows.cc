// Hot: bench/formats.cc.
#include "runtime/connectors/formats/protobuf/message_rows.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <unordered_set>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/valid_utf8.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr size_t kMostBytes = 64 << 20;
// A message that was larger does not keep its memory for the next one.
constexpr size_t kKeptBytes = 1 << 20;
// The values that one message may have beside those that take a byte: fields that are not set, in
// rows within arrays and maps. A few bytes could claim any number of them.
constexpr uint64_t kMostEmpty = 10'000'000;
// What Java calls a number of an enum that its type does not have.
constexpr std::string_view kUnrecognized = "UNRECOGNIZED";

// Of a key of a map, which is a whole number, a BOOLEAN or a text.
std::string TextOfKey(const google::protobuf::Message& entry, const FieldDescriptor* key) {
  const Reflection& reflection = *entry.GetReflection();
  switch (key->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(entry, key) ? "1" : "0";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(entry, key));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(reflection.GetUInt32(entry, key));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(entry, key));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(reflection.GetUInt64(entry, key));
    default:
      return reflection.GetString(entry, key);
  }
}

// Marks the entries whose keys occur again later; empty when none does. What comes last counts.
std::vector<bool> SupersededEntries(const google::protobuf::Message& message,
                                    const FieldDescriptor* map, int entries) {
  std::vector<bool> marks;
  if (entries < 2) return marks;
  std::unordered_set<std::string> seen;
  const FieldDescriptor* const key = map->message_type()->map_key();
  for (int i = entries; i-- > 0;) {
    const auto& entry = message.GetReflection()->GetRepeatedMessage(message, map, i);
    if (seen.insert(TextOfKey(entry, key)).second) continue;
    marks.resize(static_cast<size_t>(entries), false);
    marks[static_cast<size_t>(i)] = true;
  }
  return marks;
}

}  // namespace

MessageRowBuilder::MessageRowBuilder(std::shared_ptr<const MessageType> type,
                                     std::vector<MessageField> fields,
                                     const std::vector<Type>& columns, Absent absent, ReadBy by)
    : type_(std::move(type)),
      fields_(std::move(fields)),
      reads_defaults_(absent == Absent::kDefault),
      message_(type_->NewMessage()) {
  for (const Type& column : columns) columns_.emplace_back(column);
  for (const MessageField& field : fields_) names_.push_back(field.field->name());
  if (by == ReadBy::kBoth && !reads_defaults_ && !type_->has_required())
    plain_.emplace(type_->descriptor(), fields_);
}

MessageRowBuilder::MessageRowBuilder(MessageRowBuilder&&) noexcept = default;
MessageRowBuilder::~MessageRowBuilder() = default;

void MessageRowBuilder::Begin(const BufferPtr&) {
  if (rows_ > 0) Finish();
  values_in_batch_ = 0;
}

Batch MessageRowBuilder::Finish() {
  Batch batch;
  batch.row_count = std::exchange(rows_, 0);
  for (ColumnBuilder& column : columns_) batch.columns.push_back(column.Finish());
  return batch;
}

bool MessageRowBuilder::Refuse(std::string why) {
  failure_ = std::move(why);
  return false;
}

Status MessageRowBuilder::Append(std::string_view message, std::string& column) {
  values_ = 0;
  most_values_ = message.size() + kMostEmpty;
  if (AppendPlain(message)) [[likely]]
    return {};
  const bool good = Parse(message) && AppendFields(column);
  values_in_batch_ += values_;
  if (message.size() > kKeptBytes) message_ = type_->NewMessage();
  if (good) [[likely]] {
    ++rows_;
    return {};
  }
  for (ColumnBuilder& builder : columns_) builder.TruncateTo(rows_);
  return Status::DataError(std::exchange(failure_, {})).WithId("E3005");
}

bool MessageRowBuilder::AppendPlain(std::string_view bytes) {
  if (!plain_ || bytes.size() > kMostBytes) return false;
  if (plain_->Append(bytes, columns_, most_values_)) [[likely]] {
    values_in_batch_ += plain_->values();
    ++rows_;
    return true;
  }
  for (ColumnBuilder& builder : columns_) builder.TruncateTo(rows_);
  return false;
}

bool MessageRowBuilder::Parse(std::string_view bytes) {
  if (bytes.size() > kMostBytes) return Refuse("it has more than 64 MiB");
  if (!message_->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Refuse(fmt::format("it is no message {}", type_->name()));
  if (!type_->has_required() || message_->IsInitialized()) return true;
  return Refuse(fmt::format("it is no message {}: {} is required, and not set", type_->name(),
                            message_->InitializationErrorString()));
}

bool MessageRowBuilder::AppendFields(std::string& column) {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (AppendField(fields_[i], *message_, columns_[i])) [[likely]]
      continue;
    column = names_[i];
    return false;
  }
  return true;
}

bool MessageRowBuilder::AppendField(const MessageField& field, const Message& message,
                                    ColumnBuilder& out) {
  const Reflection& reflection = *message.GetReflection();
  if (field.repetition == Repetition::kSingle) {
    if (field.has_presence && !reads_defaults_ && !reflection.HasField(message, field.field))
      return AppendAbsent(field, out);
    return AppendValue(field, {message, -1}, out);
  }
  const int items = reflection.FieldSize(message, field.field);
  if (items == 0 && !reads_defaults_ && field.nullable) return AppendAbsent(field, out);
  return field.repetition == Repetition::kArray ? AppendItems(field, message, items, out)
                                                : AppendEntries(field, message, items, out);
}

bool MessageRowBuilder::AppendAbsent(const MessageField& field, ColumnBuilder& out) {
  if (!field.nullable)
    return Refuse(fmt::format("{} is not set, and it is NOT NULL", field.field->name()));
  ++values_;
  out.AppendNull();
  return true;
}

bool MessageRowBuilder::AppendItems(const MessageField& field, const Message& message, int items,
                                    ColumnBuilder& out) {
  for (int item = 0; item < items; ++item) {
    if (!AppendValue(field, {message, item}, out.child(0))) return false;
  }
  out.AppendList();
  return true;
}

// An entry without a key, or a value, has its default.
bool MessageRowBuilder::AppendEntries(const MessageField& field, const Message& message,
                                      int entries, ColumnBuilder& out) {
  const Reflection& reflection = *message.GetReflection();
  const std::vector<bool> superseded = SupersededEntries(message, field.field, entries);
  for (int i = 0; i < entries; ++i) {
    if (!superseded.empty() && superseded[static_cast<size_t>(i)]) continue;
    const Message& entry = reflection.GetRepeatedMessage(message, field.field, i);
    if (!AppendValue(field.parts[0], {entry, -1}, out.child(0)) ||
        !AppendValue(field.parts[1], {entry, -1}, out.child(1)))
      return false;
  }
  out.AppendList();
  return true;
}

bool MessageRowBuilder::AppendValue(const MessageField& field, Place place, ColumnBuilder& out) {
  const Message& message = place.message;
  const Reflection& from = *message.GetReflection();
  const FieldDescriptor* const f = field.field;
  const bool single = place.item < 0;
  if (++values_ > most_values_) return Refuse("it has more than 10,000,000 values without a byte");
  switch (field.kind) {
    case FieldKind::kBoolean: {
      const bool value =
          single ? from.GetBool(message, f) : from.GetRepeatedBool(message, f, place.item);
      out.Append(static_cast<uint8_t>(value));
      return true;
    }
    case FieldKind::kInt:
      out.Append(single ? from.GetInt32(message, f)
                        : from.GetRepeatedInt32(message, f, place.item));
      return true;
    case FieldKind::kUnsignedInt:
      out.Append(static_cast<int32_t>(single ? from.GetUInt32(message, f)
                                             : from.GetRepeatedUInt32(message, f, place.item)));
      return true;
    case FieldKind::kBigInt:
      out.Append(single ? from.GetInt64(message, f)
                        : from.GetRepeatedInt64(message, f, place.item));
      return true;
    case FieldKind::kUnsignedLong:
      out.Append(static_cast<int64_t>(single ? from.GetUInt64(message, f)
                                             : from.GetRepeatedUInt64(message, f, place.item)));
      return true;
    case FieldKind::kFloat:
      out.Append(single ? from.GetFloat(message, f)
                        : from.GetRepeatedFloat(message, f, place.item));
      return true;
    case FieldKind::kDouble:
      out.Append(single ? from.GetDouble(message, f)
                        : from.GetRepeatedDouble(message, f, place.item));
      return true;
    case FieldKind::kText:
    case FieldKind::kBytes:
      return AppendText(field, place, out);
    case FieldKind::kEnumName:
    case FieldKind::kEnumNumber:
      return AppendEnum(field, place, out);
    case FieldKind::kRow:
      return AppendRow(field, place, out);
  }
  WEIR_UNREACHABLE();
}

bool MessageRowBuilder::AppendText(const MessageField& field, Place place, ColumnBuilder& out) {
  const Reflection& from = *place.message.GetReflection();
  const std::string& text =
      place.item < 0
          ? from.GetStringReference(place.message, field.field, &scratch_)
          : from.GetRepeatedStringReference(place.message, field.field, place.item, &scratch_);
  // The library checks the texts of proto3 only.
  if (field.kind == FieldKind::kText && !IsUtf8(text)) return Refuse("the text is not UTF-8");
  out.AppendString(text);
  return true;
}

bool MessageRowBuilder::AppendEnum(const MessageField& field, Place place, ColumnBuilder& out) {
  const Reflection& from = *place.message.GetReflection();
  const int number = place.item < 0
                         ? from.GetEnumValue(place.message, field.field)
                         : from.GetRepeatedEnumValue(place.message, field.field, place.item);
  if (field.kind == FieldKind::kEnumNumber) {
    out.Append(static_cast<int32_t>(number));
    return true;
  }
  const EnumValueDescriptor* const value = field.field->enum_type()->FindValueByNumber(number);
  out.AppendString(value != nullptr ? std::string_view(value->name()) : kUnrecognized);
  return true;
}

bool MessageRowBuilder::AppendRow(const MessageField& field, Place place, ColumnBuilder& out) {
  const Reflection& from = *place.message.GetReflection();
  const Message& row = place.item < 0
                           ? from.GetMessage(place.message, field.field)
                           : from.GetRepeatedMessage(place.message, field.field, place.item);
  for (size_t i = 0; i < field.parts.size(); ++i) {
    if (!AppendField(field.parts[i], row, out.child(i))) return false;
  }
  out.AppendRow();
  return true;
}

}  // namespace weir::connectors::protobuf
