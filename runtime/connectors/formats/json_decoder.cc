// Finds the tokens of many lines at once, then visits the values of each line once, front to back,
// straight into their columns. Lines are independent: one that is bad cannot spoil its neighbours.
// Recursion follows the declared types, never the input.
#include "runtime/connectors/formats/json_decoder.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <unordered_map>

#include "runtime/base/names.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/connectors/formats/json_column.h"
#include "runtime/connectors/formats/json_index.h"
#include "runtime/connectors/formats/json_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/number_text.h"

namespace weir::connectors {
namespace {

bool TakeInteger(std::string_view text, int64_t& value) {
  const std::optional<int64_t> parsed = weir::ParseInt64(text);
  if (parsed) value = *parsed;
  return parsed.has_value();
}

// A JSON number as an integer: a fraction is cut off, as Jackson does for Flink.
bool TakeNumber(std::string_view text, int64_t& value) {
  if (!IsJsonNumber(text)) return false;
  if (TakeInteger(text, value)) return true;
  const std::optional<double> number = weir::ParseDouble(text);
  constexpr double kLimit = 9223372036854775808.0;
  if (!number || !(*number >= -kLimit && *number < kLimit)) return false;
  value = static_cast<int64_t>(*number);
  return true;
}

// An integer of at most 18 digits that ends with its token; anything else is left to slower ways.
bool ReadPlainInteger(const char* p, int64_t& value) {
  const bool negative = *p == '-';
  if (negative) ++p;
  const char* const begin = p;
  uint64_t digits = 0;
  for (; *p >= '0' && *p <= '9'; ++p) digits = digits * 10 + static_cast<uint64_t>(*p - '0');
  const auto count = p - begin;
  const bool ends = *p == ',' || *p == '}' || *p == ']' || (*p <= ' ' && *p >= 0);
  value = negative ? -static_cast<int64_t>(digits) : static_cast<int64_t>(digits);
  return ends && count >= 1 && count <= 18 && (*begin != '0' || count == 1);
}

// Marks the keys that occur again; empty when none does.
std::vector<uint8_t> Superseded(std::span<const std::string_view> keys) {
  std::vector<uint8_t> marks;
  if (keys.size() < 2) return marks;
  std::unordered_map<std::string_view, size_t> last;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto [place, fresh] = last.try_emplace(keys[i], i);
    if (fresh) continue;
    marks.resize(keys.size(), 0);
    marks[place->second] = 1;
    place->second = i;
  }
  return marks;
}

// What was wrong with the record that was just refused.
struct Failure {
  const std::string* column = nullptr;  // null: the record as a whole
  std::string reason;
};

// Decodes the values of one record. Every Decode* returns false after filling failure_.
class RecordDecoder {
 public:
  RecordDecoder(const TimeZone& zone, JsonDecoding options) : zone_(zone), options_(options) {}

  JsonHeap& heap() { return heap_; }
  const Failure& failure() const { return failure_; }

  // Goes on behind the tokens taken so far; `text` is what was indexed.
  void Begin(const char* text, const uint32_t* positions) {
    text_ = text;
    at_ = positions;
  }
  // Decodes the record that ends at offset `end` of the text into place `row` of `columns`; those
  // without a field stay behind.
  bool Decode(uint32_t end, std::vector<JsonColumn>& columns, JsonKeys& keys, uint32_t row) {
    end_ = end;
    if (!failure_.reason.empty()) failure_.reason.clear();
    entry_keys_.clear();
    if (Take() != '{') return Refuse(nullptr, "the record is not a JSON object");
    if (!DecodeFields(columns, keys, row)) return false;
    return *at_ >= end_ || Refuse(nullptr, "there is more on the line behind the object");
  }
  // Whether no token is left before offset `end`.
  bool AtEnd(uint32_t end) const { return *at_ >= end; }
  // Leaves the rest of a record out.
  void SkipTo(uint32_t end) {
    while (*at_ < end) ++at_;
  }

 private:
  // The next token's first byte; '\n' at the end of the record.
  char Take() {
    if (*at_ >= end_) [[unlikely]]
      return '\n';
    token_ = text_ + *at_++;
    return *token_;
  }
  char Peek() const { return *at_ < end_ ? text_[*at_] : '\n'; }
  // The scalar that was taken last, other than a string, up to the next token.
  std::string_view TokenText() const {
    const std::string_view token(token_,
                                 static_cast<size_t>(text_ + std::min(*at_, end_) - token_));
    return token.substr(0, token.find_last_not_of(" \t\r") + 1);
  }
  const char* Limit() const { return text_ + end_; }

