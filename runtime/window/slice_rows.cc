#include "runtime/window/slice_rows.h"

#include <algorithm>
#include <map>

#include "runtime/base/bytes.h"

namespace weir::window {
namespace {

constexpr uint8_t kVersion = 1;

uint64_t ZigZag(uint64_t value) {
  return (value << 1) ^ (0 - (value >> 63));
}
uint64_t UnZigZag(uint64_t value) {
  return (value >> 1) ^ (0 - (value & 1));
}

Status Malformed() {
  return Status::Corruption("rows of window slices are malformed");
}

}  // namespace

std::string EncodeSliceRows(std::span<const SliceRows> slices) {
  std::string out;
  AppendLittle(out, kVersion);
  const size_t noted = std::min(slices.size(), kMostSlicesNoted);
  AppendVarint(out, noted);
  uint64_t before = 0;
  for (size_t i = 0; i < noted; ++i) {
    SliceRows slice = slices[i];
    if (i + 1 == noted) {
      slice.end = slices.back().end;
      for (size_t more = i + 1; more < slices.size(); ++more) slice.rows += slices[more].rows;
    }
    // The difference of two ends may overflow int64; it wraps, and so does the sum when decoding.
    AppendVarint(out, ZigZag(static_cast<uint64_t>(slice.end) - before));
    AppendVarint(out, slice.rows);
    before = static_cast<uint64_t>(slice.end);
  }
  return out;
}

Result<std::vector<SliceRows>> DecodeSliceRows(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Little<uint8_t>() != kVersion) return Malformed();
  const uint64_t count = in.Varint();
  if (in.failed() || count > kMostSlicesNoted) return Malformed();
  std::vector<SliceRows> slices;
  uint64_t before = 0;
  for (uint64_t i = 0; i < count; ++i) {
    before += UnZigZag(in.Varint());
    slices.push_back({static_cast<int64_t>(before), in.Varint()});
  }
  if (in.failed() || !in.at_end()) return Malformed();
  return slices;
}

void MergeSliceRows(std::span<const SliceRows> more, std::vector<SliceRows>& into) {
  std::map<int64_t, uint64_t> rows;
  for (const SliceRows& slice : into) rows[slice.end] += slice.rows;
  for (const SliceRows& slice : more) rows[slice.end] += slice.rows;
  into.clear();
  for (const auto& [end, count] : rows) into.push_back({end, count});
}

}  // namespace weir::window
