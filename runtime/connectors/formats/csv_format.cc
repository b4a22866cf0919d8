// CSV (RFC 4180) with Flink's option names. An unquoted field that equals 'csv.null-literal' (by
// default the empty text) is NULL; a quoted "" is the empty string, as in PostgreSQL.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/csv_header.h"
#include "runtime/connectors/formats/csv_tokenizer.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/fault_point.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kCsvOptions = {
    OptionDescriptor{
        "header", OptionKind::kBoolean, "false", "", false,
        "The first line names the columns; written by sinks, matched by name by sources."},
    OptionDescriptor{"field-delimiter", OptionKind::kString, ",", "", false,
                     "One character, or \\t."},
    OptionDescriptor{"quote-character", OptionKind::kString, "\"", "", false,
                     "Encloses fields that hold delimiters, quotes or line ends."},
    OptionDescriptor{"disable-quote-character", OptionKind::kBoolean, "false", "", false,
                     "Quotes have no meaning."},
    OptionDescriptor{"escape-character", OptionKind::kString, "", "", false,
                     "Takes the meaning of the character behind it away, within quotes and "
                     "without; before n, r, t and 0 it is that control character."},
    OptionDescriptor{"null-literal", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The unquoted text that means NULL."},
    OptionDescriptor{"allow-comments", OptionKind::kBoolean, "false", "", false,
                     "Lines that begin with #, or with blanks and #, are left out."},
    OptionDescriptor{"ignore-parse-errors", OptionKind::kBoolean, "false", "", false,
                     "Bad records are left out and counted instead of failing the job."},
    OptionDescriptor{"allow-trailing-comma", OptionKind::kBoolean, "true", "", false,
                     "A delimiter may stand behind the last field."},
    OptionDescriptor{"ignore-trailing-unmappable", OptionKind::kBoolean, "false", "", false,
                     "Fields behind the last column are left out, instead of making a bad record."},
    OptionDescriptor{"fail-on-missing-columns", OptionKind::kBoolean, "true", "", false,
                     "A record with fewer fields is a bad one; with false and ignore-parse-errors "
                     "those that lack are NULL, as in Flink."},
    OptionDescriptor{"trim-spaces", OptionKind::kBoolean, "false", "", false,
                     "Blanks around fields and around quotes are left out."},
    OptionDescriptor{
        "empty-string-as-null", OptionKind::kBoolean, "", "", false,
        "An empty field is NULL, a quoted one as well; if it is set to false, it is the "
        "empty text, whatever csv.null-literal says."},
};

Status CheckDialect(const Schema& schema, const graph::TableOptions& options);
bool HasHeader(const graph::TableOptions& options);

const graph::FormatDescriptor kCsvDescriptor = {
    .name = "csv",
    .doc = "Comma-separated values (RFC 4180).",
    .decodes = true,
    .encodes = true,
    .messages = true,
    .options = kCsvOptions,
    .check = CheckDialect,
    .finds_by_name = HasHeader,
};

// One character from an option; "\t" is spelled out in SQL.
Result<char> OneCharacter(std::string_view key, std::string_view value) {
  if (value == "\\t") return '\t';
  if (value.size() == 1) return value[0];
  return Status::InvalidSql(
             fmt::format("option 'csv.{}' takes one character, not '{}'", key, value))
      .WithId("E2008");
}

