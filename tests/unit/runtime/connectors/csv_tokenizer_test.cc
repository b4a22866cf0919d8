// The splitting of CSV records against RFC 4180 read literally, one character at a time: random
// texts made of the characters that mean something.
#include "runtime/connectors/formats/csv_tokenizer.h"

#include <gmock/gmock.h>

#include <optional>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::connectors {
namespace {

constexpr uint64_t kTokenizerSeed = 20261127;
constexpr int kTexts = 5'000;

// A field as it is read: quoted or bare; nothing for NULL.
struct CsvField {
  std::optional<std::string> text;
  bool quoted = false;
  friend bool operator==(const CsvField&, const CsvField&) = default;
};

void PrintTo(const CsvField& field, std::ostream* out) {
  *out << (field.quoted ? "quoted " : "") << ::testing::PrintToString(field.text);
}

struct CsvFields {
  CsvOutcome outcome = CsvOutcome::kRecord;
  std::vector<CsvField> fields;
  size_t length = 0;
};

// Reads one record from the front of a text.
class TokenizerModel {
 public:
  TokenizerModel(const CsvDialect& dialect, std::string_view text)
      : dialect_(dialect), text_(text) {}

  CsvFields Read() {
    CsvFields record;
    while (dialect_.comments && Peek() == ' ') ++at_;
    if (dialect_.comments && Peek() == '#') {
      const size_t line = text_.find('\n');
      return {CsvOutcome::kComment, {}, line == text_.npos ? text_.size() : line + 1};
    }
    for (;;) {
      const bool quoted = dialect_.quote != 0 && Peek() == dialect_.quote;
      CsvField field = quoted ? QuotedField() : BareField();
      if (open_) return {CsvOutcome::kOpenQuote, {}, 0};
      record.fields.push_back(std::move(field));
      if (Peek() != dialect_.delimiter) break;
      ++at_;
    }
    if (at_ < text_.size()) ++at_;  // the line end
    record.length = at_;
    const bool blank = record.fields.size() == 1 && !record.fields[0].quoted && bare_bytes_ == 0;
    if (blank) record.outcome = CsvOutcome::kBlankLine;
    if (more_behind_quote_) record.outcome = CsvOutcome::kTextBehindQuote;
    return record;
  }

 private:
  // '\0' at the end, which no text of this test contains.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool AtFieldEnd() const {
    return at_ == text_.size() || Peek() == '\n' || Peek() == dialect_.delimiter;
  }

  bool AtEscape() const {
    return dialect_.escape != 0 && dialect_.escape != dialect_.quote && Peek() == dialect_.escape;
  }
  // What the character behind an escape character stands for.
  char TakeEscaped() {
    const char c = text_[at_++];
    return c == 'n' ? '\n' : c == '0' ? '\0' : c;
  }

  // A \r belongs to the line end, at the end of the text as well, unless it is escaped.
  CsvField BareField() {
    std::string text;
    const size_t begin = at_;
    size_t escaped = 0;  // bytes of the text up to the last escaped one
    while (!AtFieldEnd()) {
      const bool escape = AtEscape() && at_ + 1 < text_.size();
      at_ += escape ? 1 : 0;
      text += escape ? TakeEscaped() : text_[at_++];
      if (escape) escaped = text.size();
    }
    std::string_view raw = text_.substr(begin, at_ - begin);
    const bool at_line_end = at_ == text_.size() || Peek() == '\n';
    if (at_line_end && text.size() > escaped && text.ends_with('\r')) {
      text.pop_back();
      raw.remove_suffix(1);
    }
    bare_bytes_ += text.size();
    if (raw == dialect_.null_literal) return {std::nullopt, false};
    return {text, false};
  }

  // Between the closing quote and the delimiter there are blanks at most.
  CsvField QuotedField() {
    ++at_;
    std::string text;
    for (;;) {
      if (at_ == text_.size()) {
        open_ = true;
        return {};
      }
      const bool escape = AtEscape();
      const char c = text_[at_++];
      if (escape) {
        if (at_ < text_.size()) text += TakeEscaped();
      } else if (c != dialect_.quote) {
        text += c;
      } else if (Peek() == dialect_.quote) {
        text += c;
        ++at_;
      } else {
        break;
      }
    }
    while (!AtFieldEnd())
      more_behind_quote_ |= std::string_view(" \t\r").find(text_[at_++]) == std::string_view::npos;
    return {text, true};
  }

  const CsvDialect& dialect_;
  std::string_view text_;
  size_t at_ = 0;
  size_t bare_bytes_ = 0;
  bool open_ = false;
  bool more_behind_quote_ = false;
};

