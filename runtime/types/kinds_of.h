// Kinds of changes as a batch has them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "runtime/types/batch.h"

namespace weir {

// The kinds of a batch's rows, kind(change) for each of its changes.
template <typename Changes, typename Kind = std::identity>
BufferPtr KindsOf(const Changes& changes, Kind kind = {}) {
  BufferPtr kinds = MakeBuffer<uint8_t>(changes.size());
  auto* next = kinds->as<uint8_t>();
  for (const auto& change : changes) *next++ = static_cast<uint8_t>(std::invoke(kind, change));
  return kinds;
}

// The same, but null where all of them are inserts.
template <typename Changes, typename Kind = std::identity>
BufferPtr KindsUnlessInserts(const Changes& changes, Kind kind = {}) {
  const auto is_insert = [](RowKind one) { return one == RowKind::kInsert; };
  return std::ranges::all_of(changes, is_insert, kind) ? nullptr : KindsOf(changes, kind);
}

}  // namespace weir