Result<CsvDialect> MakeDialect(const graph::TableOptions& given) {
  const graph::TypedOptions options(kCsvDescriptor, given);
  const auto character = [&](std::string_view key) { return OneCharacter(key, options.Text(key)); };
  CsvDialect dialect;
  dialect.delimiter = TRY(character("field-delimiter"));
  dialect.quote = TRY(character("quote-character"));
  if (options.Flag("disable-quote-character")) dialect.quote = 0;
  if (options.Has("escape-character")) dialect.escape = TRY(character("escape-character"));
  // Behind the escape character these are control characters: it could not stand for itself.
  if (std::string_view("nrt0").find(dialect.escape) != std::string_view::npos) {
    return Status::InvalidSql(
               fmt::format("'csv.escape-character' cannot be {}, which behind it is a "
                           "control character",
                           dialect.escape))
        .WithId("E2008");
  }
  dialect.null_literal = options.Text("null-literal");
  dialect.comments = options.Flag("allow-comments");
  dialect.trim = options.Flag("trim-spaces");
  dialect.empty_is_null = options.Flag("empty-string-as-null");
  dialect.empty_is_text = options.IsGiven("empty-string-as-null") && !dialect.empty_is_null;
  if (dialect.quote != 0 && dialect.quote == dialect.delimiter) {
    return Status::InvalidSql(
               fmt::format("'csv.field-delimiter' and 'csv.quote-character' are the same: {}",
                           dialect.quote))
        .WithId("E2008")
        .WithHint("set another one, or 'csv.disable-quote-character' = 'true'");
  }
  return dialect;
}

Status CheckDialect(const Schema&, const graph::TableOptions& options) {
  return MakeDialect(options).status();
}

bool HasHeader(const graph::TableOptions& options) {
  return graph::TypedOptions(kCsvDescriptor, options).Flag("header");
}

constexpr std::string_view kBehindQuote = "there is text behind the quote that ends a field";

// With 'csv.ignore-parse-errors', a quoted field of more bytes is taken for a stray quote, so that
// the search for its end does not read the whole file into memory.
constexpr size_t kLongestOpenQuote = 64 << 20;

