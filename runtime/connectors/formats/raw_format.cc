// One column that is the record's bytes as they are: Flink's raw format. In a file a record is a
// line.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "runtime/base/bytes.h"
#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kRawOptions = {
    OptionDescriptor{"charset", OptionKind::kString, "UTF-8", "", false,
                     "The encoding of texts; another one than UTF-8 is not supported yet."},
    OptionDescriptor{"endianness", OptionKind::kEnum, "big-endian", "big-endian|little-endian",
                     false, "The order of the bytes of numbers."},
};

Status CheckRaw(const Schema& schema, const graph::TableOptions& options);

const graph::FormatDescriptor kRawDescriptor = {
    .name = "raw",
    .doc = "One column: the bytes of the record, or of the line, as they are.",
    .decodes = true,
    .encodes = true,
    .messages = true,
    .options = kRawOptions,
    .check = CheckRaw,
};

Status CheckRaw(const Schema&, const graph::TableOptions& options) {
  const std::string_view charset = graph::TypedOptions(kRawDescriptor, options).Text("charset");
  if (EqualsIgnoreCase(charset, "UTF-8") || EqualsIgnoreCase(charset, "UTF8")) return {};
  return Status::Unsupported(
      fmt::format("'raw.charset' = '{}' is not supported yet: texts are UTF-8", charset));
}

// The bytes that every value of a type has; 0: any number.
size_t WidthOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
      return 1;
    case TypeKind::kSmallInt:
      return 2;
    case TypeKind::kInt:
    case TypeKind::kFloat:
      return 4;
    case TypeKind::kBigInt:
    case TypeKind::kDouble:
      return 8;
    default:
      return 0;
  }
}

bool IsBytes(const Type& type) {
  return type.physical() == PhysicalType::kString;
}

Status CheckColumns(const Schema& record) {
  if (record.size() != 1) {
    return Status::InvalidSql(
               fmt::format("the format 'raw' has one column, and the table has {}", record.size()))
        .WithId("E2008");
  }
  const Field& field = record.fields.front();
  if (IsBytes(field.type) || WidthOf(field.type) > 0) return {};
  return Status::InvalidSql(fmt::format("the format 'raw' has no column of type {}: \"{}\"",
                                        field.type.ToString(), field.name))
      .WithId("E2008");
}

// Converts between a value and its bytes.
class RawValues {
 public:
  RawValues(const Type& type, const graph::TableOptions& options)
      : type_(type),
        width_(WidthOf(type)),
        swaps_(graph::TypedOptions(kRawDescriptor, options).Is("endianness", "big-endian")) {}

  // What is wrong with the bytes, or "".
  std::string Append(std::string_view bytes, ColumnBuilder& out) const {
    if (width_ == 0) {
      if (type_.is_character() && !IsUtf8(bytes)) return "the text is not UTF-8";
      out.AppendString(bytes);
      return "";
    }
    if (bytes.size() != width_) {
      return fmt::format("{} has {} bytes, not {}", type_.ToString(), width_, bytes.size());
    }
    DispatchPhysical(type_.physical(), [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T>) {
        const T number = InOrder(LoadLittle<T>(bytes.data()));
        out.Append(type_.kind() == TypeKind::kBoolean ? static_cast<T>(number != 0) : number);
      }
    });
    return "";
  }

  void Write(const Column& column, uint32_t row, std::string& out) const {
    if (width_ == 0) {
      out += column.ValueAt<StringRef>(row).view();
      return;
    }
    DispatchPhysical(type_.physical(), [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T>) AppendLittle(out, InOrder(column.ValueAt<T>(row)));
    });
  }

 private:
  // A number with its bytes in the other order where that is the record's.
  template <typename T>
  T InOrder(T number) const {
    if (!swaps_) return number;
    auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(number);
    std::ranges::reverse(bytes);
    return std::bit_cast<T>(bytes);
  }

  const Type type_;
  const size_t width_;
  const bool swaps_;
};

class RawMessageDecoder final : public MessageDecoder {
 public:
  explicit RawMessageDecoder(const FormatSpec& spec)
      : reads_(!spec.columns.empty()),
        builder_(spec.record.fields.front().type),
        values_(builder_.type(), spec.options) {}

