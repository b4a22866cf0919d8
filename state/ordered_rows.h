// A few sub-keys of one key, in order: what SubKeySet keeps where somebody asks for an order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "state/tagged_row.h"

namespace weir::state {

// At most kMost rows in the order of their sub-keys' bytes. One block of memory: this head, then
// slots of 8 bytes (tagged_row.h), so that a row is found by its hash, and only one that comes is
// compared with others. A tree takes three times as much. Gives no memory back while it lives. Does
// not own the rows. One thread.
class OrderedRows {
 public:
  static constexpr uint32_t kMost = 16;

  // An empty one. Delete gives it back.
  static OrderedRows* Make();
  static void Delete(OrderedRows* table);
  OrderedRows(const OrderedRows&) = delete;
  OrderedRows& operator=(const OrderedRows&) = delete;

  uint32_t size() const { return size_; }
  // In order; RowIn gives the rows.
  std::span<const uint64_t> slots() const {
    return {reinterpret_cast<const uint64_t*>(this + 1), size_};
  }
  // Null when there is none of this sub-key. `hash`: of its bytes, as HashOf gives it for its row.
  RowHeader* Find(std::string_view sub_key, uint32_t hash) const;
  // Takes the row in and returns the table, which may be another one then: the old one is gone.
  // REQUIRES: size() < kMost, and there is no row of its sub-key.
  [[nodiscard]] static OrderedRows* Insert(OrderedRows* table, RowHeader* row);
  // REQUIRES: the row is there.
  void Erase(const RowHeader* row);

 private:
  explicit OrderedRows(uint32_t room) : size_(0), room_(room) {}
  static OrderedRows* WithRoom(uint32_t room);
  uint64_t* begin() { return reinterpret_cast<uint64_t*>(this + 1); }

  uint32_t size_;
  uint32_t room_;
};
static_assert(sizeof(OrderedRows) == 8);

}  // namespace weir::state
