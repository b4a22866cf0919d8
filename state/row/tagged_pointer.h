// An address with something else above it, in one word: TaggedPointer.
#pragma once

#include <cstdint>

namespace weir::state {

// Says which address has more than 48 bits, and aborts.
[[noreturn]] void RefuseAddress(const void* address);

// 48 bits of address below 16 bits of tag. Whoever needs the address takes it out: the tag is never
// left in a pointer, nor for the processor to ignore.
//
// Processors know longer addresses: 57 bits with five levels of page tables (x86-64 LA57, RISC-V
// Sv57), 52 bits on ARM. Linux gives a process such memory only where it asks mmap for it by a hint
// above 47 bits, which no allocator does that we link. ARM's top byte (TBI, MTE) and Intel's LAM
// let a pointer carry bits above the address: allocators that use them (HWASan, hardened Android)
// hand out pointers that have no room for a tag of ours. In either case the first such address ends
// the process here, before it is cut off: the check is always on.
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
  // REQUIRES: word() of one, or what lay in memory as one.
  static constexpr TaggedPointer FromWord(uint64_t word) {
    TaggedPointer pointer;
    pointer.word_ = word;
    return pointer;
  }

  void* address() const { return reinterpret_cast<void*>(word_ & kAddressMask); }
  constexpr uint16_t tag() const { return static_cast<uint16_t>(word_ >> kAddressBits); }
  constexpr uint64_t word() const { return word_; }
  // Neither address nor tag.
  constexpr bool empty() const { return word_ == 0; }
  friend constexpr bool operator==(TaggedPointer, TaggedPointer) = default;

 private:
  uint64_t word_ = 0;
};
static_assert(sizeof(TaggedPointer) == 8 && sizeof(void*) == 8);

}  // namespace weir::state
