#include "runtime/connectors/formats/avro/avro_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::connectors::avro {
namespace {

constexpr std::string_view kRecordName = "record";
constexpr std::string_view kSpace = "org.apache.flink.avro.generated";

Status WrongType(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

bool IsName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || !letter(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string Logical(std::string_view type, std::string_view logical) {
  return fmt::format(R"({{"type":"{}","logicalType":"{}"}})", type, logical);
}

class SchemaWriter {
 public:
  explicit SchemaWriter(TimestampMapping mapping) : mapping_(mapping) {}

  Result<std::string> Record(const std::vector<TypeField>& fields, const std::string& name) {
    if (!names_.insert(name).second)
      return WrongType(fmt::format("two rows of the table have one name in Avro: \"{}\"", name));
    std::string text = fmt::format(R"({{"type":"record","name":"{}",)", name);
    // Records within the outermost one inherit its namespace.
    if (name == kRecordName) text += fmt::format(R"("namespace":"{}",)", kSpace);
    text += R"("fields":[)";
    for (size_t i = 0; i < fields.size(); ++i) {
      const TypeField& field = fields[i];
      if (!IsName(field.name)) {
        return WrongType(
            fmt::format("the column \"{}\" cannot be in Avro, whose names are of letters, "
                        "digits and underscores",
                        field.name));
      }
      path_ = field.name;
      const std::string type = TRY(TypeText(field.type, fmt::format("{}_{}", name, field.name)));
      text += fmt::format(R"({}{{"name":"{}","type":{}{}}})", i == 0 ? "" : ",", field.name, type,
                          field.type.nullable() ? R"(,"default":null)" : "");
    }
    return text + "]}";
  }

 private:
  // The schema of a type, as JSON. `name` is the name of the record if the type is a ROW.
  Result<std::string> TypeText(const Type& type, const std::string& name) {
    std::string text = TRY(NotNull(type, name));
    if (!type.nullable() || type.kind() == TypeKind::kNull) return text;
    return fmt::format(R"(["null",{}])", text);
  }

  Result<std::string> NotNull(const Type& type, const std::string& name) {
    switch (type.kind()) {
      case TypeKind::kNull:
        return std::string(R"("null")");
      case TypeKind::kBoolean:
        return std::string(R"("boolean")");
      case TypeKind::kTinyInt:
      case TypeKind::kSmallInt:
      case TypeKind::kInt:
        return std::string(R"("int")");
      case TypeKind::kBigInt:
        return std::string(R"("long")");
      case TypeKind::kFloat:
        return std::string(R"("float")");
      case TypeKind::kDouble:
        return std::string(R"("double")");
      case TypeKind::kChar:
      case TypeKind::kVarChar:
        return std::string(R"("string")");
      case TypeKind::kBinary:
      case TypeKind::kVarBinary:
        return std::string(R"("bytes")");
      case TypeKind::kDecimal:
        return fmt::format(
            R"({{"type":"bytes","logicalType":"decimal","precision":{},"scale":{}}})",
            type.precision(), type.scale());
      case TypeKind::kDate:
        return Logical("int", "date");
      case TypeKind::kTime:
        if (type.precision() <= 3) return Logical("int", "time-millis");
        return type.precision() <= 6 ? Result(Logical("long", "time-micros")) : NoType(type);
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampLtz:
        return TimestampText(type);
      case TypeKind::kArray:
        return fmt::format(R"({{"type":"array","items":{}}})",
                           TRY(TypeText(type.fields()[0].type, name)));
      case TypeKind::kMap:
        return Map(type.fields()[0].type, type.fields()[1].type, name);
      case TypeKind::kMultiset:
        return Map(type.fields()[0].type, Type::Int(), name);
      case TypeKind::kRow:
        return Record(type.fields(), name);
      case TypeKind::kIntervalYearMonth:
      case TypeKind::kIntervalDayTime:
        break;
    }
    return NoType(type);
  }

  Result<std::string> TimestampText(const Type& type) const {
    if (type.precision() > 6) return NoType(type);
    const bool local = type.kind() == TypeKind::kTimestamp && mapping_ == TimestampMapping::kLocal;
    return Logical("long", fmt::format("{}timestamp-{}", local ? "local-" : "",
                                       type.precision() <= 3 ? "millis" : "micros"));
  }

  Result<std::string> Map(const Type& key, const Type& value, const std::string& name) {
    if (!key.is_character()) {
      return WrongType(fmt::format("maps of Avro have texts as their keys, and \"{}\" has {}",
                                   path_, key.ToString()));
    }
    return fmt::format(R"({{"type":"map","values":{}}})", TRY(TypeText(value, name)));
  }

  Status NoType(const Type& type) const {
    return WrongType(fmt::format("Avro has no type for {}, of column \"{}\"",
                                 type.ToStringIgnoringNullability(), path_))
        .WithHint("its times have up to 6 digits behind the second, and intervals it has none");
  }

  const TimestampMapping mapping_;
  std::set<std::string> names_;
  std::string path_;  // the column that is written
};

// Whether values of a schema, which is no union, belong into a column.
bool Takes(const AvroSchema& schema, const Type& type);

// As Takes, for a schema that may be a union: of null and one other, if the column is nullable.
bool TakesAny(const AvroSchema& schema, const Type& type) {
  const AvroSchema* const value = WithoutNull(schema);
  if (value == nullptr || (HasNull(schema) && !type.nullable())) return false;
  return Takes(*value, type);
}

bool TakesFields(const AvroSchema& schema, const std::vector<TypeField>& fields) {
  if (schema.fields.size() != fields.size()) return false;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (schema.fields[i].name != fields[i].name ||
        !TakesAny(*schema.fields[i].schema, fields[i].type))
      return false;
  }
  return true;
}

bool TakesNumber(const AvroSchema& schema, const Type& type) {
  switch (schema.meaning) {
    case AvroMeaning::kDate:
      return type.kind() == TypeKind::kDate;
    case AvroMeaning::kTimeMillis:
    case AvroMeaning::kTimeMicros:
      return type.kind() == TypeKind::kTime;
    case AvroMeaning::kTimestampMillis:
    case AvroMeaning::kTimestampMicros:
    case AvroMeaning::kLocalTimestampMillis:
    case AvroMeaning::kLocalTimestampMicros:
      return type.is_timestamp() && type.precision() <= 6;
    default:
      break;
  }
  if (schema.kind == AvroKind::kLong) return type.kind() == TypeKind::kBigInt;
  return type.kind() == TypeKind::kTinyInt || type.kind() == TypeKind::kSmallInt ||
         type.kind() == TypeKind::kInt;
}

bool Takes(const AvroSchema& schema, const Type& type) {
  switch (schema.kind) {
    case AvroKind::kNull:
      return type.kind() == TypeKind::kNull;
    case AvroKind::kBoolean:
      return type.kind() == TypeKind::kBoolean;
    case AvroKind::kInt:
    case AvroKind::kLong:
      return TakesNumber(schema, type);
    case AvroKind::kFloat:
      return type.kind() == TypeKind::kFloat;
    case AvroKind::kDouble:
      return type.kind() == TypeKind::kDouble;
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      if (schema.meaning != AvroMeaning::kDecimal) return type.is_binary();
      return type.kind() == TypeKind::kDecimal && type.precision() == schema.precision &&
             type.scale() == schema.scale;
    case AvroKind::kString:
    case AvroKind::kEnum:
      return type.is_character();
    case AvroKind::kArray:
      return type.kind() == TypeKind::kArray && TakesAny(*schema.parts[0], type.fields()[0].type);
    case AvroKind::kMap:
      if (type.kind() == TypeKind::kMultiset)
        return type.fields()[0].type.is_character() && TakesAny(*schema.parts[0], Type::Int());
      return type.kind() == TypeKind::kMap && type.fields()[0].type.is_character() &&
             TakesAny(*schema.parts[0], type.fields()[1].type);
    case AvroKind::kRecord:
      return type.kind() == TypeKind::kRow && TakesFields(schema, type.fields());
    case AvroKind::kUnion:
      return false;
  }
  WEIR_UNREACHABLE();
}

// Whether a schema's times, wherever they are within it, have all digits of the column's.
bool KeepsDigits(const AvroSchema& schema, const Type& type) {
  const AvroSchema& value = *WithoutNull(schema);
  switch (type.kind()) {
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return type.precision() <= 3 || (value.meaning != AvroMeaning::kTimeMillis &&
                                       value.meaning != AvroMeaning::kTimestampMillis &&
                                       value.meaning != AvroMeaning::kLocalTimestampMillis);
    case TypeKind::kArray:
      return KeepsDigits(*value.parts[0], type.fields()[0].type);
    case TypeKind::kMap:
      return KeepsDigits(*value.parts[0], type.fields()[1].type);
    case TypeKind::kRow:
      for (size_t i = 0; i < value.fields.size(); ++i)
        if (!KeepsDigits(*value.fields[i].schema, type.fields()[i].type)) return false;
      return true;
    default:
      return true;
  }
}

std::string FieldNames(const AvroSchema& schema) {
  std::vector<std::string> names;
  for (const AvroField& field : schema.fields) names.push_back(field.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<std::shared_ptr<const AvroSchemaTree>> AvroSchemaOf(const Schema& columns,
                                                           TimestampMapping mapping) {
  std::vector<TypeField> fields;
  for (const Field& field : columns.fields) fields.push_back({field.name, field.type});
  return AvroSchemaTree::Parse(TRY(SchemaWriter(mapping).Record(fields, std::string(kRecordName))));
}

Status CheckAvroColumns(const AvroSchema& schema, const Schema& columns) {
  const AvroSchema* const record = WithoutNull(schema);
  if (record == nullptr || record->kind != AvroKind::kRecord)
    return WrongType(fmt::format("the schema is {}, not a record", schema.ToString()));
  for (size_t i = 0; i < std::max(record->fields.size(), columns.size()); ++i) {
    const bool both = i < record->fields.size() && i < columns.size();
    if (!both || record->fields[i].name != columns.fields[i].name) {
      return WrongType(fmt::format("the columns are not the fields of the schema, which are {}",
                                   FieldNames(*record)));
    }
    const Field& column = columns.fields[i];
    if (TakesAny(*record->fields[i].schema, column.type)) continue;
    return WrongType(fmt::format("the schema has field \"{}\" as {}, which is not {}", column.name,
                                 record->fields[i].schema->ToString(), column.type.ToString()));
  }
  return {};
}

Status CheckAvroDigits(const AvroSchema& schema, const Schema& columns) {
  const AvroSchema& record = *WithoutNull(schema);
  for (size_t i = 0; i < columns.size(); ++i) {
    const Field& column = columns.fields[i];
    if (KeepsDigits(*record.fields[i].schema, column.type)) continue;
    return WrongType(fmt::format("the schema counts milliseconds in field \"{}\", and {} has more "
                                 "digits than they",
                                 column.name, column.type.ToString()))
        .WithHint("a table with 3 digits there can be written");
  }
  return {};
}

}  // namespace weir::connectors::avro
