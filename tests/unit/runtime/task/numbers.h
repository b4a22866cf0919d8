// Batches of numbers, in one column, for tests of what is between tasks.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/types/batch.h"
#include "runtime/types/value.h"

namespace weir::task {

// `count` rows from `first` on.
inline Batch Numbers(int64_t first, int64_t count) {
  std::vector<Value> values;
  for (int64_t i = first; i < first + count; ++i) values.push_back({Type::BigInt(), i});
  Batch batch;
  batch.row_count = static_cast<uint32_t>(count);
  batch.columns.push_back(MakeColumn(Type::BigInt(), values));
  return batch;
}

inline Batch Number(int64_t value) {
  return Numbers(value, 1);
}

inline int64_t NumberOf(const Batch& batch) {
  return batch.columns[0]->ValueAt<int64_t>(0);
}

}  // namespace weir::task
