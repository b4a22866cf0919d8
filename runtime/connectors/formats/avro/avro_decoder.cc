// Hot: bench/formats.cc.
#include "runtime/connectors/formats/avro/avro_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "runtime/base/valid_utf8.h"
#include "runtime/types/decimal.h"

namespace weir::connectors::avro {
namespace {

constexpr int64_t kDayNanos = 86'400'000'000'000;

bool IsText(std::string_view bytes) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    if ((LoadLittle<uint64_t>(bytes.data() + at) & kHighBits) != 0) return IsUtf8(bytes);
  }
  for (; at < bytes.size(); ++at) {
    if ((static_cast<uint8_t>(bytes[at]) & 0x80) != 0) return IsUtf8(bytes);
  }
  return true;
}

// Columns keep what their texts point into.
void KeepAlive(ColumnBuilder& column, const BufferPtr& memory) {
  if (column.type().physical() == PhysicalType::kString) column.AddHeap(memory);
  for (size_t i = 0; i < column.child_count(); ++i) KeepAlive(column.child(i), memory);
}

// Marks the keys that occur again later; empty when none does. What comes last counts, as in Flink.
std::vector<bool> Superseded(std::span<const StringRef> keys) {
  std::vector<bool> marks;
  std::unordered_set<std::string_view> seen;
  for (size_t i = keys.size(); i-- > 0;) {
    if (seen.insert(keys[i].view()).second) continue;
    marks.resize(keys.size(), false);
    marks[i] = true;
  }
  return marks;
}

bool HasRepeated(std::span<const StringRef> keys) {
  constexpr size_t kFew = 8;
  if (keys.size() > kFew) return true;  // perhaps
  for (size_t i = 1; i < keys.size(); ++i) {
    if (std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), keys[i]) !=
        keys.begin() + static_cast<std::ptrdiff_t>(i))
      return true;
  }
  return false;
}

}  // namespace

AvroRows::AvroRows(const std::vector<Type>& columns) {
  for (const Type& type : columns) columns_.emplace_back(type);
}

void AvroRows::Begin(BufferPtr memory) {
  if (rows_ > 0) Finish();
  empty_in_batch_ = 0;
  memory_ = std::move(memory);
}

Batch AvroRows::Finish() {
  Batch batch;
  batch.row_count = std::exchange(rows_, 0);
  for (ColumnBuilder& column : columns_) {
    if (memory_ != nullptr) KeepAlive(column, memory_);
    batch.columns.push_back(column.Finish());
  }
  memory_ = nullptr;
  return batch;
}

bool AvroRows::Append(const AvroPlan& plan, std::string_view record) {
  column_.clear();
  size_t root = 0;
  if (!Open(plan, record, root)) return false;
  const bool good = AppendRecord(plan.roots[root]);
  empty_in_batch_ += empty_;
  if (good) {
    ++rows_;
  } else {
    TruncateTo(rows_);
  }
  return good;
}

void AvroRows::TruncateTo(uint32_t rows) {
  rows_ = rows;
  for (ColumnBuilder& column : columns_) column.TruncateTo(rows);
}

bool AvroRows::AppendRecord(const AvroRoot& root) {
  const AvroNode& record = plan_->nodes[root.node];
  if (record.step == AvroStep::kFail) return Refuse(record.texts[0]);
  for (size_t i = 0; i < record.parts.size(); ++i) {
    const AvroNode& part = plan_->nodes[record.parts[i]];
    const int target = record.targets[i];
    const bool good =
        target == kNoField ? Skip(part, 0) : Run(part, columns_[static_cast<size_t>(target)]);
    if (good) [[likely]]
      continue;
    column_ = root.names[i];
    return false;
  }
  return true;  // what follows is ignored, as Flink does: a table may have the first columns alone
}