class CsvDecoder final : public Decoder {
 public:
  CsvDecoder(FormatSpec spec, CsvDialect dialect)
      : spec_(std::move(spec)), tokenizer_(std::move(dialect)), header_(HasHeader(spec_.options)) {
    for (size_t c = 0; c < spec_.columns.size(); ++c)
      field_of_.push_back(static_cast<size_t>(spec_.columns[c]));
    expected_fields_ = spec_.record.size();
    const graph::TypedOptions options(kCsvDescriptor, spec_.options);
    trailing_comma_ = options.Flag("allow-trailing-comma");
    more_fields_ = options.Flag("ignore-trailing-unmappable");
    tolerant_ = SkipsBadRecords(CsvFormat(), spec_.options);
    fewer_fields_ = tolerant_ && !options.Flag("fail-on-missing-columns");
  }

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    if (at_end) return bytes.size();
    size_t whole = 0;
    if (!MayHoldLineEnds(bytes)) return bytes.rfind('\n') + 1;  // npos + 1 is 0
    for (;;) {
      const size_t length = tokenizer_.RecordLength(bytes.substr(whole));
      if (length == std::string_view::npos) {
        const std::string_view open = bytes.substr(whole);
        if (whole > 0 || !tolerant_ || open.size() < kLongestOpenQuote) return whole;
        return LineLength(open);
      }
      whole += length;
    }
  }

  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    size_t length = bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    if (length == 0 && kByteOrderMark.starts_with(bytes) && !at_end) return std::optional<size_t>();
    if (!header_) return std::optional<size_t>(length);
    for (;;) {
      const std::string_view rest = bytes.substr(length);
      if (tokenizer_.RecordLength(rest) == std::string_view::npos && !at_end)
        return std::optional<size_t>();
      size_t line = 0;
      std::vector<BufferPtr> memory;
      const CsvOutcome outcome = tokenizer_.Next(rest, fields_, line, memory);
      if (outcome == CsvOutcome::kOpenQuote) return BadHeader("a quote is not closed");
      if (outcome == CsvOutcome::kTextBehindQuote) return BadHeader(std::string(kBehindQuote));
      length += line;
      if (outcome == CsvOutcome::kRecord) break;
      if (line == 0) return std::optional<size_t>(length);  // an empty file has no header either
    }
    RETURN_IF_ERROR(MatchHeader());
    return std::optional<size_t>(length);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    DecodeResult result;
    memory_.clear();
    for (auto& slices : slices_) slices.clear();
    slices_.resize(spec_.columns.size());
    starts_.clear();
    first_bad_.reset();
    size_t at = from;
    while (at < block.bytes.size() && starts_.size() < max_rows) {
      size_t length = 0;
      const CsvOutcome outcome = tokenizer_.Next(block.bytes.substr(at), fields_, length, memory_);
      if (outcome == CsvOutcome::kOpenQuote) {
        if (!spec_.skip_bad) {
          first_bad_ = {at, "", "a quoted field does not end before the file does"};
          break;
        }
        ++result.skipped;
        at += BadRecordLength(block.bytes.substr(at));
        continue;
      }
      if (IsRow(outcome) ? !TakeRecord(at) : outcome == CsvOutcome::kTextBehindQuote) {
        if (!spec_.skip_bad) {
          first_bad_ = {at, "", WhatIsWrong(outcome)};
          break;
        }
        ++result.skipped;
      }
      at += length;
    }
    result.consumed = at - from;
    all_utf8_ = IsUtf8(block.bytes.substr(from, result.consumed));
    MakeColumns(block, batch, result);
    if (first_bad_) {
      bad = *std::move(first_bad_);
      return Status::DataError(bad.reason).WithId("E3005");
    }
    return result;
  }

  // Behind a quote that has no end, reading goes on with the next line.
  size_t BadRecordLength(std::string_view bytes) override {
    size_t length = 0;
    const CsvOutcome outcome = tokenizer_.Next(bytes, fields_, length, memory_);
    return outcome == CsvOutcome::kOpenQuote ? LineLength(bytes) : length;
  }

  std::span<const size_t> RowStarts() const override { return starts_; }

  bool MakeLine(std::span<char> message) const override {
    const std::string_view text(message.data(), message.size());
    if (text.find('\n') != std::string_view::npos) return false;
    if (!MayHoldLineEnds(text)) return true;
    // The message must be exactly one record, with the line end that stands behind it.
    return tokenizer_.RecordLength({message.data(), message.size() + 1}) == message.size() + 1;
  }

 private:
  // Whether a line end may be part of a field: only quotes and escape characters make it one.
  bool MayHoldLineEnds(std::string_view bytes) const {
    const auto holds = [&](char c) { return c != 0 && bytes.find(c) != std::string_view::npos; };
    return holds(tokenizer_.dialect().quote) || holds(tokenizer_.dialect().escape);
  }

  Status BadHeader(const std::string& reason) const {
    return Status::DataError("the header line is bad: " + reason).WithId("E3005");
  }

  std::string WhatIsWrong(CsvOutcome outcome) const {
    if (outcome == CsvOutcome::kTextBehindQuote) return std::string(kBehindQuote);
    return fmt::format("the record has {} fields where {} are expected", fields_.size(),
                       expected_fields_);
  }

  static std::string HintOfNames(std::string_view wanted, const std::vector<std::string>& names) {
    std::string hint = DidYouMean(wanted, names);
    if (!hint.empty()) return hint;
    constexpr size_t kMost = 20;
    const auto some = std::span(names).first(std::min(names.size(), kMost));
    return fmt::format("it has {}{}", fmt::join(some, ", "), names.size() > kMost ? ", …" : "");
  }

  // Columns are found by their names in the header, in any order, those of the same case first;
  // extra fields are left out.
  Status MatchHeader() {
    std::vector<std::string> names = NamesInHeader(fields_);
    bool last_is_read = false;
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
      const std::string& wanted = spec_.record.fields[static_cast<size_t>(spec_.columns[c])].name;
      auto found = std::ranges::find(names, wanted);
      if (found == names.end()) {
        found = std::ranges::find_if(
            names, [&](const std::string& name) { return EqualsIgnoreCase(name, wanted); });
      }
      if (found == names.end()) {
        return BadHeader(fmt::format("it has no column \"{}\"", wanted))
            .WithHint(HintOfNames(wanted, names));
      }
      field_of_[c] = static_cast<size_t>(found - names.begin());
      last_is_read = last_is_read || found + 1 == names.end();
    }
    const bool comma = trailing_comma_ && fields_.size() > 1 && fields_.back().size == 0;
    expected_fields_ = names.size() - (comma && !last_is_read ? 1 : 0);
    return {};
  }

  // A NULL in a table of one column is written as a blank line.
  bool IsRow(CsvOutcome outcome) const {
    if (outcome == CsvOutcome::kBlankLine)
      return expected_fields_ == 1 && !DefectPlanted("blank-lines-are-no-rows");
    if (outcome == CsvOutcome::kTextBehindQuote) return DefectPlanted("text-behind-quotes-dropped");
    return outcome == CsvOutcome::kRecord;
  }

  // Whether the number of fields is right, as CsvParser.Feature and CsvToRowDataConverters of Flink
  // have it: fewer or more only with the options that allow that, and one empty field more.
  bool HasFields() const {
    if (fields_.size() <= expected_fields_)
      return fields_.size() == expected_fields_ || fewer_fields_;
    const FieldSlice& last = fields_.back();
    const bool one_more = fields_.size() == expected_fields_ + 1 && last.size == 0 && !last.quoted;
    return more_fields_ || (one_more && trailing_comma_);
  }

  bool TakeRecord(size_t at) {
    if (!HasFields()) return false;
    for (size_t c = 0; c < field_of_.size(); ++c) {
      slices_[c].push_back(field_of_[c] < fields_.size() ? fields_[field_of_[c]] : FieldSlice());
    }
    starts_.push_back(at);
    return true;
  }

  void MakeColumns(const RecordBlock& block, Batch& batch, DecodeResult& result) {
    const auto rows = static_cast<uint32_t>(starts_.size());
    batch = Batch{};
    batch.row_count = rows;
    bad_rows_.assign(rows, 0);
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
      const Field& field = spec_.record.fields[static_cast<size_t>(spec_.columns[c])];
      bad_cells_.assign(rows, 0);
      MutableColumnPtr column = ParseFields(slices_[c], field.type, spec_.zone, bad_cells_.data());
      if (field.type.physical() == PhysicalType::kString) KeepAlive(block, *column);
      batch.columns.push_back(std::move(column));
      NoteBadCells(c, field);
      if (!all_utf8_ && field.type.is_character()) NoteNoText(c, field);
    }
    const auto bad_count = static_cast<uint64_t>(std::count(bad_rows_.begin(), bad_rows_.end(), 1));
    if (bad_count > 0) {
      result.skipped += bad_count;
      DropBadRows(batch);
    }
  }

  void KeepAlive(const RecordBlock& block, Column& column) const {
    column.AddHeap(block.memory);
    for (const BufferPtr& memory : memory_) column.AddHeap(memory);
  }

  // Notes that a row has a bad value. Returns whether this is the one to report where bad rows are
  // failures: none was noted yet, or only in later rows. Columns are checked one after the other.
  bool IsFirstBad(size_t row) {
    if (spec_.skip_bad) {
      bad_rows_[row] = 1;
      return false;
    }
    return !first_bad_ || starts_[row] < first_bad_->offset;
  }

  void NoteBadCells(size_t c, const Field& field) {
    for (size_t i = 0; i < bad_cells_.size(); ++i) {
      if (bad_cells_[i] == 0 || !IsFirstBad(i)) continue;
      first_bad_ = {starts_[i], field.name, NotAValue(slices_[c][i].view(), field.type)};
    }
  }

  // Bytes that are not UTF-8: a sink would write them on, and its readers could not read them.
  void NoteNoText(size_t c, const Field& field) {
    for (size_t i = 0; i < slices_[c].size(); ++i) {
      if (IsUtf8(slices_[c][i].view()) || DefectPlanted("bytes-are-text")) continue;
      if (IsFirstBad(i)) first_bad_ = {starts_[i], field.name, "the text is not UTF-8"};
    }
  }

  void DropBadRows(Batch& batch) {
    const BufferPtr ids = MakeBuffer<uint32_t>(batch.row_count);
    uint32_t count = 0;
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      if (bad_rows_[row] != 0) continue;
      starts_[count] = starts_[row];
      ids->as<uint32_t>()[count++] = row;
    }
    starts_.resize(count);
    batch = GatherBatch(batch, ids->as<uint32_t>(), count);
  }

  FormatSpec spec_;
  CsvTokenizer tokenizer_;
  bool header_;
  std::vector<size_t> field_of_;  // one per column: its place in a record
  size_t expected_fields_ = 0;
  bool trailing_comma_ = true;  // a record may have one more field, if it is empty
  bool more_fields_ = false;
  bool tolerant_ = false;  // what is bad is no failure of the job
  bool fewer_fields_ = false;
  // Scratch of one call.
  std::vector<FieldSlice> fields_;
  std::vector<std::vector<FieldSlice>> slices_;
  std::vector<size_t> starts_;
  std::vector<uint8_t> bad_cells_;
  std::vector<uint8_t> bad_rows_;
  std::optional<BadRecord> first_bad_;
  std::vector<BufferPtr> memory_;
  bool all_utf8_ = true;
};

