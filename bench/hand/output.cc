#include "bench/hand/output.h"

#include "runtime/connectors/fold_bytes.h"

namespace weir::bench {

using connectors::FoldBytes;

Output::Output(std::string_view kinds, ResultHash* hash, std::string directory)
    : hash_(hash), directory_(std::move(directory)) {
  for (const char kind : kinds) {
    Column& column = columns_.emplace_back();
    column.kind = kind;
    if (kind == 's') {
      column.texts.resize(kRows);
    } else if (kind == 'd') {
      column.decimals.resize(kRows);
    } else {
      column.numbers.resize(kRows);
    }
  }
}

void Output::Flush() {
  if (hash_ != nullptr) {
    Hash();
  } else {
    Consume();
  }
  rows_ += count_;
  count_ = 0;
}

void Output::Consume() {
  uint64_t sum = FoldBytes(signs_.data(), count_);
  for (const Column& column : columns_) {
    if (column.kind == 's') {
      for (uint32_t i = 0; i < count_; ++i)
        sum += FoldBytes(column.texts[i].data(), column.texts[i].size());
    } else if (column.kind == 'd') {
      sum += FoldBytes(column.decimals.data(), count_ * sizeof(Int128));
    } else {
      sum += FoldBytes(column.numbers.data(), count_ * sizeof(int64_t));
    }
  }
  sum_ = sum_ + sum;
}

void Output::Hash() {
  for (uint32_t i = 0; i < count_; ++i) {
    for (const Column& column : columns_) {
      if (column.kind == 's') {
        hash_->Text(column.texts[i].view());
      } else if (column.kind == 'd') {
        hash_->Decimal(column.decimals[i], 3);
      } else if (column.kind == 't') {
        hash_->Time(column.numbers[i]);
      } else {
        hash_->Number(column.numbers[i]);
      }
    }
    hash_->EndRow(signs_[i]);
  }
}

}  // namespace weir::bench
