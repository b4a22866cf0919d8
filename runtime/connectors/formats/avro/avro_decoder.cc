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

// The most nulls and empty records that one record may have in collections, or where it is skipped.
// They take no bytes, so that a few bytes could claim any number of them.
constexpr uint64_t kMostEmpty = 1'000'000;
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

bool AvroRows::Refuse(std::string_view why) {
  if (failure_.empty()) failure_ = why;
  return false;
}

bool AvroRows::Append(const AvroPlan& plan, std::string_view record) {
  plan_ = &plan;
  reader_ = AvroReader(record);
  empty_ = 0;
  failure_.clear();
  column_.clear();
  int64_t root = 0;
  if (plan.in_union &&
      (!reader_.TakeLong(root) || root < 0 || root >= static_cast<int64_t>(plan.roots.size()))) {
    return Refuse("it is of no branch of the union that its schema is");
  }
  const bool good = AppendRecord(plan.roots[static_cast<size_t>(root)]);
  empty_in_batch_ += empty_;
  if (!good) {
    for (ColumnBuilder& column : columns_) column.TruncateTo(rows_);
    return false;
  }
  ++rows_;
  return true;
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

// Takes the head of the next block of an array or a map. `count` is the number of its items, 0 at
// the end; `bytes` is their size if the writer says it, else -1. False where the record does not
// have as many bytes as that claims.
bool AvroRows::TakeCount(bool takes_bytes, int64_t& count, int64_t& bytes) {
  bytes = -1;
  if (!reader_.TakeLong(count)) return EndsEarly();
  if (count < 0) {
    if (__builtin_sub_overflow(int64_t{0}, count, &count) || !reader_.TakeLong(bytes) ||
        bytes < 0 || static_cast<uint64_t>(bytes) > reader_.left())
      return EndsEarly();
  }
  if (takes_bytes) return static_cast<uint64_t>(count) <= reader_.left() || EndsEarly();
  return CountEmpty(static_cast<uint64_t>(count));
}

bool AvroRows::CountEmpty(uint64_t values) {
  empty_ += std::min(values, kMostEmpty + 1);
  return empty_ <= kMostEmpty || Refuse("it has more than 1,000,000 values without a byte");
}

bool AvroRows::TakeBranch(const AvroNode& node, size_t& branch) {
  int64_t number = 0;
  if (!reader_.TakeLong(number)) return EndsEarly();
  if (number < 0 || number >= static_cast<int64_t>(node.parts.size()))
    return Refuse("it is of no branch of a union");
  branch = static_cast<size_t>(number);
  return true;
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

bool AvroRows::Skip(const AvroNode& node, int depth) {
  if (depth > kDeepest) return Refuse("it is deeper than 64");
  std::string_view bytes;
  int64_t number = 0;
  switch (node.step) {
    case AvroStep::kSkipFixed:
      return reader_.TakeFixed(node.size, bytes) || EndsEarly();
    case AvroStep::kSkipLong:
      return reader_.TakeLong(number) || EndsEarly();
    case AvroStep::kSkipBytes:
      return reader_.TakeBytes(bytes) || EndsEarly();
    case AvroStep::kSkipItems:
    case AvroStep::kSkipEntries:
      return SkipItems(node, depth);
    case AvroStep::kSkipRecord:
      for (const uint32_t part : node.parts) {
        const char* const begin = reader_.at();
        if (!Skip(plan_->nodes[part], depth + 1)) return false;
        if (reader_.at() == begin && !CountEmpty(1)) return false;
      }
      return true;
    case AvroStep::kSkipUnion: {
      size_t branch = 0;
      return TakeBranch(node, branch) && Skip(plan_->nodes[node.parts[branch]], depth + 1);
    }
    default:
      WEIR_UNREACHABLE();
  }
}

bool AvroRows::SkipItems(const AvroNode& node, int depth) {
  const AvroNode& item = plan_->nodes[node.parts[0]];
  for (;;) {
    int64_t count = 0;
    int64_t bytes = 0;
    std::string_view skipped;
    if (!TakeCount(node.takes_bytes, count, bytes)) return false;
    if (count == 0) return true;
    if (bytes >= 0) {
      if (!reader_.TakeFixed(static_cast<uint64_t>(bytes), skipped)) return EndsEarly();
      continue;
    }
    for (; count > 0; --count) {
      if (node.step == AvroStep::kSkipEntries && !reader_.TakeBytes(skipped)) return EndsEarly();
      if (!Skip(item, depth + 1)) return false;
    }
  }
}

}  // namespace weir::connectors::avro