CsvFields ReadOne(CsvTokenizer& tokenizer, std::string_view text) {
  std::vector<FieldSlice> slices;
  std::vector<BufferPtr> memory;
  CsvFields record;
  record.outcome = tokenizer.Next(text, slices, record.length, memory);
  if (record.outcome == CsvOutcome::kOpenQuote) return {CsvOutcome::kOpenQuote, {}, 0};
  for (const FieldSlice& slice : slices) {
    CsvField field;
    field.quoted = slice.quoted;
    if (slice.present) field.text = std::string(slice.data, slice.size);
    record.fields.push_back(std::move(field));
  }
  return record;
}

CsvDialect CsvDialectOf(char delimiter, char quote, char escape, bool comments, std::string null) {
  CsvDialect dialect;
  dialect.delimiter = delimiter;
  dialect.quote = quote;
  dialect.escape = escape;
  dialect.comments = comments;
  dialect.null_literal = std::move(null);
  return dialect;
}

const std::vector<CsvDialect>& Dialects() {
  static const std::vector<CsvDialect> dialects = {
      CsvDialectOf(',', '"', 0, false, ""),      CsvDialectOf(';', '\'', 0, false, "a"),
      CsvDialectOf('\t', '"', '\\', false, ""),  CsvDialectOf(',', '"', '"', true, "aa"),
      CsvDialectOf(',', 0, 0, false, ""),        CsvDialectOf(',', '"', '\\', true, ""),
      CsvDialectOf('|', '\'', '"', true, "a|a"), CsvDialectOf(',', 0, '\\', true, "#")};
  return dialects;
}

std::string RandomCsv(Random& random, const CsvDialect& dialect) {
  const std::string letters = std::string("aab \n\n\r#\"'\\n0") + dialect.delimiter +
                              (dialect.quote != 0 ? dialect.quote : ',') + dialect.delimiter;
  std::string text;
  for (uint64_t n = random.Below(14); n > 0; --n) text += letters[random.Below(letters.size())];
  return text;
}

TEST(CsvTokenizer, SplitsAsTheModelDoes) {
  Random random(SeedOf(kTokenizerSeed));
  for (const CsvDialect& dialect : Dialects()) {
    CsvTokenizer tokenizer(dialect);
    for (int i = 0; i < kTexts; ++i) {
      const std::string text = RandomCsv(random, dialect);
      SCOPED_TRACE(::testing::PrintToString(text));
      const CsvFields expected = TokenizerModel(dialect, text).Read();
      const CsvFields record = ReadOne(tokenizer, text);
      ASSERT_EQ(record.outcome, expected.outcome);
      ASSERT_EQ(record.length, expected.length);
      if (expected.outcome != CsvOutcome::kRecord) continue;
      ASSERT_EQ(record.fields, expected.fields);
    }
  }
}

// A block is cut where RecordLength says: there a record ends for Next, too.
TEST(CsvTokenizer, FindsTheEndsOfRecordsWithoutSplitting) {
  Random random(SeedOf(kTokenizerSeed));
  for (const CsvDialect& dialect : Dialects()) {
    CsvTokenizer tokenizer(dialect);
    for (int i = 0; i < kTexts; ++i) {
      const std::string text = RandomCsv(random, dialect);
      SCOPED_TRACE(::testing::PrintToString(text));
      const CsvFields record = ReadOne(tokenizer, text);
      const bool ended = record.outcome != CsvOutcome::kOpenQuote && record.length > 0 &&
                         text[record.length - 1] == '\n';
      const size_t length = tokenizer.RecordLength(text);
      if (length == std::string_view::npos) {
        ASSERT_TRUE(!ended || record.length == text.size());
      } else {
        ASSERT_TRUE(ended);
        ASSERT_EQ(length, record.length);
      }
    }
  }
}

// What was unescaped stays where it is, however much follows.
TEST(CsvTokenizer, FieldsOutliveTheOnesBehindThem) {
  CsvTokenizer tokenizer(CsvDialectOf(',', '"', 0, false, ""));
  std::vector<FieldSlice> slices;
  std::vector<BufferPtr> memory;
  size_t length = 0;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\"\"x\"";
  ASSERT_EQ(tokenizer.Next(text, slices, length, memory), CsvOutcome::kRecord);
  ASSERT_EQ(slices.size(), 5000U);
  for (int i = 0; i < 5000; ++i) {
    const FieldSlice& slice = slices[static_cast<size_t>(i)];
    EXPECT_EQ(std::string_view(slice.data, slice.size), std::to_string(i) + "\"x");
  }
}

}  // namespace
}  // namespace weir::connectors
