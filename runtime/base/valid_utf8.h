// Validation of UTF-8, what becomes of other bytes, and the mark that some texts begin with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether `bytes` are UTF-8 as in RFC 3629: no overlong forms and no surrogates. Some tens of bytes
// a nanosecond; used for whole blocks, and for single fields if a block fails.
bool IsUtf8(std::string_view bytes);

// Bytes at `offset` that form one character of UTF-8, or, negated, that are to be replaced
// together: the longest start of a sequence that could have become valid (Unicode, 3.9, "maximal
// subpart"). REQUIRES: offset < text.size().
int Utf8Sequence(std::string_view text, size_t offset);

// Gives the bytes as text, in pieces, to put(std::string_view): with U+FFFD for what is no UTF-8,
// as Java decodes them.
template <typename Put>
void PutValidUtf8(std::string_view bytes, Put&& put) {
  if (IsUtf8(bytes)) return put(bytes);
  for (size_t offset = 0; offset < bytes.size();) {
    const int length = Utf8Sequence(bytes, offset);
    const auto taken = static_cast<size_t>(length > 0 ? length : -length);
    put(length > 0 ? bytes.substr(offset, taken) : std::string_view("\xEF\xBF\xBD"));
    offset += taken;
  }
}
// The same in one piece.
std::string ValidUtf8(std::string_view bytes);

// The beginning of a text, of at most so many bytes and without a part of a character at its end.
// Text that is not UTF-8 may lose up to three bytes more.
std::string_view BeginningOf(std::string_view text, size_t bytes);

}  // namespace weir
