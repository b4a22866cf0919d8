#include "runtime/connectors/formats/csv_tokenizer.h"

#include <algorithm>
#include <cstring>

namespace weir::connectors {
namespace {

constexpr size_t kHeapBytes = 64 << 10;

// The character that one behind the escape character stands for, as in Jackson, which Flink reads
// and writes CSV with.
char Escaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

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

FieldSlice CsvTokenizer::Unescape(std::string_view raw, bool quoted,
                                  std::vector<BufferPtr>& memory) {
  if (!heap_ || heap_used_ + raw.size() > heap_->size()) {
    heap_ = MakeBuffer<char>(std::max(raw.size(), kHeapBytes));
    heap_used_ = 0;
  }
  if (memory.empty() || memory.back() != heap_) memory.push_back(heap_);
  char* out = heap_->as<char>() + heap_used_;
  char* end = out;
  for (size_t i = 0; i < raw.size(); ++i) {
    const bool last = i + 1 == raw.size();
    const bool doubled =
        quoted && !last && raw[i] == dialect_.quote && raw[i + 1] == dialect_.quote;
    const bool escaped = !last && !doubled && Escapes(raw[i]);
    if (doubled || escaped) ++i;
    *end++ = escaped ? Escaped(raw[i]) : raw[i];
  }
  heap_used_ += static_cast<size_t>(end - out);
  return {out, static_cast<uint32_t>(end - out), true, quoted};
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
    const bool escape = Escapes(*p);
    if (escape || (p + 1 < end && p[1] == dialect_.quote)) {
      escapes = true;
      ++p;
    } else {
      const std::string_view raw(begin, static_cast<size_t>(p - begin));
      field = escapes ? Unescape(raw, true, memory)
                      : FieldSlice{raw.data(), static_cast<uint32_t>(raw.size()), true, true};
      field.present = !dialect_.empty_is_null || field.size > 0;
      return p + 1;
    }
  }
  return nullptr;
}

// Returns the place behind the field, which is that of its delimiter or line end.
const char* CsvTokenizer::UnquotedField(const char* p, const char* end, FieldSlice& field,
                                        std::vector<BufferPtr>& memory) {
  const char* begin = p;
  const char* least = p;  // what is in front of it was escaped, and is not cut off as a blank
  for (; p < end && *p != dialect_.delimiter && *p != '\n'; ++p) {
    if (Escapes(*p) && p + 1 < end) least = ++p + 1;
  }
  const char* stop = p;
  if (stop > least && (p == end || *p == '\n') && stop[-1] == '\r') --stop;
  while (dialect_.trim && stop > least && IsBlank(stop[-1])) --stop;
  const std::string_view raw(begin, static_cast<size_t>(stop - begin));
  // A NULL literal may have the escape character in it: \N.
  const bool escapes = least > begin && raw != dialect_.null_literal;
  field = escapes ? Unescape(raw, false, memory) : PlainField(raw);
  return p;
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
  if (dialect_.comments && p < end && *p == '#') {
    length = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    return CsvOutcome::kComment;
  }
  bool more_behind_quote = false;
  for (;;) {
    FieldSlice field;
    if (dialect_.trim) p = SkipBlanks(p, end);
    if (p < end && *p == dialect_.quote && dialect_.quote != 0) {
      p = QuotedField(p + 1, end, field, memory);
      if (p == nullptr) return CsvOutcome::kOpenQuote;
      for (; p < end && *p != dialect_.delimiter && *p != '\n'; ++p)
        more_behind_quote |= static_cast<unsigned char>(*p) > ' ';
    } else {
      p = UnquotedField(p, end, field, memory);
    }
    fields.push_back(field);
    if (p < end && *p == dialect_.delimiter) {
      ++p;
      continue;
    }
    break;
  }
  length = static_cast<size_t>(p - bytes.data()) + (p < end ? 1 : 0);
  if (more_behind_quote) return CsvOutcome::kTextBehindQuote;
  const bool blank = fields.size() == 1 && !fields[0].quoted && fields[0].size == 0;
  return blank ? CsvOutcome::kBlankLine : CsvOutcome::kRecord;
}

const char* CsvTokenizer::ClosingQuote(const char* p, const char* end) const {
  for (; p < end; ++p) {
    if (Escapes(*p)) {
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
  if (dialect_.comments && p < end && *p == '#') {
    const size_t line = bytes.find('\n');
    return line == std::string_view::npos ? line : line + 1;
  }
  bool at_field = true;
  while (p < end) {
    if (*p == '\n') return static_cast<size_t>(p - bytes.data()) + 1;
    if (at_field && dialect_.quote != 0 && *p == dialect_.quote) {
      p = ClosingQuote(p + 1, end);
      if (p >= end) return std::string_view::npos;
      while (p < end && *p != dialect_.delimiter && *p != '\n') ++p;
      at_field = false;
      continue;
    }
    if (Escapes(*p)) {
      p += 2;
      at_field = false;
      continue;
    }
    at_field = *p == dialect_.delimiter || (at_field && dialect_.trim && IsBlank(*p));
    ++p;
  }
  return std::string_view::npos;
}

}  // namespace weir::connectors
