// Finds the fields of CSV records (RFC 4180, with Flink's options).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/buffer_pool.h"
#include "runtime/connectors/formats/field_parser.h"

namespace weir::connectors {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';  // 0: no quoting
  // Within quotes and without: \n is a line end, \" a quote. 0: only doubled quotes escape.
  char escape = 0;
  bool comments = false;  // lines that begin with '#', or blanks and '#', are skipped
  bool trim = false;      // blanks and tabs around fields that are not quoted, and around quotes
  bool empty_is_null = false;  // also where quotes are around it
  bool empty_is_text = false;  // also where the NULL literal is empty
  std::string null_literal;    // an unquoted field of this text is NULL
};

// kRecord: fields are set. kBlankLine, kComment: a line without a record. kOpenQuote: the bytes end
// within a quoted field. kTextBehindQuote: a quoted field is followed by more than blanks.
enum class CsvOutcome { kRecord, kBlankLine, kComment, kOpenQuote, kTextBehindQuote };

// Splits one record at a time. Not thread-safe, as it keeps scratch memory.
class CsvTokenizer {
 public:
  explicit CsvTokenizer(CsvDialect dialect) : dialect_(std::move(dialect)) {}

  // Splits the record at the front of `bytes` into `fields` and sets `length` to its size with the
  // line end (\n, \r\n or the end of `bytes`). Line ends within quotes, and escaped ones, belong to
  // their field. A
  // blank line has one field, which is empty. Fields with escapes are unescaped into buffers that
  // are added to `memory`; others point into `bytes`. With kOpenQuote `length` is left as it was,
  // and `fields` has those before the open one.
  CsvOutcome Next(std::string_view bytes, std::vector<FieldSlice>& fields, size_t& length,
                  std::vector<BufferPtr>& memory);
  // The length of the record at the front, without splitting it; npos when it does not end within
  // `bytes`.
  size_t RecordLength(std::string_view bytes) const;
  const CsvDialect& dialect() const { return dialect_; }

 private:
  // Searches from behind an opening quote for the one that closes the field; returns `end`, or a
  // place behind it, when there is none.
  const char* ClosingQuote(const char* p, const char* end) const;
  const char* QuotedField(const char* p, const char* end, FieldSlice& field,
                          std::vector<BufferPtr>& memory);
  const char* UnquotedField(const char* p, const char* end, FieldSlice& field,
                            std::vector<BufferPtr>& memory);
  FieldSlice Unescape(std::string_view raw, bool quoted, std::vector<BufferPtr>& memory);
  // A quote or delimiter that was given as the escape character as well is that and no more.
  bool Escapes(char c) const {
    return c == dialect_.escape && c != 0 && c != dialect_.quote && c != dialect_.delimiter;
  }
  // Whether the character is trimmed. A delimiter never is.
  bool IsBlank(char c) const { return (c == ' ' || c == '\t') && c != dialect_.delimiter; }
  const char* SkipIndent(const char* p, const char* end) const;
  const char* SkipBlanks(const char* p, const char* end) const;
  FieldSlice PlainField(std::string_view text) const;

  CsvDialect dialect_;
  BufferPtr heap_;
  size_t heap_used_ = 0;
};

}  // namespace weir::connectors
