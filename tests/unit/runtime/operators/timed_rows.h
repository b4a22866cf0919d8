// Rows with times, in seconds, that tests of joins feed and are given.
#pragma once

#include <cstdio>
#include <string>

#include "runtime/types/batch.h"
#include "runtime/types/batch_text.h"

namespace weir::operators {

inline const Schema kTimedLeft{
    {{"id", Type::Int()}, {"k", Type::Int()}, {"t", Type::Timestamp(3)}}};
inline const Schema kTimedRight{
    {{"t", Type::Timestamp(3)}, {"k", Type::Int()}, {"n", Type::Int()}}};

inline std::string At(int second) {
  char text[40];
  std::snprintf(text, sizeof(text), "1970-01-01 00:%02d:%02d", second / 60, second % 60);
  return text;
}
// As operators write it.
inline std::string At3(int second) {
  return At(second) + ".000";
}

// A row of kTimedLeft with one of kTimedRight.
inline std::string Pair(int id, int k, int left, int right, int n) {
  return "[" + std::to_string(id) + ", " + std::to_string(k) + ", " + At3(left) + ", " +
         At3(right) + ", " + std::to_string(k) + ", " + std::to_string(n) + "]";
}

// A batch with the mark of a watermark of `second` on every row.
inline Batch Marked(const std::string& text, const Schema& schema, int second) {
  Batch batch = ParseBatch(text, schema).value();
  batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
  for (uint32_t i = 0; i < batch.row_count; ++i) {
    batch.late_marks->as<int64_t>()[i] = int64_t{second} * 1000;
  }
  return batch;
}

}  // namespace weir::operators