class CsvEncoder final : public Encoder {
 public:
  CsvEncoder(FormatSpec spec, CsvDialect dialect)
      : spec_(std::move(spec)), dialect_(std::move(dialect)) {}

  void AppendPrologue(std::string& out) const override {
    if (!HasHeader(spec_.options)) return;
    for (size_t c = 0; c < spec_.record.size(); ++c) {
      if (c > 0) out += dialect_.delimiter;
      AppendQuoted(spec_.record.fields[c].name, false, out);
    }
    out += '\n';
  }

  Status Append(const Batch& batch, std::string& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      for (size_t c = 0; c < batch.columns.size(); ++c) {
        if (c > 0) out += dialect_.delimiter;
        AppendCell(*batch.columns[c], row, out);
      }
      out += '\n';
    }
    return {};
  }

 private:
  void AppendCell(const Column& column, uint32_t row, std::string& out) {
    if (column.IsNull(row)) {
      out += dialect_.null_literal;
      return;
    }
    if (column.type().physical() == PhysicalType::kString) {
      const std::string_view text = column.ValueAt<StringRef>(row).view();
      AppendQuoted(text, text == dialect_.null_literal, out);
      return;
    }
    cell_.clear();
    if (column.type().kind() == TypeKind::kBoolean) {
      cell_ = column.ValueAt<uint8_t>(row) != 0 ? "true" : "false";
    } else {
      FormatCell(column, row, cell_);
      // Without the Z a reader would take the text for a time in its session's zone.
      if (column.type().kind() == TypeKind::kTimestampLtz) cell_ += 'Z';
    }
    const bool as_null = cell_ == dialect_.null_literal && !DefectPlanted("null-literals-unquoted");
    AppendQuoted(cell_, as_null, out);
  }

  bool NeedsQuotes(std::string_view text) const {
    if (dialect_.comments && (text.starts_with('#') || text.starts_with(' '))) return true;
    if (dialect_.trim && TrimBlanks(text).size() < text.size()) return true;
    // At the beginning of a file a byte order mark is not taken for text.
    if (text.starts_with(kByteOrderMark) && !DefectPlanted("marks-unquoted")) return true;
    bool found = false;  // no early exit, so that many bytes are compared at a time
    for (const char c : text) {
      found |= (c == dialect_.delimiter) | (c == dialect_.quote) | (c == '\n') | (c == '\r');
    }
    const bool escapes = dialect_.escape != 0 && text.find(dialect_.escape) != text.npos;
    return found || escapes;
  }

  // Without quotes, only an escape character can say that another one is part of the text.
  void AppendUnquoted(std::string_view text, std::string& out) const {
    if (dialect_.quote != 0 || dialect_.escape == 0) {
      out += text;
      return;
    }
    for (const char c : text) {
      const bool line_end = c == '\n' || c == '\r';
      if (line_end || c == dialect_.escape || c == dialect_.delimiter) out += dialect_.escape;
      out += c == '\n' ? 'n' : c == '\r' ? 'r' : c;
    }
  }

  void AppendQuoted(std::string_view text, bool force, std::string& out) const {
    if (dialect_.quote == 0 || !(force || NeedsQuotes(text))) {
      AppendUnquoted(text, out);
      return;
    }
    out += dialect_.quote;
    for (const char c : text) {
      if (dialect_.escape != 0 && c == dialect_.escape && c != dialect_.quote) out += c;
      if (c == dialect_.quote) out += c;
      out += c;
    }
    out += dialect_.quote;
  }

  FormatSpec spec_;
  CsvDialect dialect_;
  std::string cell_;
};

