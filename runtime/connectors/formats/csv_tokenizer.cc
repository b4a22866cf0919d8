#include "runtime/connectors/formats/csv_tokenizer.h"

#include <algorithm>
#include <cstring>

namespace weir::connectors {
namespace {

constexpr size_t kHeapBytes = 64 << 10;

const char* FindEither(const char* p, const char* end, char a, char b) {
  while (p < end && *p != a && *p != b) ++p;
  return p;
}

}  // namespace

const char* CsvTokenizer::SkipBlanks(const char* p, const char* end) const {
  while (p < end && IsBlank(*p)) ++p;
  return p;
}

FieldSlice CsvTokenizer::PlainField(std::string_view text) const {
  FieldSlice field{text.data(), static_cast<uint32_t>(text.size()), true, false};
  if (text.empty() && (dialect_.empty_is_null || dialect_.empty_is_text)) {
    field.present = dialect_.empty_is_text;
  } else {
    field.present = text != dialect_.null_literal;
  }
  return field;
}

FieldSlice CsvTokenizer::Unescape(std::string_view raw, std::vector<BufferPtr>& memory) {
  if (!heap_ || heap_used_ + raw.size() > heap_->size()) {
    heap_ = MakeBuffer<char>(std::max(raw.size(), kHeapBytes));
    heap_used_ = 0;
  }
  if (memory.empty() || memory.back() != heap_) memory.push_back(heap_);
  char* out = heap_->as<char>() + heap_used_;
  char* end = out;
  for (size_t i = 0; i < raw.size(); ++i) {
    const bool doubled =
        raw[i] == dialect_.quote && i + 1 < raw.size() && raw[i + 1] == dialect_.quote;
    const bool escaped = dialect_.escape != 0 && raw[i] == dialect_.escape && i + 1 < raw.size();
    if (doubled || escaped) ++i;
    *end++ = raw[i];
  }
  heap_used_ += static_cast<size_t>(end - out);
  return {out, static_cast<uint32_t>(end - out), true, true};
}

// `p` is behind the opening quote. Returns the place behind the closing one, or null when there is
// none.
const char* CsvTokenizer::QuotedField(const char* p, const char* end, FieldSlice& field,
                                      std::vector<BufferPtr>& memory) {
  const char* begin = p;
  bool escapes = false;
  for (; p < end; ++p) {
    p = dialect_.escape != 0 ? FindEither(p, end, dialect_.quote, dialect_.escape)
                             : static_cast<const char*>(
                                   std::memchr(p, dialect_.quote, static_cast<size_t>(end - p)));
    if (p == nullptr || p >= end) return nullptr;
    const bool escape = *p == dialect_.escape && dialect_.escape != dialect_.quote;
    if (escape || (p + 1 < end && p[1] == dialect_.quote)) {
      escapes = true;
      ++p;
    } else {
      const std::string_view raw(begin, static_cast<size_t>(p - begin));
      field = escapes ? Unescape(raw, memory)
                      : FieldSlice{raw.data(), static_cast<uint32_t>(raw.size()), true, true};
      field.present = !dialect_.empty_is_null || field.size > 0;
      return p + 1;
    }
  }
  return nullptr;
}

// Where comments are allowed, blanks in front of a record count as little as in front of a comment
// (Jackson).
const char* CsvTokenizer::SkipIndent(const char* p, const char* end) const {
  while (dialect_.comments && p < end && *p == ' ' && dialect_.delimiter != ' ') ++p;
  return p;
}

CsvOutcome CsvTokenizer::Next(std::string_view bytes, std::vector<FieldSlice>& fields,
                              size_t& length, std::vector<BufferPtr>& memory) {
  fields.clear();
  const char* end = bytes.data() + bytes.size();
  const char* p = SkipIndent(bytes.data(), end);
  const bool comment = dialect_.comments && p < end && *p == '#';
  bool more_behind_quote = false;
  for (;;) {
    FieldSlice field;
    if (dialect_.trim) p = SkipBlanks(p, end);
    if (p < end && *p == dialect_.quote && dialect_.quote != 0 && !comment) {
      p = QuotedField(p + 1, end, field, memory);
      if (p == nullptr) return CsvOutcome::kOpenQuote;
      for (; p < end && *p != dialect_.delimiter && *p != '\n'; ++p)
        more_behind_quote |= static_cast<unsigned char>(*p) > ' ';
    } else {
      const char* begin = p;
      while (p < end && *p != dialect_.delimiter && *p != '\n') ++p;
      const char* stop = p;
      if (stop > begin && (p == end || *p == '\n') && stop[-1] == '\r') --stop;
      while (dialect_.trim && stop > begin && IsBlank(stop[-1])) --stop;
      field = PlainField({begin, static_cast<size_t>(stop - begin)});
    }
    fields.push_back(field);
    if (p < end && *p == dialect_.delimiter) {
      ++p;
      continue;
    }
    break;
  }
  length = static_cast<size_t>(p - bytes.data()) + (p < end ? 1 : 0);
  if (comment) return CsvOutcome::kComment;
  if (more_behind_quote) return CsvOutcome::kTextBehindQuote;
  const bool blank = fields.size() == 1 && !fields[0].quoted && fields[0].size == 0;
  return blank ? CsvOutcome::kBlankLine : CsvOutcome::kRecord;
}

const char* CsvTokenizer::ClosingQuote(const char* p, const char* end) const {
  for (; p < end; ++p) {
    if (dialect_.escape != 0 && *p == dialect_.escape && dialect_.escape != dialect_.quote) {
      ++p;
    } else if (*p == dialect_.quote) {
      if (p + 1 >= end || p[1] != dialect_.quote) break;
      ++p;
    }
  }
  return p;
}

size_t CsvTokenizer::RecordLength(std::string_view bytes) const {
  const char* end = bytes.data() + bytes.size();
  const char* p = SkipIndent(bytes.data(), end);
  const bool comment = dialect_.comments && p < end && *p == '#';
  bool at_field = true;
  while (p < end) {
    if (*p == '\n') return static_cast<size_t>(p - bytes.data()) + 1;
    if (at_field && !comment && dialect_.quote != 0 && *p == dialect_.quote) {
      p = ClosingQuote(p + 1, end);
      if (p >= end) return std::string_view::npos;
    }
    at_field = *p == dialect_.delimiter || (at_field && dialect_.trim && IsBlank(*p));
    ++p;
  }
  return std::string_view::npos;
}

}  // namespace weir::connectors
