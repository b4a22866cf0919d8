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
  char quote = '"';          // 0: no quoting
  char escape = 0;           // 0: none but the doubled quote
  bool comments = false;     // lines that begin with '#' are left out
  std::string null_literal;  // an unquoted field of this text is NULL
};

// kRecord: fields are set. kSkippedLine: a blank line or a comment. kOpenQuote: the bytes end
// within quotes.
enum class CsvOutcome { kRecord, kSkippedLine, kOpenQuote };

// Splits one record at a time. Not thread-safe (scratch memory).
class CsvTokenizer {
 public:
  explicit CsvTokenizer(CsvDialect dialect) : dialect_(std::move(dialect)) {}

  // Splits the record at the front of `bytes` into `fields` and sets `length` to its bytes, line
  // end included (\n, \r\n, \r\n or the end of `bytes`). Quoted line ends belong to their field.
  // Blank and comment lines are kSkippedLine. Fields with escapes are unescaped into `heap` memory,
  // which `memory` collects; others point into `bytes`. kOpenQuote: a quoted field does not end.
  CsvOutcome Next(std::string_view bytes, std::vector<FieldSlice>& fields, size_t& length,
                  std::vector<BufferPtr>& memory);
  // Length of the record at the front, without splitting; npos when it does not end in `bytes`.
  size_t RecordLength(std::string_view bytes) const;
  const CsvDialect& dialect() const { return dialect_; }

 private:
  // From behind a quote to the one that closes the field; `end` or behind it: there is none.
  const char* ClosingQuote(const char* p, const char* end) const;
  const char* QuotedField(const char* p, const char* end, FieldSlice& field,
                          std::vector<BufferPtr>& memory);
  FieldSlice Unescape(std::string_view raw, std::vector<BufferPtr>& memory);
  FieldSlice PlainField(std::string_view text) const;

  CsvDialect dialect_;
  BufferPtr heap_;
  size_t heap_used_ = 0;
};

}  // namespace weir::connectors