Status CheckColumns(const FormatSpec& spec) {
  for (const Field& field : spec.record.fields) RETURN_IF_ERROR(CheckFieldType(field.type, "csv"));
  return {};
}

// Why a NULL that is written as the literal would not be read as one; "" if it would. It stands in
// its line as it is, since quotes make it a text.
std::string_view WhyNotRead(const CsvDialect& dialect, bool in_front) {
  const std::string& literal = dialect.null_literal;
  if (literal.empty()) return "";
  const std::string_view bare = dialect.trim ? TrimBlanks(literal) : literal;
  if (bare.size() < literal.size()) return "'csv.trim-spaces' takes its blanks away";
  if (literal.find(dialect.delimiter) != std::string::npos) return "it has the delimiter in it";
  if (literal.find_first_of("\r\n") != std::string::npos) return "it has a line end in it";
  if (dialect.quote != 0 && literal[0] == dialect.quote) return "it begins with a quote";
  if (dialect.escape != 0 && literal.back() == dialect.escape)
    return "it ends with the escape character";
  const bool comment = literal[0] == '#' || literal[0] == ' ';
  return dialect.comments && in_front && comment ? "its line would be a comment" : "";
}

Status CheckNullLiteral(const CsvDialect& dialect, const Schema& record) {
  const auto may_be_null = [](const Field& field) { return field.type.nullable(); };
  if (std::ranges::none_of(record.fields, may_be_null)) return {};
  const std::string_view why = WhyNotRead(dialect, may_be_null(record.fields[0]));
  if (why.empty()) return {};
  // The literal itself may be a secret.
  return Status::InvalidSql(
             fmt::format("a NULL that is written as 'csv.null-literal' says would not be read as "
                         "one: {}",
                         why))
      .WithId("E2008")
      .WithHint("set another one for the table that is written");
}

Result<std::unique_ptr<Decoder>> MakeCsvDecoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckColumns(spec));
  CsvDialect dialect = TRY(MakeDialect(spec.options));
  return std::unique_ptr<Decoder>(
      std::make_unique<CsvDecoder>(std::move(spec), std::move(dialect)));
}

Result<std::unique_ptr<Encoder>> MakeCsvEncoder(FormatSpec spec) {
  RETURN_IF_ERROR(CheckColumns(spec));
  CsvDialect dialect = TRY(MakeDialect(spec.options));
  RETURN_IF_ERROR(CheckNullLiteral(dialect, spec.record));
  return std::unique_ptr<Encoder>(
      std::make_unique<CsvEncoder>(std::move(spec), std::move(dialect)));
}

}  // namespace

const Format& CsvFormat() {
  static const Format format = {&kCsvDescriptor, MakeCsvDecoder, MakeCsvEncoder};
  return format;
}

}  // namespace weir::connectors
