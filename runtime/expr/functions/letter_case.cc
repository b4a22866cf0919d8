#include "runtime/expr/functions/letter_case.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <new>
#include <string>

#include "runtime/base/check.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

constexpr const char* kRoot = "";

icu::StringPiece Piece(std::string_view text) {
  return {text.data(), static_cast<int32_t>(text.size())};
}

class TextSink : public icu::ByteSink {
 public:
  explicit TextSink(TextBuilder& out) : out_(out) {}
  void Append(const char* bytes, int32_t count) override {
    out_.Append(std::string_view(bytes, static_cast<size_t>(count)));
  }

 private:
  TextBuilder& out_;
};

// Memory that cannot be had ends the statement or job (runtime/base/fence.h). ICU knows no other
// failure of these calls: malformed UTF-8 is replaced.
void CheckDone(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  WEIR_CHECK(U_SUCCESS(error));
}

void Lower(std::string_view text, icu::ByteSink& sink) {
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower(kRoot, 0, Piece(text), sink, nullptr, error);
  CheckDone(error);
}

std::string Lower(std::string_view text) {
  std::string lower;
  icu::StringByteSink<std::string> sink(&lower);
  Lower(text, sink);
  return lower;
}

void AppendTitle(std::string_view character, TextBuilder& out) {
  TextSink sink(out);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToTitle(kRoot, U_TITLECASE_WHOLE_STRING | U_TITLECASE_NO_BREAK_ADJUSTMENT,
                            nullptr, Piece(character), sink, nullptr, error);
  CheckDone(error);
}

bool IsOfWord(uint32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  return u_isalnum(c) != 0 || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

// Lowers the whole word, as the lower case of a sigma depends on whether it is the last letter, and
// then replaces the first character by its title case.
void AppendWord(std::string_view word, TextBuilder& out) {
  size_t end = 0;
  NextCodePoint(word, end);
  const std::string_view first = word.substr(0, end);
  const std::string lower = Lower(word);
  AppendTitle(first, out);
  out.Append(std::string_view(lower).substr(std::min(Lower(first).size(), lower.size())));
}

}  // namespace

void AppendUpper(std::string_view text, TextBuilder& out) {
  TextSink sink(out);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToUpper(kRoot, 0, Piece(text), sink, nullptr, error);
  CheckDone(error);
}

void AppendLower(std::string_view text, TextBuilder& out) {
  TextSink sink(out);
  Lower(text, sink);
}

void AppendInitialUpper(std::string_view text, TextBuilder& out) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    bool is_word = IsOfWord(NextCodePoint(text, at));
    if (!is_word) {
      out.Append(text.substr(begin, at - begin));
      continue;
    }
    size_t end = at;
    while (is_word && end < text.size()) {
      at = end;
      is_word = IsOfWord(NextCodePoint(text, end));
    }
    if (is_word) at = end;
    AppendWord(text.substr(begin, at - begin), out);
  }
}

}  // namespace weir::expr