  [[gnu::cold, gnu::noinline]] bool Refuse(const std::string* column, std::string_view reason) {
    if (failure_.reason.empty()) failure_ = {column, std::string(reason)};
    return false;
  }
  [[gnu::cold, gnu::noinline]] bool Malformed(std::string_view what) {
    return Refuse(nullptr, fmt::format("it is not valid JSON: {}", what));
  }
  [[gnu::cold, gnu::noinline]] bool RefuseText(const JsonColumn& column, std::string_view text) {
    return Refuse(&column.path(), NotAValue(text, column.type()));
  }

  // Behind '{': the fields into `columns`, each at place `row`.
  bool DecodeFields(std::vector<JsonColumn>& columns, JsonKeys& keys, uint32_t row) {
    size_t cursor = 0;
    char c = Take();
    if (c == '}') return CheckPresence(columns, row);
    for (;;) {
      if (c != '"') return Malformed("a key is expected");
      const char* raw = token_ + 1;
      int index = JsonKeys::kUnknown;
      if (!keys.Guess(raw, cursor, index) && !LookUp(raw, keys, cursor, index)) return false;
      if (Take() != ':') return Malformed("a colon is expected behind a key");
      if (index == JsonKeys::kUnknown ? !SkipValue()
                                      : !DecodeField(columns[static_cast<size_t>(index)], row)) {
        return false;
      }
      c = Take();
      if (c == '}') return CheckPresence(columns, row);
      if (c != ',') return Malformed("a comma or brace is expected behind a value");
      c = Take();
    }
  }

  bool DecodeField(JsonColumn& column, uint32_t row) {
    // The last of several fields of one name counts.
    if (column.size() > row) column.TruncateTo(row);
    column.PadTo(row);
    return DecodeValue(column);
  }

  bool LookUp(const char* raw, JsonKeys& keys, size_t& cursor, int& index) {
    std::string_view key;
    if (!ReadJsonString(raw, Limit(), heap_, key))
      return Refuse(nullptr, "a key holds a bad escape");
    index = keys.Learn(key, cursor);
    return true;
  }

  bool CheckPresence(const std::vector<JsonColumn>& columns, uint32_t row) {
    if (!options_.fail_on_missing_field) return true;
    for (const JsonColumn& column : columns) {
      if (column.size() <= row) return Refuse(&column.path(), "the record has no such field");
    }
    return true;
  }

  // Any value, without recursion.
  bool SkipValue() {
    uint32_t depth = 0;
    do {
      const char c = Take();
      if (c == '\n') return Malformed("a bracket is not closed");
      if (c == '{' || c == '[') {
        if (++depth > kDeepest)
          return Refuse(nullptr, fmt::format("it is nested deeper than {} levels", kDeepest));
      } else if (c == '}' || c == ']') {
        if (depth == 0) return Malformed("a value is expected");
        --depth;
      } else if (depth == 0 && (c == ',' || c == ':')) {
        return Malformed("a value is expected");
      }
    } while (depth > 0);
    return true;
  }

  bool DecodeValue(JsonColumn& column) {
    const char first = Take();
    if (first == 'n') {
      if (TokenText() != "null") return RefuseText(column, TokenText());
      column.AppendNull();
      return true;
    }
    if (IsPunctuation(first)) return Malformed("a value is expected");
    if (column.kind() == JsonKind::kString) return DecodeString(column, first);
    if (column.kind() >= JsonKind::kArray) return DecodeNested(column, first);
    if (first == '{' || first == '[') return RefuseText(column, first == '{' ? "{…}" : "[…]");
    return DecodeScalar(column, first);
  }

  static bool IsPunctuation(char c) {
    return c == '}' || c == ']' || c == ',' || c == ':' || c == '\n';
  }

  // A string's text, or a scalar's as it stands.
  bool TextOf(const JsonColumn& column, char first, std::string_view& text) {
    if (first != '"') {
      text = TokenText();
      return true;
    }
    return ReadJsonString(token_ + 1, Limit(), heap_, text) ||
           Refuse(&column.path(), "a string holds a bad escape");
  }

