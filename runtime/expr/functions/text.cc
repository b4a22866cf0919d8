#include "runtime/expr/functions/text.h"

namespace weir::expr {

uint32_t NextCodePoint(std::string_view text, size_t& offset) {
  const auto lead = static_cast<uint8_t>(text[offset]);
  const size_t length = Utf8Length(text[offset]);
  if (length == 1 || offset + length > text.size()) {
    ++offset;
    return lead;
  }
  uint32_t code_point = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    code_point = (code_point << 6) | (static_cast<uint8_t>(text[offset + i]) & 0x3FU);
  }
  offset += length;
  return code_point;
}

void AppendCodePoint(uint32_t c, TextBuilder& out) {
  const auto tail = [&](int shift) { out.Append(static_cast<char>(0x80 | ((c >> shift) & 0x3F))); };
  if (c < 0x80) {
    out.Append(static_cast<char>(c));
  } else if (c < 0x800) {
    out.Append(static_cast<char>(0xC0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.Append(static_cast<char>(0xE0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.Append(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

namespace {

// Runs of letters whose cases lie `distance` apart, or alternate (distance 1: even upper, odd
// lower).
struct CaseRange {
  uint32_t first_upper;
  uint32_t last_upper;
  uint32_t distance;
};
constexpr CaseRange kRanges[] = {
    {'A', 'Z', 32},       {0xC0, 0xD6, 32},     {0xD8, 0xDE, 32},     {0x0391, 0x03A1, 32},
    {0x03A3, 0x03AB, 32}, {0x0410, 0x042F, 32}, {0x0400, 0x040F, 80}, {0x0531, 0x0556, 48},
};
constexpr CaseRange kAlternating[] = {
    {0x0100, 0x012E, 1}, {0x0132, 0x0136, 1}, {0x014A, 0x0176, 1}, {0x0460, 0x0480, 1},
    {0x048A, 0x04BE, 1}, {0x04D0, 0x052E, 1}, {0x1E00, 0x1E94, 1}, {0x1EA0, 0x1EFE, 1},
};
// These alternate with odd upper.
constexpr CaseRange kOddAlternating[] = {
    {0x0139, 0x0147, 1}, {0x0179, 0x017D, 1}, {0x04C1, 0x04CD, 1}};

}  // namespace

uint32_t UpperCodePoint(uint32_t c) {
  for (const CaseRange& range : kRanges) {
    if (c >= range.first_upper + range.distance && c <= range.last_upper + range.distance) {
      return c - range.distance;
    }
  }
  for (const CaseRange& range : kAlternating) {
    if (c > range.first_upper && c <= range.last_upper + 1 && c % 2 == 1) return c - 1;
  }
  for (const CaseRange& range : kOddAlternating) {
    if (c > range.first_upper && c <= range.last_upper + 1 && c % 2 == 0) return c - 1;
  }
  if (c == 0xFF) return 0x178;
  if (c == 0x131) return 'I';  // ı
  return c == 0x03C2 ? 0x03A3 : c;
}

uint32_t LowerCodePoint(uint32_t c) {
  for (const CaseRange& range : kRanges) {
    if (c >= range.first_upper && c <= range.last_upper) return c + range.distance;
  }
  for (const CaseRange& range : kAlternating) {
    if (c >= range.first_upper && c <= range.last_upper && c % 2 == 0) return c + 1;
  }
  for (const CaseRange& range : kOddAlternating) {
    if (c >= range.first_upper && c <= range.last_upper && c % 2 == 1) return c + 1;
  }
  return c == 0x178 ? 0xFF : c;
}

}  // namespace weir::expr