bool AvroRows::Run(const AvroNode& node, ColumnBuilder& out) {
  std::string_view bytes;
  switch (node.step) {
    case AvroStep::kUnion: {
      size_t branch = 0;
      return TakeBranch(node, branch) && Run(plan_->nodes[node.parts[branch]], out);
    }
    case AvroStep::kNull:
      out.AppendNull();
      return true;
    case AvroStep::kText:
      return reader_.TakeBytes(bytes) ? AppendText(bytes, out) : EndsEarly();
    case AvroStep::kBytes:
    case AvroStep::kFixed:
      if (!(node.step == AvroStep::kBytes ? reader_.TakeBytes(bytes)
                                          : reader_.TakeFixed(node.size, bytes)))
        return EndsEarly();
      copies_ ? out.AppendString(bytes) : out.Append(StringRef(bytes));
      return true;
    case AvroStep::kDecimal:
      return reader_.TakeBytes(bytes) ? AppendDecimal(bytes, out) : EndsEarly();
    case AvroStep::kFixedDecimal:
      return reader_.TakeFixed(node.size, bytes) ? AppendDecimal(bytes, out) : EndsEarly();
    case AvroStep::kSymbol: {
      int64_t number = 0;
      if (!reader_.TakeLong(number)) return EndsEarly();
      if (number < 0 || number >= static_cast<int64_t>(node.texts.size()))
        return Refuse("it is none of the symbols of its schema");
      const std::string& symbol = node.texts[static_cast<size_t>(number)];
      if (symbol.empty()) return Refuse("the schema that it is read with lacks its symbol");
      out.AppendString(symbol);
      return true;
    }
    case AvroStep::kArray:
    case AvroStep::kMap:
    case AvroStep::kRecord:
    case AvroStep::kConstant:
    case AvroStep::kFail:
      return RunNested(node, out);
    default:
      return RunNumber(node, out);
  }
}

bool AvroRows::RunNumber(const AvroNode& node, ColumnBuilder& out) {
  int64_t number = 0;
  switch (node.step) {
    case AvroStep::kBoolean: {
      uint8_t byte = 0;
      if (!reader_.TakeLittle(byte)) return EndsEarly();
      if (byte > 1) return Refuse("a boolean is neither 0 nor 1");
      out.Append(byte);
      return true;
    }
    case AvroStep::kFloat:
    case AvroStep::kFloatToDouble: {
      float real = 0;
      if (!reader_.TakeLittle(real)) return EndsEarly();
      node.step == AvroStep::kFloat ? out.Append(real) : out.Append(static_cast<double>(real));
      return true;
    }
    case AvroStep::kDouble: {
      double real = 0;
      if (!reader_.TakeLittle(real)) return EndsEarly();
      out.Append(real);
      return true;
    }
    case AvroStep::kScaled:
    case AvroStep::kTimeOfDay:
      return AppendTime(node, out);
    default:
      break;
  }
  if (!reader_.TakeLong(number)) return EndsEarly();
  const auto append = [&]<typename T>(T narrow) {
    if (narrow != number)
      return Refuse(fmt::format("{} is beyond {}", number, out.type().ToString()));
    out.Append(narrow);
    return true;
  };
  switch (node.step) {
    case AvroStep::kTinyInt:
      return append(static_cast<int8_t>(number));
    case AvroStep::kSmallInt:
      return append(static_cast<int16_t>(number));
    case AvroStep::kInt:
      return append(static_cast<int32_t>(number));
    case AvroStep::kBigInt:
      out.Append(number);
      return true;
    case AvroStep::kLongToFloat:
      out.Append(static_cast<float>(number));
      return true;
    case AvroStep::kLongToDouble:
      out.Append(static_cast<double>(number));
      return true;
    default:
      WEIR_UNREACHABLE();
  }
}

bool AvroRows::AppendTime(const AvroNode& node, ColumnBuilder& out) {
  int64_t number = 0;
  if (!reader_.TakeLong(number)) return EndsEarly();
  int64_t scaled = 0;
  if (__builtin_mul_overflow(number, node.factor, &scaled))
    return Refuse(fmt::format("{} is beyond {}", number, out.type().ToString()));
  if (node.step == AvroStep::kTimeOfDay && (scaled < 0 || scaled >= kDayNanos))
    return Refuse(fmt::format("{} is no time of day", number));
  int64_t beyond = scaled % node.unit;
  if (beyond < 0) beyond += node.unit;
  if (__builtin_sub_overflow(scaled, beyond, &scaled))
    return Refuse(fmt::format("{} is beyond {}", number, out.type().ToString()));
  out.Append(scaled);
  return true;
}

bool AvroRows::AppendText(std::string_view text, ColumnBuilder& out) {
  if (!IsText(text)) return Refuse("the text is not UTF-8");
  copies_ ? out.AppendString(text) : out.Append(StringRef(text));
  return true;
}

