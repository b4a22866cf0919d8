// What the engine and a process that runs functions in Python say to each other. Numbers are
// little-endian. A frame is a header, its kind and the number of bytes behind it, then:
//
//   L  number u32, 'module.function', the declared type, u8 called on NULL, u32 parameters, and
//      for each of them and the result: letter, precision u8, scale u8
//      =>  M  SHA-256 of the module's file in hex, or ""
//   C  number u32, rows u32, and a column for each parameter  =>  R  a column
//   either can be answered by  =>  E  what went wrong
//
// A text is its length u32 and its bytes. A column is u8 with NULLs, then a byte a row that is 1
// where it is NULL, if there are any; then the values: of numbers and times one behind the other,
// of DECIMAL 16 bytes each, of texts and bytes rows + 1 offsets u32 and what lies between them.
// In a C, every array begins at a multiple of 8 bytes of the frame.
//
// The process runs code that is not ours: what it sends is read as bytes of a stranger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/expr/foreign.h"

namespace weir::python {

inline constexpr size_t kHeaderBytes = 9;
// The most that a frame holds: what 65,536 rows have room for, with texts of 16 KiB each.
inline constexpr uint64_t kMostFrameBytes = uint64_t{1} << 30;

enum class FrameKind : char {
  kLoad = 'L',
  kCall = 'C',
  kLoaded = 'M',
  kResult = 'R',
  kError = 'E',
};

struct FrameHeader {
  FrameKind kind = FrameKind::kError;
  uint64_t bytes = 0;  // behind the header
};

// Whole frames, with their headers.
std::string LoadFrame(uint32_t number, const expr::ForeignFunction& function);
// kDataError for rows that do not fit a frame, or times that numpy cannot hold.
Result<std::string> CallFrame(uint32_t number, const expr::ForeignCall& call);

// The header of an answer. kDataError for one that no process of ours writes.
// REQUIRES: kHeaderBytes bytes.
Result<FrameHeader> ReadHeader(std::string_view bytes);
// Writes the column of an answer into the rows of `out`, as ForeignRunner::Call does. kDataError
// for bytes that are no such column.
Status ReadResult(std::string_view bytes, const expr::ForeignCall& call, Column& out);

}  // namespace weir::python
