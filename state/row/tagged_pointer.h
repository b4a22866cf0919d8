// An address with a tag above it, in one word.
#pragma once

#include <cstdint>

namespace weir::state {

// Reports an address of more than 48 bits and aborts.
[[noreturn]] void RefuseAddress(const void* address);

// 48 bits of address below 16 bits of tag. The tag is always removed before the address is used.
// Processors have longer addresses: 57 bits with five levels of page tables (x86-64 LA57, RISC-V
// Sv57), 52 bits on ARM. Linux gives a process such memory only if it passes mmap a hint above 47
// bits, which none of the allocators that we link does. ARM's top byte (TBI, MTE) and Intel's LAM
// let a pointer carry bits above the address, and allocators that use them (HWASan, hardened
// Android) return pointers without room for our tag. In either case the first such address ends the
// process here before it is truncated: the check is always on.
class TaggedPointer {
 public:
  static constexpr int kAddressBits = 48;
  static constexpr uint64_t kAddressMask = (uint64_t{1} << kAddressBits) - 1;

  // A word of zeros.
  constexpr TaggedPointer() = default;
  TaggedPointer(const void* address, uint16_t tag) : word_(reinterpret_cast<uint64_t>(address)) {
    if ((word_ & ~kAddressMask) != 0) [[unlikely]]
      RefuseAddress(address);
    word_ |= uint64_t{tag} << kAddressBits;
  }
  // REQUIRES: the word() of one, or a word in memory that was written as one.
  static constexpr TaggedPointer FromWord(uint64_t word) {
    TaggedPointer pointer;
    pointer.word_ = word;
    return pointer;
  }

  void* address() const { return reinterpret_cast<void*>(word_ & kAddressMask); }
  constexpr uint16_t tag() const { return static_cast<uint16_t>(word_ >> kAddressBits); }
  constexpr uint64_t word() const { return word_; }
  // Whether there is neither address nor tag.
  constexpr bool empty() const { return word_ == 0; }
  friend constexpr bool operator==(TaggedPointer, TaggedPointer) = default;

 private:
  uint64_t word_ = 0;
};
static_assert(sizeof(TaggedPointer) == 8 && sizeof(void*) == 8);

}  // namespace weir::state