  bool DecodeScalar(JsonColumn& column, char first) {
    switch (column.kind()) {
      case JsonKind::kInt8:
        return DecodeInteger<int8_t>(column, first);
      case JsonKind::kInt16:
        return DecodeInteger<int16_t>(column, first);
      case JsonKind::kInt32:
        return DecodeInteger<int32_t>(column, first);
      case JsonKind::kInt64:
        return DecodeInteger<int64_t>(column, first);
      default:
        break;
    }
    std::string_view text;
    if (!TextOf(column, first, text)) return false;
    return DecodeText(column, text, first == '"') || RefuseText(column, text);
  }

  template <typename T>
  bool DecodeInteger(JsonColumn& column, char first) {
    int64_t number = 0;
    if (!ReadPlainInteger(token_, number)) {
      std::string_view text;
      if (!TextOf(column, first, text)) return false;
      const bool ok =
          first == '"' ? TakeInteger(TrimBlanks(text), number) : TakeNumber(text, number);
      if (!ok) return RefuseText(column, text);
    }
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
      return RefuseText(column, std::to_string(number));
    }
    column.Append(static_cast<T>(number));
    return true;
  }

  // Any other flat value from its text; whether it is one.
  bool DecodeText(JsonColumn& column, std::string_view text, bool quoted) {
    const std::string_view trimmed = TrimBlanks(text);
    switch (column.kind()) {
      case JsonKind::kBoolean:
        return AppendBoolean(column, trimmed, quoted);
      case JsonKind::kFloat:
        return (quoted || IsJsonNumber(text)) && AppendParsed(column, ParseFloat(trimmed));
      case JsonKind::kDouble:
        return (quoted || IsJsonNumber(text)) && AppendParsed(column, weir::ParseDouble(trimmed));
      case JsonKind::kDecimal64:
      case JsonKind::kDecimal128:
        return (quoted || IsJsonNumber(text)) && AppendDecimal(column, trimmed);
      default:
        return quoted && AppendQuoted(column, trimmed);
    }
  }

  static bool AppendBoolean(JsonColumn& column, std::string_view text, bool quoted) {
    const bool yes = quoted ? EqualsIgnoreCase(text, "true") : text == "true";
    const bool no = quoted ? EqualsIgnoreCase(text, "false") : text == "false";
    if (yes || no) column.Append<uint8_t>(yes ? 1 : 0);
    return yes || no;
  }

  template <typename T>
  static bool AppendParsed(JsonColumn& column, std::optional<T> value) {
    if (value) column.Append(*value);
    return value.has_value();
  }

  static bool AppendDecimal(JsonColumn& column, std::string_view text) {
    const std::optional<Int128> unscaled =
        ParseDecimal(text, column.type().precision(), column.type().scale());
    if (!unscaled) return false;
    if (column.kind() == JsonKind::kDecimal64) {
      column.Append(static_cast<int64_t>(*unscaled));
    } else {
      column.Append(*unscaled);
    }
    return true;
  }

  // Values that JSON has as strings only.
  bool AppendQuoted(JsonColumn& column, std::string_view text) {
    if (column.kind() == JsonKind::kMicros) {
      int64_t micros = 0;
      if (!ParseMicros(text, column.type(), zone_, micros)) return false;
      column.Append(micros);
      return true;
    }
    if (column.kind() == JsonKind::kNanos) {
      TimestampNanos nanos;
      if (!ParseNanos(text, column.type(), zone_, nanos)) return false;
      column.Append(nanos);
      return true;
    }
    if (column.kind() == JsonKind::kDate) return AppendParsed(column, ParseDate(text));
    if (column.kind() == JsonKind::kTime) return AppendParsed(column, ParseTime(text));
    const std::optional<std::string_view> bytes = DecodeBase64(text, heap_);
    if (bytes) column.Append(StringRef(*bytes));
    return bytes.has_value();
  }

