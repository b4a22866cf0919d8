// A number that says what a query's result is as a bag of rows: the sum, modulo 2^64, over its rows
// of the last eight bytes, little-endian, of the MD5 (RFC 1321) of the row's text. A row taken back
// is subtracted. Text: columns with a tab between, numbers in decimal, times as "2026-01-01
// 12:00:00.123", NULL as nothing. Any program that has MD5 can compute it; DuckDB does
// (bench/nexmark/duckdb_run.py).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/sink.h"
#include "runtime/types/column.h"

namespace weir::bench {

class ResultHash {
 public:
  // `open`: bit i set means that column i depends on which of equal rows came first; it is left
  // out.
  explicit ResultHash(uint32_t open) : open_(open) {}

  // The columns of a row in order, then the row's end: +1 or -1.
  void Number(int64_t value);
  void Time(int64_t micros);
  void Decimal(Int128 unscaled, int scale);
  void Text(std::string_view text);
  void Null();
  void EndRow(int sign);

  uint64_t sum() const { return sum_; }
  int64_t rows() const { return rows_; }

 private:
  // Whether the next column counts; puts the tab before it.
  bool Next();

  uint32_t open_;
  uint32_t column_ = 0;
  bool first_ = true;
  std::string row_;
  uint64_t sum_ = 0;
  int64_t rows_ = 0;
};

// A sink that hashes what reaches it, from whatever subtask, into `hash`, which outlives it.
std::unique_ptr<Sink> MakeHashSink(ResultHash& hash);

}  // namespace weir::bench
