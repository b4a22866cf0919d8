#include "runtime/expr/functions/lists.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/base/hash.h"

namespace weir::expr {
namespace {

constexpr uint64_t kNullHash = 0x6E756C6C;
constexpr size_t kFirstSlots = 16;

template <typename T>
uint64_t HashFlat(const T& value) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return Hash64(value.data(), value.size());
  } else if constexpr (std::is_floating_point_v<T>) {
    // Zeros of both signs are equal, and so are all NaNs.
    const T canonical = value == T{0}       ? T{0}
                        : std::isnan(value) ? std::numeric_limits<T>::quiet_NaN()
                                            : value;
    return Hash64(&canonical, sizeof(T));
  } else {
    return Hash64(&value, sizeof(T));
  }
}

}  // namespace

MutableColumnPtr AllRowsOf(const KernelCall& call) {
  return Column::Make(Type::Boolean(), call.length, call.constant);
}

MutableColumnPtr NullsOf(const KernelCall& call) {
  MutableColumnPtr shape = AllRowsOf(call);
  for (const ColumnPtr& arg : call.args) {
    if (!arg->has_validity()) continue;
    ForRows(call.rows, [&](uint32_t row) {
      if (arg->IsNull(row)) shape->SetNull(row);
    });
  }
  return shape;
}

uint64_t HashValue(const Column& column, uint32_t row) {
  if (column.IsNull(row)) return kNullHash;
  if (column.is_constant()) row = 0;
  const PhysicalType physical = column.type().physical();
  uint64_t hash = 0;
  if (physical == PhysicalType::kStruct) {
    for (const ColumnPtr& child : column.children())
      hash = CombineHash(hash, HashValue(*child, row));
    return hash;
  }
  if (physical == PhysicalType::kList && column.children().size() == 2) {
    // Entries of a map have no order: adding their hashes gives the same in any.
    for (uint32_t i = column.offsets()[row]; i < column.offsets()[row + 1]; ++i) {
      hash += CombineHash(HashValue(*column.children()[0], i), HashValue(*column.children()[1], i));
    }
    return hash;
  }
  if (physical == PhysicalType::kList) {
    for (const ColumnPtr& child : column.children()) {
      for (uint32_t i = column.offsets()[row]; i < column.offsets()[row + 1]; ++i) {
        hash = CombineHash(hash, HashValue(*child, i));
      }
    }
    return hash;
  }
  return DispatchPhysical(physical,
                          [&]<typename T>() { return HashFlat<T>(column.data<T>()[row]); });
}

size_t ElementSet::Find(uint64_t hash, const Column& column, uint32_t row) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && ValuesEqual(*entry.column, entry.row, column, row)) break;
  }
  return slot;
}

bool ElementSet::Contains(const Column& column, uint32_t row) const {
  return !entries_.empty() && slots_[Find(HashValue(column, row), column, row)] != 0;
}

uint32_t ElementSet::Insert(const Column& column, uint32_t row) {
  if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
  const uint64_t hash = HashValue(column, row);
  const size_t slot = Find(hash, column, row);
  if (slots_[slot] != 0) return slots_[slot] - 1;
  entries_.push_back({hash, &column, row});
  slots_[slot] = size();
  return size() - 1;
}

bool ElementSet::Add(const Column& column, uint32_t row) {
  const uint32_t before = size();
  return Insert(column, row) == before;
}

void ElementSet::Grow() {
  slots_.assign(std::max(kFirstSlots, slots_.size() * 2), 0);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    slots_[Find(entry.hash, *entry.column, entry.row)] = i + 1;
  }
}

void ElementSet::Clear() {
  // Only slots that are in use are emptied, by walking each entry's chain of collisions to its end.
  // The chain may hold other entries, which are to go as well.
  const size_t mask = slots_.empty() ? 0 : slots_.size() - 1;
  for (const Entry& entry : entries_) {
    for (size_t slot = entry.hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
      slots_[slot] = 0;
    }
  }
  entries_.clear();
}

}  // namespace weir::expr