  // Numbers, booleans and containers become their JSON text, as in Flink.
  bool DecodeString(JsonColumn& column, char first) {
    std::string_view text;
    if (first == '"') {
      if (!TextOf(column, first, text)) return false;
    } else if (first == '{' || first == '[') {
      const char* begin = token_;
      --at_;
      if (!SkipValue()) return false;
      text = {begin, static_cast<size_t>(token_ + 1 - begin)};
    } else {
      text = TokenText();
      if (!IsJsonNumber(text) && text != "true" && text != "false") return RefuseText(column, text);
    }
    column.Append(StringRef(text));
    return true;
  }

  bool DecodeNested(JsonColumn& column, char first) {
    const bool array = column.kind() == JsonKind::kArray;
    if (first != (array ? '[' : '{')) {
      return Refuse(&column.path(),
                    array ? "an array is expected here" : "an object is expected here");
    }
    if (array) return DecodeArray(column);
    if (column.kind() != JsonKind::kRow) return DecodeEntries(column);
    if (!DecodeFields(column.children(), column.keys(), column.size())) return false;
    column.AppendRow();
    return true;
  }

  bool DecodeArray(JsonColumn& column) {
    if (Peek() == ']') {
      Take();
      column.AppendList();
      return true;
    }
    for (;;) {
      if (!DecodeValue(column.children()[0])) return false;
      const char c = Take();
      if (c == ']') break;
      if (c != ',') return Malformed("a comma or bracket is expected behind a value");
    }
    column.AppendList();
    return true;
  }

  // MAP and MULTISET; keys are character strings (checked with the table). The last of equal keys
  // counts.
  bool DecodeEntries(JsonColumn& column) {
    const size_t base = entry_keys_.size();  // maps may hold maps
    const uint32_t begin = column.children()[0].size();
    const uint32_t* const tokens = at_;
    if (!AppendEntries(column, {})) return false;
    const std::vector<uint8_t> superseded =
        Superseded({entry_keys_.data() + base, entry_keys_.size() - base});
    entry_keys_.resize(base);
    if (!superseded.empty()) {
      for (JsonColumn& child : column.children()) child.TruncateTo(begin);
      at_ = tokens;
      if (!AppendEntries(column, superseded)) return false;
      entry_keys_.resize(base);
    }
    column.AppendList();
    return true;
  }

  // All entries, or those that are not marked in `left_out`.
  bool AppendEntries(JsonColumn& column, std::span<const uint8_t> left_out) {
    char c = Take();
    for (size_t position = 0; c != '}'; ++position) {
      if (c != '"') return Malformed("a key is expected");
      std::string_view key;
      if (!ReadJsonString(token_ + 1, Limit(), heap_, key))
        return Refuse(&column.path(), "a key holds a bad escape");
      if (Take() != ':') return Malformed("a colon is expected behind a key");
      if (!left_out.empty() && left_out[position] != 0) {
        if (!SkipValue()) return false;
      } else {
        entry_keys_.push_back(key);
        column.children()[0].Append(StringRef(key));
        if (!DecodeValue(column.children()[1])) return false;
      }
      c = Take();
      if (c == '}') break;
      if (c != ',') return Malformed("a comma or brace is expected behind a value");
      c = Take();
      if (c == '}') return Malformed("a key is expected");
    }
    return true;
  }

  static constexpr uint32_t kDeepest = 1000;

  const TimeZone& zone_;
  JsonDecoding options_;
  JsonHeap heap_;
  const char* text_ = nullptr;
  const uint32_t* at_ = nullptr;              // the next token
  const char* token_ = nullptr;               // the one taken last
  uint32_t end_ = 0;                          // of the record
  std::vector<std::string_view> entry_keys_;  // of the maps that are open
  Failure failure_;
};

