// Where a hand-written query puts its rows: columns of some thousand rows that a sink then reads,
// every byte of every column as the connector `blackhole` does, or hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/lib/result_hash.h"
#include "runtime/types/string_ref.h"

namespace weir::bench {

// Columns by kind, a letter each: n BIGINT, t TIMESTAMP(3) in microseconds, d DECIMAL(23, 3)
// unscaled, s STRING (which must live until the next Flush).
class Output {
 public:
  // `hash`: null to read rows only. `directory`: for a query that writes files; empty: it does not.
  Output(std::string_view kinds, ResultHash* hash, std::string directory = "");

  // Column `i`, to be filled at row at().
  int64_t* n(size_t i) { return columns_[i].numbers.data(); }
  StringRef* s(size_t i) { return columns_[i].texts.data(); }
  Int128* d(size_t i) { return columns_[i].decimals.data(); }
  uint32_t at() const { return count_; }

  // The row at at() is complete: added, or taken back.
  void Add() { End(1); }
  void TakeBack() { End(-1); }
  // Hands on what is there.
  void Flush();
  // Rows put out, taken back ones included.
  uint64_t rows() const { return rows_; }
  const std::string& directory() const { return directory_; }

 private:
  struct Column {
    char kind;
    std::vector<int64_t> numbers;
    std::vector<StringRef> texts;
    std::vector<Int128> decimals;
  };
  void End(int8_t sign) {
    signs_[count_] = sign;
    if (++count_ == kRows) Flush();
  }
  void Consume();
  void Hash();

  static constexpr uint32_t kRows = 4096;
  std::vector<Column> columns_;
  std::vector<int8_t> signs_ = std::vector<int8_t>(kRows);
  uint32_t count_ = 0;
  uint64_t rows_ = 0;
  ResultHash* hash_;
  const std::string directory_;
  volatile uint64_t sum_ = 0;
};

}  // namespace weir::bench
