#include "bench/lib/result_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstring>
#include <mutex>

#include "bench/lib/engine.h"

namespace weir::bench {
namespace {

void AppendDecimal(std::string& out, Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  Int128 rest = negative ? -unscaled : unscaled;  // of 38 digits at most
  char text[48];
  char* at = text + sizeof(text);
  for (int i = 0; rest != 0 || i <= scale; ++i, rest /= 10) {
    if (i == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  if (negative) *--at = '-';
  out.append(at, static_cast<size_t>(text + sizeof(text) - at));
}

void PutValue(const Column& column, uint32_t row, ResultHash& hash) {
  const Type& type = column.type();
  if (column.IsNull(row)) return hash.Null();
  if (type.kind() == TypeKind::kDecimal) {
    const Int128 value = type.physical() == PhysicalType::kInt128 ? column.ValueAt<Int128>(row)
                                                                  : column.ValueAt<int64_t>(row);
    return hash.Decimal(value, type.scale());
  }
  if (type.is_timestamp()) return hash.Time(column.ValueAt<int64_t>(row));
  switch (type.physical()) {
    case PhysicalType::kString:
      return hash.Text(column.ValueAt<StringRef>(row).view());
    case PhysicalType::kInt64:
      return hash.Number(column.ValueAt<int64_t>(row));
    case PhysicalType::kInt32:
      return hash.Number(column.ValueAt<int32_t>(row));
    default:
      Require(Status::Unsupported(type.ToString()), "cannot hash a column");
  }
}

class HashSink final : public Sink {
 public:
  explicit HashSink(ResultHash& hash) : hash_(hash) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<Writer>(*this));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<Committer>());
  }

 private:
  class Writer final : public SinkWriter {
   public:
    explicit Writer(HashSink& sink) : sink_(sink) {}
    Status Write(const Batch& batch) override {
      const std::lock_guard<std::mutex> lock(sink_.mutex_);
      ForEachRow(batch, [&](uint32_t row) {
        for (const ColumnPtr& column : batch.columns) PutValue(*column, row, sink_.hash_);
        sink_.hash_.EndRow(IsAddition(batch.kind(row)) ? 1 : -1);
      });
      return {};
    }
    Result<PreCommitted> PreCommit(uint64_t) override { return PreCommitted(); }

   private:
    static bool IsAddition(RowKind kind) {
      return kind == RowKind::kInsert || kind == RowKind::kUpdateAfter;
    }
    HashSink& sink_;
  };
  class Committer final : public SinkCommitter {
   public:
    Status Commit(std::span<const std::string>) override { return {}; }
  };

  ResultHash& hash_;
  std::mutex mutex_;
};

}  // namespace

bool ResultHash::Next() {
  if ((open_ >> column_++ & 1) != 0) return false;
  if (!first_) row_ += '\t';
  first_ = false;
  return true;
}

void ResultHash::Number(int64_t value) {
  if (Next()) row_ += fmt::format_int(value).c_str();
}

void ResultHash::Time(int64_t micros) {
  if (!Next()) return;
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(micros)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t millis = (time - day).count() / 1000;
  row_ += fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      millis / 3'600'000, millis / 60'000 % 60, millis / 1000 % 60, millis % 1000);
}

void ResultHash::Decimal(Int128 unscaled, int scale) {
  if (Next()) AppendDecimal(row_, unscaled, scale);
}

void ResultHash::Text(std::string_view text) {
  if (Next()) row_ += text;
}

void ResultHash::Null() {
  Next();
}

void ResultHash::EndRow(int sign) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_Digest(row_.data(), row_.size(), digest, nullptr, EVP_md5(), nullptr);
  uint64_t low = 0;
  std::memcpy(&low, digest + sizeof(low), sizeof(low));
  sum_ += sign > 0 ? low : uint64_t{0} - low;
  rows_ += sign;
  row_.clear();
  column_ = 0;
  first_ = true;
}

std::unique_ptr<Sink> MakeHashSink(ResultHash& hash) {
  return std::make_unique<HashSink>(hash);
}

}  // namespace weir::bench