class JsonLinesDecoder final : public Decoder {
 public:
  JsonLinesDecoder(FormatSpec spec, JsonDecoding options)
      : spec_(std::move(spec)), record_(spec_.zone, options) {
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
      const Field& field = spec_.record.fields[static_cast<size_t>(spec_.columns[c])];
      keys_.Add(field.name, static_cast<int>(c));
      columns_.emplace_back(field.type, field.name);
    }
  }

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return at_end ? bytes.size() : bytes.rfind('\n') + 1;  // npos + 1 is 0
  }

  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    if (bytes.size() < 3 && !at_end) return std::optional<size_t>();
    return std::optional<size_t>(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    record_.heap().Begin(block.memory);
    rows_ = 0;
    skipped_ = 0;
    for (JsonColumn& column : columns_)
      column.Reset(ExpectedRows(block.bytes.size() - from, max_rows));
    size_t at = from;
    while (at < block.bytes.size() && rows_ < max_rows) {
      const std::string_view window = NextWindow(block.bytes.substr(at), max_rows - rows_);
      Status status = DecodeWindow(window, bad);
      if (!status.ok()) {
        bad.offset += at;
        return status;
      }
      at += window.size();
    }
    if (rows_ > 0) row_bytes_ = std::max<size_t>((at - from) / rows_, 2);
    batch = Batch{};
    batch.row_count = rows_;
    for (JsonColumn& column : columns_) {
      column.PadTo(rows_);
      batch.columns.push_back(column.Finish(record_.heap().chunks()));
    }
    return DecodeResult{at - from, skipped_};
  }

 private:
  // Enough for rows of the size seen before, so that columns neither grow nor waste memory.
  uint32_t ExpectedRows(size_t bytes, uint32_t max_rows) const {
    const size_t expected = bytes / row_bytes_ + bytes / row_bytes_ / 8 + 16;
    return static_cast<uint32_t>(std::min<size_t>(expected, max_rows));
  }

  // Whole lines, at most `max_lines` of them, that fit the cache with their tokens (or one long
  // one); fills ends_.
  std::string_view NextWindow(std::string_view bytes, uint32_t max_lines) {
    constexpr size_t kWindowBytes = 128 << 10;
    ends_.clear();
    size_t at = 0;
    while (at < bytes.size() && ends_.size() < max_lines) {
      const void* newline = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
      const size_t end =
          newline == nullptr
              ? bytes.size()
              : static_cast<size_t>(static_cast<const char*>(newline) - bytes.data()) + 1;
      if (end > kWindowBytes && !ends_.empty()) break;
      ends_.push_back(static_cast<uint32_t>(end));
      at = end;
    }
    return bytes.substr(0, at);
  }

  Status DecodeWindow(std::string_view window, BadRecord& bad) {
    // A fault that the index finds may be any line's: then each line is indexed by itself.
    const bool whole = index_.Build(window).ok();
    if (whole) record_.Begin(window.data(), index_.positions());
    uint32_t begin = 0;
    for (const uint32_t end : ends_) {
      Status status = whole ? DecodeLine(end) : DecodeAlone(window.substr(begin, end - begin));
      if (!status.ok()) {
        if (!spec_.skip_bad) {
          const std::string* column = record_.failure().column;
          bad = {begin, whole_line_bad_ || column == nullptr ? "" : *column, status.message()};
          return status;
        }
        ++skipped_;
        for (JsonColumn& column : columns_) column.TruncateTo(rows_);
        if (whole) record_.SkipTo(end);
      }
      begin = end;
    }
    return {};
  }

  // The line up to offset `end`; one without tokens is blank.
  Status DecodeLine(uint32_t end) {
    whole_line_bad_ = false;
    if (record_.AtEnd(end)) return {};
    if (!record_.Decode(end, columns_, keys_, rows_)) {
      return Status::DataError(record_.failure().reason).WithId("E3005");
    }
    ++rows_;
    return {};
  }

  Status DecodeAlone(std::string_view line) {
    whole_line_bad_ = true;
    // Without its newline, which must not become part of a string that is not closed.
    if (line.ends_with('\n')) line.remove_suffix(1);
    RETURN_IF_ERROR(index_.Build(line));
    record_.Begin(line.data(), index_.positions());
    return DecodeLine(static_cast<uint32_t>(line.size()));
  }

  FormatSpec spec_;
  std::vector<JsonColumn> columns_;
  JsonKeys keys_;
  JsonIndex index_;
  RecordDecoder record_;  // after spec_, whose zone it uses
  size_t row_bytes_ = 128;
  // Of one call.
  std::vector<uint32_t> ends_;  // of the window's lines, newlines included
  uint32_t rows_ = 0;
  uint64_t skipped_ = 0;
  bool whole_line_bad_ = false;  // the last failure is not of a column
};

}  // namespace

std::unique_ptr<Decoder> MakeJsonLinesDecoder(FormatSpec spec, JsonDecoding options) {
  return std::make_unique<JsonLinesDecoder>(std::move(spec), options);
}

}  // namespace weir::connectors
