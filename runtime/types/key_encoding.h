// Canonical bytes of typed keys (key encoding version 1, state/FORMAT.md): what is hashed into key
// groups, compared, and written to disk. Independent of machine, parallelism and integer width, so
// that widening INT to BIGINT keeps every key where it is. Bytes compare (memcmp) in SQL order,
// NULL first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir {

inline constexpr uint32_t kKeyEncodingVersion = 1;

// Key groups are numbered 0..max_parallelism-1; a key belongs to Hash64(canonical bytes) %
// max_parallelism.
inline constexpr uint32_t kDefaultMaxParallelism = 128;
constexpr uint32_t KeyGroupOf(uint64_t key_hash, uint32_t max_parallelism) {
  return static_cast<uint32_t>(key_hash % max_parallelism);
}

// A subtask's contiguous share [first, end) of the key groups, as Flink's KeyGroupRange but with an
// exclusive end.
struct KeyGroupRange {
  uint32_t first = 0;
  uint32_t end = 0;
  bool Contains(uint32_t group) const { return group >= first && group < end; }
  friend bool operator==(const KeyGroupRange&, const KeyGroupRange&) = default;
};
// Splits the key groups evenly: shares differ by at most one group and cover every group exactly
// once. REQUIRES: parallelism <= max_parallelism.
KeyGroupRange KeyGroupsOfSubtask(uint32_t subtask, uint32_t parallelism, uint32_t max_parallelism);
constexpr uint32_t SubtaskOfKeyGroup(uint32_t group, uint32_t parallelism,
                                     uint32_t max_parallelism) {
  return static_cast<uint32_t>(uint64_t{group} * parallelism / max_parallelism);
}

// Appends the canonical bytes of row `row` of `column`. NULL sorts first, then values in SQL's
// order; -0.0 and 0.0 are one key, and so are all NaNs. Maps and multisets are one key when they
// have equal entries, and their keys have an order that SQL does not have (CheckHasOrder).
void AppendKeyValue(const Column& column, uint32_t row, std::string& out);
// Appends the key made of several columns, in the given order.
void AppendKey(std::span<const ColumnPtr> columns, uint32_t row, std::string& out);

// Appends the keys of rows 0..rows-1 one after another and sets ends[i] to where key i ends in
// `out`.
void AppendKeys(std::span<const ColumnPtr> columns, uint32_t rows, std::string& out,
                std::vector<size_t>& ends);

// Hash64 of the canonical key of every selected row, written to hashes[physical row]. One pass per
// column for fixed-width keys; no bytes are materialised for single integer keys.
void HashKeys(const Batch& batch, std::span<const int> key_columns, uint64_t* hashes);

// Decodes keys back into columns of `types`, one row a key. kCorruption on malformed bytes. A
// column in which all keys share one value may come back constant.
Result<std::vector<ColumnPtr>> DecodeKeys(std::span<const std::string_view> keys,
                                          std::span<const Type> types);

// Copies the rows `ids` of a key column, like GatherColumn, but replaces each value by the one that
// its key decodes to: 0.0 for -0.0, one NaN for all, and map entries in one order. So an operator
// may take a group's key from any of its rows.
Result<ColumnPtr> GatherKey(const Column& column, std::span<const uint32_t> ids);

// kUnsupported when values of this type cannot be sorted by: MAP and MULTISET, at any depth.
Status CheckHasOrder(const Type& type);

}  // namespace weir
