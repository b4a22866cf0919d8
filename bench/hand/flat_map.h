// Open addressing with linear probing: what the hand-written loops keep their keys in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "runtime/types/string_ref.h"

namespace weir::bench {

// From integers to small values. At most half full. References are valid until the next insertion.
template <typename Value>
class FlatMap {
 public:
  struct Slot {
    uint64_t key;
    bool used;
    Value value;
  };

  FlatMap() : slots_(1024) {}
  size_t size() const { return used_; }

  // The key's value; a new one is Value{}.
  Value& operator[](uint64_t key) {
    Slot* slot = &Place(key);
    if (!slot->used) {
      if ((used_ + 1) * 2 > slots_.size()) {
        Grow();
        slot = &Place(key);
      }
      ++used_;
      slot->used = true;
      slot->key = key;
      slot->value = Value{};
    }
    return slot->value;
  }
  // Null when the key is not there.
  Value* Find(uint64_t key) {
    Slot& slot = Place(key);
    return slot.used ? &slot.value : nullptr;
  }
  // f(key, value) for every key, in no order.
  template <typename F>
  void ForEach(F&& f) {
    for (Slot& slot : slots_) {
      if (slot.used) f(slot.key, slot.value);
    }
  }
  void Clear() {
    for (Slot& slot : slots_) slot.used = false;
    used_ = 0;
  }
  // The slots behind it move up, so that no gap breaks a chain.
  void Erase(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    auto hole = static_cast<size_t>(&Place(key) - slots_.data());
    if (!slots_[hole].used) return;
    --used_;
    for (size_t at = (hole + 1) & mask; slots_[at].used; at = (at + 1) & mask) {
      if (((at - Home(slots_[at].key)) & mask) < ((at - hole) & mask)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole].used = false;
  }

 private:
  size_t Home(uint64_t key) const {
    return static_cast<size_t>((key ^ key >> 32) * 0x9E3779B97F4A7C15ULL >> shift_);
  }
  Slot& Place(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    size_t at = Home(key);
    while (slots_[at].used && slots_[at].key != key) at = (at + 1) & mask;
    return slots_[at];
  }
  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    --shift_;
    for (Slot& slot : old) {
      if (slot.used) Place(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  int shift_ = 54;
  size_t used_ = 0;
};

// Memory for strings that outlive their batch; never given back.
class TextArena {
 public:
  StringRef Keep(StringRef text) {
    if (text.is_inline()) return text;
    if (left_ < text.size()) {
      chunks_.emplace_back(kChunkBytes);
      at_ = chunks_.back().data();
      left_ = kChunkBytes;
    }
    std::memcpy(at_, text.data(), text.size());
    const StringRef kept({at_, text.size()});
    at_ += text.size();
    left_ -= text.size();
    return kept;
  }

 private:
  static constexpr size_t kChunkBytes = size_t{1} << 20;
  std::deque<std::vector<char>> chunks_;
  char* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace weir::bench