  Result<DecodedMessages> Decode(MessageBlock& block, size_t from, uint32_t max_rows,
                                 MessageRows& rows, BadMessage& bad) override {
    const size_t end = std::min(block.places.size(), from + max_rows);
    rows.message_of.clear();
    for (size_t at = from; at < end; ++at) {
      const std::string wrong = values_.Append(block.message(at), builder_);
      if (!wrong.empty()) {
        builder_.Finish();
        bad = {at, ""};
        return Status::DataError(wrong).WithId("E3005");
      }
      rows.message_of.push_back(static_cast<uint32_t>(at));
    }
    rows.batch = Batch{};
    rows.batch.row_count = static_cast<uint32_t>(rows.message_of.size());
    ColumnPtr column = builder_.Finish();
    if (reads_) rows.batch.columns.push_back(std::move(column));
    return DecodedMessages{end - from, 0};
  }

 private:
  const bool reads_;  // the column; else rows are only counted
  ColumnBuilder builder_;
  const RawValues values_;
};

// A line is a record; the last one needs no end.
class RawLinesDecoder final : public Decoder {
 public:
  explicit RawLinesDecoder(const FormatSpec& spec)
      : reads_(!spec.columns.empty()),
        builder_(spec.record.fields.front().type),
        values_(builder_.type(), spec.options) {}

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return WholeLines(bytes, at_end);
  }
  Result<std::optional<size_t>> Prologue(std::string_view, bool) override {
    return std::optional<size_t>(0);
  }
  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    batch = Batch{};
    size_t at = from;
    while (at < block.bytes.size() && batch.row_count < max_rows) {
      const size_t end = std::min(block.bytes.find('\n', at), block.bytes.size());
      std::string_view line = block.bytes.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const std::string wrong = values_.Append(line, builder_);
      if (!wrong.empty()) {
        builder_.Finish();
        bad = {at, "", wrong};
        return Status::DataError(wrong).WithId("E3005");
      }
      ++batch.row_count;
      at = std::min(end + 1, block.bytes.size());
    }
    ColumnPtr column = builder_.Finish();
    if (reads_) batch.columns.push_back(std::move(column));
    return DecodeResult{at - from, 0};
  }

 private:
  const bool reads_;
  ColumnBuilder builder_;
  const RawValues values_;
};

class RawMessageEncoder final : public MessageEncoder {
 public:
  explicit RawMessageEncoder(const FormatSpec& spec)
      : values_(spec.record.fields.front().type, spec.options) {}

  Status Append(const Batch& batch, EncodedMessages& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const bool none = batch.columns[0]->IsNull(row);
      if (!none) values_.Write(*batch.columns[0], row, out.bytes);
      out.Add(none);
    }
    return {};
  }

 private:
  const RawValues values_;
};

class RawLinesEncoder final : public Encoder {
 public:
  explicit RawLinesEncoder(const FormatSpec& spec)
      : values_(spec.record.fields.front().type, spec.options) {}

  // What would not be read back is refused.
  Status Append(const Batch& batch, std::string& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      const size_t begin = out.size();
      const bool none = batch.columns[0]->IsNull(row);
      if (!none) values_.Write(*batch.columns[0], row, out);
      if (none || out.find('\n', begin) != std::string::npos) {
        return Status::DataError(
                   "the format 'raw' writes neither NULL nor a value with a line end to a file")
            .WithId("E3001");
      }
      out += '\n';
    }
    return {};
  }

 private:
  const RawValues values_;
};

template <typename Made, typename Port>
Result<std::unique_ptr<Port>> Make(FormatSpec spec) {
  RETURN_IF_ERROR(CheckColumns(spec.record));
  return std::unique_ptr<Port>(std::make_unique<Made>(spec));
}

}  // namespace

const Format& RawFormat() {
  static const Format format = {
      &kRawDescriptor, Make<RawLinesDecoder, Decoder>, Make<RawLinesEncoder, Encoder>,
      Make<RawMessageDecoder, MessageDecoder>, Make<RawMessageEncoder, MessageEncoder>};
  return format;
}

}  // namespace weir::connectors
