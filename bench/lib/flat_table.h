// The hash map of loops written by hand: open addressing, linear probing, rows in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::bench {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

inline uint64_t FlatHash(int64_t key) {
  return static_cast<uint64_t>(key) * kGolden;
}

struct IntPair {
  int64_t first;
  int64_t second;
  bool operator==(const IntPair&) const = default;
};

inline uint64_t FlatHash(const IntPair& key) {
  return (static_cast<uint64_t>(key.first) * kGolden ^ static_cast<uint64_t>(key.second)) * kGolden;
}

// Keys without deletion of single ones. Value is cheap to move and default-made for a new key.
template <typename Key, typename Value>
class FlatTable {
 public:
  struct Slot {
    Key key;
    bool used;
    Value value;
  };

  FlatTable() : slots_(1024) {}
  size_t size() const { return size_; }

  // The key's value. A new one is `fresh`. The reference lives until the next call.
  Value& Find(const Key& key, bool& fresh) {
    Slot* slot = &Place(key);
    fresh = !slot->used;
    if (!fresh) return slot->value;
    if (++size_ * 2 > slots_.size()) {
      Rebuild(slots_.size() * 2, [](const Slot&) { return true; });
      slot = &Place(key);
    }
    slot->used = true;
    slot->key = key;
    slot->value = Value();
    return slot->value;
  }
  // Null when there is none.
  Value* FindExisting(const Key& key) {
    Slot& slot = Place(key);
    return slot.used ? &slot.value : nullptr;
  }
  // Drops the slots for which `keep` is false; it sees each one once.
  template <typename Keep>
  void Sweep(const Keep& keep) {
    Rebuild(slots_.size(), keep);
  }

 private:
  Slot& Place(const Key& key) {
    const size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>(FlatHash(key) >> shift_);
    while (slots_[at].used && !(slots_[at].key == key)) at = (at + 1) & mask;
    return slots_[at];
  }
  template <typename Keep>
  void Rebuild(size_t capacity, const Keep& keep) {
    std::vector<Slot> old(capacity);
    old.swap(slots_);
    if (capacity > old.size()) --shift_;
    size_t kept = 0;
    for (Slot& slot : old) {
      if (!slot.used || !keep(slot)) continue;
      Place(slot.key) = slot;
      ++kept;
    }
    size_ = capacity > old.size() ? size_ : kept;
  }

  std::vector<Slot> slots_;
  int shift_ = 54;
  size_t size_ = 0;
};

}  // namespace weir::bench