bool AvroRows::AppendDecimal(std::string_view bytes, ColumnBuilder& out) {
  const Type& type = out.type();
  const auto refuse = [&] { return Refuse(fmt::format("a number is beyond {}", type.ToString())); };
  const bool negative = !bytes.empty() && (bytes.front() & 0x80) != 0;
  const char sign = negative ? '\xFF' : '\0';
  while (bytes.size() > sizeof(Int128)) {
    if (bytes.front() != sign) return refuse();
    bytes.remove_prefix(1);
  }
  if (!bytes.empty() && ((bytes.front() & 0x80) != 0) != negative) return refuse();
  UInt128 bits = negative ? ~UInt128{0} : 0;
  for (const char byte : bytes) bits = (bits << 8) | static_cast<uint8_t>(byte);
  const auto unscaled = static_cast<Int128>(bits);
  if (!FitsPrecision(unscaled, type.precision())) return refuse();
  if (type.physical() == PhysicalType::kInt64) {
    out.Append(static_cast<int64_t>(unscaled));
  } else {
    out.Append(unscaled);
  }
  return true;
}

bool AvroRows::RunNested(const AvroNode& node, ColumnBuilder& out) {
  switch (node.step) {
    case AvroStep::kArray:
      return AppendItems(node, out);
    case AvroStep::kMap:
      return AppendEntries(node, out);
    case AvroStep::kConstant:
      return AppendConstant(node, out);
    case AvroStep::kRecord:
      for (size_t i = 0; i < node.parts.size(); ++i) {
        const AvroNode& part = plan_->nodes[node.parts[i]];
        const int target = node.targets[i];
        if (!(target == kNoField ? Skip(part, 0)
                                 : Run(part, out.child(static_cast<size_t>(target)))))
          return false;
      }
      out.AppendRow();
      return true;
    default:
      return Refuse(node.texts[0]);
  }
}

bool AvroRows::AppendItems(const AvroNode& node, ColumnBuilder& out) {
  const AvroNode& item = plan_->nodes[node.parts[0]];
  for (;;) {
    int64_t count = 0;
    int64_t bytes = 0;
    if (!TakeCount(node.takes_bytes, count, bytes)) return false;
    if (count == 0) break;
    for (; count > 0; --count) {
      if (!Run(item, out.child(0))) return false;
    }
  }
  out.AppendList();
  return true;
}

bool AvroRows::AppendEntries(const AvroNode& node, ColumnBuilder& out) {
  const AvroReader begin = reader_;
  const uint32_t first = out.child(0).size();
  const size_t base = keys_.size();  // values may be maps
  bool good = ReadEntries(node, out, {});
  const std::span<const StringRef> keys(keys_.data() + base, keys_.size() - base);
  if (good && HasRepeated(keys)) {
    if (const std::vector<bool> superseded = Superseded(keys); !superseded.empty()) {
      out.child(0).TruncateTo(first);
      out.child(1).TruncateTo(first);
      reader_ = begin;
      good = ReadEntries(node, out, superseded);
    }
  }
  keys_.resize(base);
  if (good) out.AppendList();
  return good;
}

bool AvroRows::ReadEntries(const AvroNode& node, ColumnBuilder& out,
                           const std::vector<bool>& left_out) {
  const AvroNode& value = plan_->nodes[node.parts[0]];
  for (size_t entry = 0;;) {
    int64_t count = 0;
    int64_t bytes = 0;
    if (!TakeCount(true, count, bytes)) return false;
    if (count == 0) return true;
    for (; count > 0; --count, ++entry) {
      std::string_view key;
      if (!reader_.TakeBytes(key)) return EndsEarly();
      if (!left_out.empty() && left_out[entry]) {
        if (!Skip(plan_->nodes[node.parts[1]], 0)) return false;
        continue;
      }
      if (!AppendText(key, out.child(0)) || !Run(value, out.child(1))) return false;
      keys_.emplace_back(key);
    }
  }
}

bool AvroRows::AppendConstant(const AvroNode& node, ColumnBuilder& out) {
  const AvroReader rest =
      std::exchange(reader_, AvroReader(std::string_view(node.texts[0]).substr(0, node.size)));
  copies_ = true;
  const bool good = Run(plan_->nodes[node.parts[0]], out);
  copies_ = false;
  reader_ = rest;
  return good;
}

}  // namespace weir::connectors::avro
