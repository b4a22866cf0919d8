// The memory layout of the headers of rows, by kinds. Only handles (row.h) use it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::state {

// Ends the header of every row. Handles point to it and address what lies before by its distance
// from it, so one kind can leave out the first words of its header and another can put bytes before
// them.
struct RowState {
  uint32_t stamp;  // tick of the last change (change_list.h)
  uint32_t place;  // number of the chunk << 8 | flags
};

// Values follow. Words that are left out are not part of the block.
namespace row_header {
// The header of what an index points to: a packed key, in the second half if that suffices, or the
// address and length of its canonical bytes (key_codec.h).
struct Keyed {
  uint64_t first;  // hash of the key; for a list's row the address of the next row
  uint64_t lower_key;
  uint64_t upper_key;  // for a list's row it also contains the order word (list_links.h)
  RowState state;
};
// The same for keys of 8 bytes (KeyCodec::alone).
struct Alone {
  uint64_t key;
  RowState state;
};
// For map rows with short sub-keys, whose bytes end where `parent` begins.
struct Near {
  uint64_t parent;  // address of the entry, with the length of the sub-key above
  RowState state;
};
struct Far {
  uint64_t address;  // of the sub-key's bytes
  uint64_t length;
  uint64_t parent;
  RowState state;
};
// The distance from a member to the state, in words.
#define WEIR_WORDS_BEFORE(layout, member) \
  static_cast<ptrdiff_t>((offsetof(layout, state) - offsetof(layout, member)) / 8)
inline constexpr ptrdiff_t kFirst = WEIR_WORDS_BEFORE(Keyed, first);
inline constexpr ptrdiff_t kLowerKey = WEIR_WORDS_BEFORE(Keyed, lower_key);
inline constexpr ptrdiff_t kUpperKey = WEIR_WORDS_BEFORE(Keyed, upper_key);
inline constexpr ptrdiff_t kFarAddress = WEIR_WORDS_BEFORE(Far, address);
inline constexpr ptrdiff_t kFarLength = WEIR_WORDS_BEFORE(Far, length);
inline constexpr ptrdiff_t kParent = WEIR_WORDS_BEFORE(Near, parent);
// Every block has at least one word before its state; a free block stores the address of the next
// one there.
inline constexpr ptrdiff_t kLastWord = 1;
static_assert(kUpperKey == kLastWord && WEIR_WORDS_BEFORE(Alone, key) == kLastWord);
static_assert(kParent == kLastWord && WEIR_WORDS_BEFORE(Far, parent) == kLastWord);
static_assert(kLowerKey == 2 && kFirst == 3 && kFarLength == 2 && kFarAddress == 3);
static_assert(sizeof(RowState) == 8 && sizeof(Keyed) == 32 && sizeof(Alone) == 16);
static_assert(sizeof(Far) == sizeof(Keyed) && sizeof(Near) == sizeof(Alone));
#undef WEIR_WORDS_BEFORE
}  // namespace row_header
// The size of the longest and of the shortest header.
inline constexpr size_t kRowHeaderBytes = sizeof(row_header::Keyed);
inline constexpr size_t kShortRowHeaderBytes = sizeof(row_header::Alone);

}  // namespace weir::state
