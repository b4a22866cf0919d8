#include "runtime/connectors/formats/avro/avro_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/formats/avro/avro_bytes.h"

namespace weir::connectors::avro {
namespace {

Status WrongValue(std::string message) {
  return Status::DataError(std::move(message)).WithId("E3001");
}

int BranchOf(const AvroSchema& schema, const AvroSchema* branch) {
  for (size_t i = 0; i < schema.parts.size(); ++i) {
    if (schema.kind == AvroKind::kUnion && schema.parts[i] == branch) return static_cast<int>(i);
  }
  return -1;
}

// `number` divided by `unit`, rounded down, also below zero: 1969-12-31 is day -1.
int64_t Units(int64_t number, int64_t unit) {
  return number / unit - (number % unit < 0 ? 1 : 0);
}

// A whole number, or a time in the unit of the schema. Its type is none of the 128-bit ones.
int64_t NumberOf(const AvroSchema& schema, const Type& type, const Column& column, uint32_t row) {
  constexpr int64_t kNanosOfMicro = 1'000;
  constexpr int64_t kNanosOfMilli = 1'000'000;
  constexpr int64_t kMicrosOfMilli = 1'000;
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      return column.ValueAt<int8_t>(row);
    case TypeKind::kSmallInt:
      return column.ValueAt<int16_t>(row);
    case TypeKind::kInt:
    case TypeKind::kDate:
      return column.ValueAt<int32_t>(row);
    case TypeKind::kTime: {
      const bool micros = schema.meaning == AvroMeaning::kTimeMicros;
      return Units(column.ValueAt<int64_t>(row), micros ? kNanosOfMicro : kNanosOfMilli);
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: {
      const bool micros = schema.meaning == AvroMeaning::kTimestampMicros ||
                          schema.meaning == AvroMeaning::kLocalTimestampMicros;
      return micros ? column.ValueAt<int64_t>(row)
                    : Units(column.ValueAt<int64_t>(row), kMicrosOfMilli);
    }
    default:
      return column.ValueAt<int64_t>(row);  // BIGINT
  }
}

}  // namespace

AvroEncoder::AvroEncoder(const AvroSchema& schema, const Schema& columns) {
  const AvroSchema& record = *WithoutNull(schema);
  branch_ = BranchOf(schema, &record);
  for (size_t i = 0; i < columns.size(); ++i) {
    fields_.push_back(MakeNode(*record.fields[i].schema, columns.fields[i].type));
    names_.push_back(columns.fields[i].name);
  }
}

AvroEncoder::Node AvroEncoder::MakeNode(const AvroSchema& schema, const Type& type) {
  Node node;
  node.schema = WithoutNull(schema);
  if (node.schema == nullptr) node.schema = &schema;  // null, and nothing else
  node.type = type;
  node.branch = BranchOf(schema, node.schema);
  node.null_branch = NullBranchOf(schema);
  switch (node.schema->kind) {
    case AvroKind::kArray:
      node.parts.push_back(MakeNode(*node.schema->parts[0], type.fields()[0].type));
      break;
    case AvroKind::kMap:
      node.parts.push_back(MakeNode(*node.schema->parts[0], type.kind() == TypeKind::kMultiset
                                                                ? Type::Int()
                                                                : type.fields()[1].type));
      break;
    case AvroKind::kRecord:
      for (size_t i = 0; i < type.fields().size(); ++i)
        node.parts.push_back(MakeNode(*node.schema->fields[i].schema, type.fields()[i].type));
      break;
    default:
      break;
  }
  return node;
}

Status AvroEncoder::Append(const Batch& batch, uint32_t row, std::string& out) const {
  if (branch_ >= 0) AppendLong(out, branch_);
  for (size_t i = 0; i < fields_.size(); ++i) {
    Status status = Write(fields_[i], *batch.columns[i], row, out);
    if (!status.ok()) return std::move(status).WithContext(fmt::format("column \"{}\"", names_[i]));
  }
  return {};
}

Status AvroEncoder::Write(const Node& node, const Column& column, uint32_t row, std::string& out) {
  if (column.IsNull(row)) {
    if (node.null_branch >= 0) {
      AppendLong(out, node.null_branch);
    } else if (node.schema->kind != AvroKind::kNull) {
      return WrongValue(fmt::format("NULL cannot be written as {}", node.schema->ToString()));
    }
    return {};
  }
  if (node.branch >= 0) AppendLong(out, node.branch);
  return WriteValue(node, column, column.is_constant() ? 0 : row, out);
}

Status AvroEncoder::WriteValue(const Node& node, const Column& column, uint32_t row,
                               std::string& out) {
  switch (node.schema->kind) {
    case AvroKind::kNull:
    case AvroKind::kUnion:
      return {};
    case AvroKind::kBoolean:
      out += static_cast<char>(column.ValueAt<uint8_t>(row));
      return {};
    case AvroKind::kInt:
    case AvroKind::kLong:
      AppendLong(out, NumberOf(*node.schema, node.type, column, row));
      return {};
    case AvroKind::kFloat:
      AppendLittle(out, column.ValueAt<float>(row));
      return {};
    case AvroKind::kDouble:
      AppendLittle(out, column.ValueAt<double>(row));
      return {};
    case AvroKind::kString:
    case AvroKind::kEnum:
      return WriteBytes(node, column.ValueAt<StringRef>(row).view(), out);
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      if (node.type.kind() == TypeKind::kDecimal) return WriteDecimal(node, column, row, out);
      return WriteBytes(node, column.ValueAt<StringRef>(row).view(), out);
    case AvroKind::kArray:
    case AvroKind::kMap:
      return WriteItems(node, column, row, out);
    case AvroKind::kRecord:
      for (size_t i = 0; i < node.parts.size(); ++i)
        RETURN_IF_ERROR(Write(node.parts[i], *column.children()[i], row, out));
      return {};
  }
  WEIR_UNREACHABLE();
}

Status AvroEncoder::WriteItems(const Node& node, const Column& column, uint32_t row,
                               std::string& out) {
  const uint32_t begin = column.offsets()[row];
  const uint32_t end = column.offsets()[row + 1];
  const bool map = node.schema->kind == AvroKind::kMap;
  if (end > begin) AppendLong(out, end - begin);
  for (uint32_t item = begin; item < end; ++item) {
    if (map) {
      const Column& keys = *column.children()[0];
      if (keys.IsNull(item)) return WrongValue("a map with a NULL as key cannot be written");
      AppendBytes(out, keys.ValueAt<StringRef>(item).view());
    }
    RETURN_IF_ERROR(Write(node.parts[0], *column.children()[map ? 1 : 0], item, out));
  }
  AppendLong(out, 0);
  return {};
}

Status AvroEncoder::WriteBytes(const Node& node, std::string_view bytes, std::string& out) {
  const AvroSchema& schema = *node.schema;
  if (schema.kind == AvroKind::kEnum) {
    const auto found = std::ranges::find(schema.symbols, bytes);
    if (found == schema.symbols.end())
      return WrongValue(fmt::format("{} has no symbol '{}'", schema.ToString(), bytes));
    AppendLong(out, found - schema.symbols.begin());
  } else if (schema.kind == AvroKind::kFixed) {
    if (bytes.size() != schema.size) {
      return WrongValue(
          fmt::format("{} has {} bytes, not {}", schema.ToString(), schema.size, bytes.size()));
    }
    out += bytes;
  } else {
    AppendBytes(out, bytes);
  }
  return {};
}

// Two's complement, most significant byte first: as few bytes as it takes, or as many as a fixed
// has.
Status AvroEncoder::WriteDecimal(const Node& node, const Column& column, uint32_t row,
                                 std::string& out) {
  const Int128 unscaled = node.type.physical() == PhysicalType::kInt64
                              ? Int128{column.ValueAt<int64_t>(row)}
                              : column.ValueAt<Int128>(row);
  constexpr size_t kMost = sizeof(Int128);
  std::string bytes;
  for (size_t i = kMost; i-- > 0;) bytes += static_cast<char>(unscaled >> (8 * i));
  const char sign = unscaled < 0 ? '\xFF' : '\0';
  size_t first = 0;
  while (first + 1 < kMost && bytes[first] == sign && ((bytes[first + 1] ^ sign) & 0x80) == 0)
    ++first;
  bytes.erase(0, first);
  if (node.schema->kind == AvroKind::kBytes) {
    AppendBytes(out, bytes);
    return {};
  }
  if (bytes.size() > node.schema->size)
    return WrongValue(fmt::format("a number takes {} bytes, and {} has {}", bytes.size(),
                                  node.schema->ToString(), node.schema->size));
  out.append(node.schema->size - bytes.size(), sign);
  out += bytes;
  return {};
}

}  // namespace weir::connectors::avro
