#include "runtime/connectors/filesystem/json_array_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "runtime/base/valid_utf8.h"

namespace weir::connectors {
namespace {

constexpr size_t kSkippedBytes = 256 << 10;  // at a time

// By byte: 1 for those at which the search for the end of an object, or of a text, must stop.
using Bytes = std::array<uint8_t, 256>;
constexpr Bytes Among(std::string_view bytes) {
  Bytes among{};
  for (const char c : bytes) among[static_cast<unsigned char>(c)] = 1;
  return among;
}
constexpr Bytes kOfObjects = Among("\"{}[]\n\r");
constexpr Bytes kOfTexts = Among("\"\\\n");

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class JsonArrayStream final : public ByteStream {
 public:
  JsonArrayStream(std::unique_ptr<ByteStream> stream, std::string path)
      : stream_(std::move(stream)), path_(std::move(path)) {}

  Result<size_t> Read(size_t bytes, char* out) override {
    const size_t read = TRY(stream_->Read(bytes, out));
    if (place_ == Place::kLines) return read;
    if (read == 0) return AtEnd();
    for (char* c = out; c < out + read && place_ != Place::kLines; ++c) {
      if (place_ == Place::kObject) c = PassObject(c, out + read);
      if (c == out + read) break;
      const bool line_ends = *c == '\n';
      RETURN_IF_ERROR(Take(*c));
      line_ += line_ends ? 1 : 0;
      ++offset_;
    }
    return read;
  }

  Status Skip(uint64_t bytes) override {
    std::vector<char> scratch(kSkippedBytes);
    while (bytes > 0 && place_ != Place::kLines) {
      const size_t read = TRY(Read(std::min<uint64_t>(bytes, scratch.size()), scratch.data()));
      if (read == 0) return Malformed("the file is shorter than it was");
      bytes -= read;
    }
    return bytes == 0 ? Status() : stream_->Skip(bytes);
  }

  uint64_t file_offset() const override { return stream_->file_offset(); }

 private:
  enum class Place : uint8_t {
    kBegin,    // only blanks so far
    kLines,    // it is no array: nothing is changed
    kFirst,    // behind '['
    kNext,     // behind ','
    kObject,   // in an object of the array
    kText,     // between quotes in it
    kEscaped,  // behind a backslash in them
    kBehindObject,
    kBehindArray,
  };

  // The fast way through an object, since most bytes of a file are within one. Stops at the end of
  // the object, or at the quote of a text that does not end in [c, end) or on its line. Returns the
  // byte that is to be looked at next, or `end`.
  char* PassObject(char* c, char* const end) {
    for (; c < end; ++c) {
      while (kOfObjects[Index(*c)] == 0)
        if (++c == end) return end;
      if (*c == '"') {
        const char* const text = EndOfText(c + 1, end);
        if (text == nullptr) return c;
        c += text - c;
      } else if (*c == '\n' || *c == '\r') {
        line_ += *c == '\n' ? 1 : 0;
        *c = ' ';
      } else if (*c == '{' || *c == '[') {
        ++open_;
      } else if (--open_ == 0) {
        ++open_;
        return c;
      }
    }
    return end;
  }

  // The quote that ends a text; null where it is not in [c, end), or the line ends before.
  static const char* EndOfText(const char* c, const char* end) {
    for (; c < end; ++c) {
      while (kOfTexts[Index(*c)] == 0)
        if (++c == end) return nullptr;
      if (*c == '"') return c;
      if (*c == '\n') return nullptr;
      if (++c == end || *c == '\n') return nullptr;  // behind a backslash
    }
    return nullptr;
  }

  static size_t Index(char c) { return static_cast<unsigned char>(c); }

  Status Take(char& c) {
    switch (place_) {
      case Place::kLines:
        return {};
      case Place::kBegin:
        return TakeBegin(c);
      case Place::kFirst:
      case Place::kNext:
        return TakeBeforeObject(c);
      case Place::kObject:
        TakeInObject(c);
        return {};
      case Place::kText:
        if (c == '\n') return Malformed("a text goes on behind the end of its line");
        if (c == '\\') place_ = Place::kEscaped;
        if (c == '"') place_ = Place::kObject;
        return {};
      case Place::kEscaped:
        if (c == '\n') return Malformed("a text goes on behind the end of its line");
        place_ = Place::kText;
        return {};
      case Place::kBehindObject:
        return TakeBehindObject(c);
      case Place::kBehindArray:
        return IsBlank(c) ? Status() : Malformed("there is text behind the array");
    }
    return {};
  }

  Status TakeBegin(char& c) {
    const bool marks = offset_ < kByteOrderMark.size() && c == kByteOrderMark[offset_];
    if (IsBlank(c) || marks) return {};
    place_ = c == '[' ? Place::kFirst : Place::kLines;
    if (place_ == Place::kFirst) c = ' ';
    return {};
  }

  Status TakeBeforeObject(char& c) {
    if (IsBlank(c)) return {};
    if (c == '{') {
      place_ = Place::kObject;
      open_ = 1;
      return {};
    }
    if (c == ']' && place_ == Place::kFirst) {
      c = '\n';
      place_ = Place::kBehindArray;
      return {};
    }
    return Malformed(c == ',' || c == ']' ? "there is nothing in front of a comma or behind it"
                                          : "something in the array is no object");
  }

  void TakeInObject(char& c) {
    if (c == '\n' || c == '\r') c = ' ';
    if (c == '"') place_ = Place::kText;
    if (c == '{' || c == '[') ++open_;
    if (c == '}' || c == ']') --open_;
    if (open_ == 0) place_ = Place::kBehindObject;
  }

  Status TakeBehindObject(char& c) {
    if (IsBlank(c)) return {};
    if (c != ',' && c != ']') return Malformed("a comma is missing between objects");
    place_ = c == ',' ? Place::kNext : Place::kBehindArray;
    c = '\n';
    return {};
  }

  Result<size_t> AtEnd() const {
    if (place_ == Place::kBegin || place_ == Place::kBehindArray) return size_t{0};
    return Malformed("it ends within the array");
  }

  Status Malformed(std::string_view reason) const {
    return Status::DataError(fmt::format("file '{}', line {}: the JSON array is malformed: {}",
                                         path_, line_, reason))
        .WithId("E3005");
  }

  const std::unique_ptr<ByteStream> stream_;
  const std::string path_;
  Place place_ = Place::kBegin;
  uint64_t open_ = 0;    // braces and brackets around the place, without the array's own
  uint64_t offset_ = 0;  // of the next byte, until it is known that there is no array
  uint64_t line_ = 1;    // of the next byte, from 1
};

}  // namespace

std::unique_ptr<ByteStream> LinesOfJsonArray(std::unique_ptr<ByteStream> stream, std::string path) {
  return std::make_unique<JsonArrayStream>(std::move(stream), std::move(path));
}

}  // namespace weir::connectors
