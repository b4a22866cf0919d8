#include "runtime/connectors/formats/json_record.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <unordered_map>

#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/number_text.h"

namespace weir::connectors {
namespace {

constexpr uint32_t kDeepestJson = 1000;

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

template <typename T>
bool Fits(int64_t number) {
  return number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max();
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

bool IsPlainNull(const char* token, const char* next) {
  return next - token == 4 && std::memcmp(token, "null", 4) == 0;
}

// Whether a token, with `size` bytes up to the next one, is a string (where those are known to be
// good), null, or an integer of at most eight digits, as most values are that nobody reads.
[[gnu::always_inline]] inline bool IsPlainScalar(const char* token, uint32_t size, bool strings) {
  if (*token == '"') return strings;
  if (IsPlainNull(token, token + size)) return true;
  if (size > sizeof(uint64_t)) return false;
  constexpr uint64_t kZeros = 0x3030303030303030;
  const uint64_t digits = LoadWord(token) ^ kZeros;
  const bool leads = (digits & 0xFF) != 0 || size == 1;
  return leads && NotDigits(digits) << (64 - 8 * size) == 0;
}

bool IsPunctuation(char c) {
  return c == '}' || c == ']' || c == ',' || c == ':' || c == kLineEnd;
}

// The brackets around a value that is skipped: a bit each, which says whether it is an object's.
class OpenBrackets {
 public:
  // False where there are too many.
  bool Push(bool object) {
    if (depth_ == kDeepestJson) return false;
    const uint64_t bit = uint64_t{1} << (depth_ % kWord);
    uint64_t& word = objects_[depth_ / kWord];
    if (depth_ % kWord == 0) word = 0;
    word = object ? word | bit : word & ~bit;
    ++depth_;
    return true;
  }
  void Pop() { --depth_; }
  bool empty() const { return depth_ == 0; }
  // REQUIRES: not empty.
  bool in_object() const {
    return ((objects_[(depth_ - 1) / kWord] >> ((depth_ - 1) % kWord)) & 1) != 0;
  }

 private:
  static constexpr uint32_t kWord = 64;
  uint32_t depth_ = 0;
  uint64_t objects_[kDeepestJson / kWord + 1];
};

bool AppendBoolean(JsonColumn& column, std::string_view text, bool quoted) {
  const bool yes = quoted ? EqualsIgnoreCase(text, "true") : text == "true";
  const bool no = quoted ? EqualsIgnoreCase(text, "false") : text == "false";
  if (yes || no) column.Append<uint8_t>(yes ? 1 : 0);
  return yes || no;
}

template <typename T>
bool AppendParsed(JsonColumn& column, std::optional<T> value) {
  if (value) column.Append(*value);
  return value.has_value();
}

bool AppendDecimal(JsonColumn& column, std::string_view text) {
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

}  // namespace

std::string_view JsonRecordDecoder::TokenText() const {
  const std::string_view token(token_, static_cast<size_t>(text_ + *at_ - token_));
  return token.substr(0, token.find_last_not_of(" \t\r") + 1);
}

[[gnu::cold, gnu::noinline]] bool JsonRecordDecoder::Refuse(const std::string* column,
                                                            std::string_view reason) {
  if (failure_.reason.empty()) failure_ = {column, std::string(reason)};
  return false;
}

[[gnu::cold, gnu::noinline]] bool JsonRecordDecoder::Malformed(std::string_view what) {
  return Refuse(nullptr, fmt::format("it is not valid JSON: {}", what));
}

[[gnu::cold, gnu::noinline]] bool JsonRecordDecoder::RefuseText(const JsonColumn& column,
                                                                std::string_view text) {
  return Refuse(&column.path(), NotAValue(text, column.type()));
}

void JsonRecordDecoder::Begin(std::string_view text, const JsonIndex& index) {
  text_ = text.data();
  text_size_ = static_cast<uint32_t>(text.size());
  offset_ = 0;
  positions_ = at_ = index.positions();
  kinds_ = index.kinds();
  end_ = positions_ + index.size();
  plain_escapes_ = index.plain_escapes();
}

bool JsonRecordDecoder::NextLine() {
  while (at_ < end_ && kinds_[at_ - positions_] == kLineEnd) {
    offset_ = std::min(*at_ + 1, text_size_);
    ++at_;
  }
  return at_ < end_;
}

bool JsonRecordDecoder::Decode(uint32_t row) {
  if (!failure_.reason.empty()) failure_.reason.clear();
  entry_keys_.clear();
  const JsonTokens tokens{text_, at_, kinds_ + (at_ - positions_), static_cast<size_t>(end_ - at_)};
  bool ok = false;
  if (const JsonShape* shape = shapes_.Find(tokens)) {
    line_end_ = tokens.positions + shape->size() - 1;
    ok = DecodeShape(*shape, row) || DecodeAnew(tokens.positions, row);
  } else {
    const void* end = std::memchr(tokens.kinds, kLineEnd, tokens.left);
    line_end_ = tokens.positions + (static_cast<const char*>(end) - tokens.kinds);
    ok = DecodeLine(row);
    if (ok) shapes_.Learn(tokens);
  }
  offset_ = std::min(*line_end_ + 1, text_size_);
  at_ = line_end_ + 1;
  return ok;
}

[[gnu::cold, gnu::noinline]] bool JsonRecordDecoder::DecodeAnew(const uint32_t* begin,
                                                                uint32_t row) {
  for (JsonColumn& column : columns_) column.TruncateTo(row);
  failure_.reason.clear();
  entry_keys_.clear();
  at_ = begin;
  return DecodeLine(row);
}

bool JsonRecordDecoder::DecodeShape(const JsonShape& shape, uint32_t row) {
  const uint32_t* const begin = at_;
  for (const JsonStep& step : shape.steps()) {
    step.column->PadTo(row);
    if (step.action == JsonStep::Action::kRow) {
      step.column->AppendRow();
    } else if (!DecodeStep(step, begin + step.token)) [[unlikely]] {
      return false;
    }
  }
  return CheckSkipped(shape, begin);
}

// Takes the fast way for values without blanks or escapes, which end right at the next token, and
// the general one (DecodeValue) for all others.
inline bool JsonRecordDecoder::DecodeStep(const JsonStep& step, const uint32_t* at) {
  const char* const token = text_ + at[0];
  const char* const next = text_ + at[1];
  JsonColumn& column = *step.column;
  int64_t number = 0;
  switch (step.action) {
    case JsonStep::Action::kInt32:
      if (ReadPlainInteger(token, number) != next || !Fits<int32_t>(number)) break;
      column.Append(static_cast<int32_t>(number));
      return true;
    case JsonStep::Action::kInt64:
      if (ReadPlainInteger(token, number) != next) break;
      column.Append(number);
      return true;
    case JsonStep::Action::kMicros: {
      if (*token != '"') break;
      const char* const end = timestamps_.Read(token + 1, step.precision, number);
      if (end == nullptr || *end != '"') break;
      column.Append(number);
      return true;
    }
    case JsonStep::Action::kString: {
      std::string_view text;
      const char* const last = next - 1;  // the closing quote, unless there are blanks behind it
      if (*token != '"' || *last != '"' || !ReadClosedString(token + 1, last, heap_, text)) break;
      column.Append(StringRef(text));
      return true;
    }
    case JsonStep::Action::kRow:
    case JsonStep::Action::kOther:
      break;
  }
  if (IsPlainNull(token, next)) {
    column.AppendNull();
    return true;
  }
  at_ = at;
  return DecodeValue(column);
}

bool JsonRecordDecoder::DecodeLine(uint32_t row) {
  if (Take() != '{') return Refuse(nullptr, "the record is not a JSON object");
  if (!DecodeFields(columns_, keys_, row)) return false;
  return at_ == line_end_ || Refuse(nullptr, "there is more on the line behind the object");
}

// Behind '{': the fields into `columns`, each at place `row`.
bool JsonRecordDecoder::DecodeFields(std::vector<JsonColumn>& columns, JsonKeys& keys,
                                     uint32_t row) {
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

bool JsonRecordDecoder::DecodeField(JsonColumn& column, uint32_t row) {
  // The last of several fields of one name counts.
  if (column.size() > row) column.TruncateTo(row);
  column.PadTo(row);
  return DecodeValue(column);
}

bool JsonRecordDecoder::LookUp(const char* raw, JsonKeys& keys, size_t& cursor, int& index) {
  std::string_view key;
  if (!ReadJsonString(raw, Limit(), heap_, key)) return Refuse(nullptr, "a key holds a bad escape");
  index = keys.Learn(key, cursor);
  return true;
}

bool JsonRecordDecoder::CheckPresence(const std::vector<JsonColumn>& columns, uint32_t row) {
  if (!options_.fail_on_missing_field) return true;
  for (const JsonColumn& column : columns) {
    if (column.size() <= row) return Refuse(&column.path(), "the record has no such field");
  }
  return true;
}

bool JsonRecordDecoder::SkipValue() {
  OpenBrackets open;
  for (;;) {
    const char first = Take();
    if (first == '{' || first == '[') {
      const bool object = first == '{';
      if (!open.Push(object))
        return Refuse(nullptr, fmt::format("it is nested deeper than {} levels", kDeepestJson));
      if (Peek() != (object ? '}' : ']')) {
        if (object && !SkipKey()) return false;
        continue;
      }
    } else if (IsPunctuation(first)) {
      return Malformed(first == kLineEnd ? "a bracket is not closed" : "a value is expected");
    } else if (!CheckScalar(at_ - 1)) {
      return false;
    }
    for (;;) {
      if (open.empty()) return true;
      const char c = Take();
      if (c == ',') break;
      if (c == kLineEnd) return Malformed("a bracket is not closed");
      if (c != (open.in_object() ? '}' : ']'))
        return Malformed("a comma or bracket is expected behind a value");
      open.Pop();
    }
    if (open.in_object() && !SkipKey()) return false;
  }
}

bool JsonRecordDecoder::SkipKey() {
  if (Take() != '"') return Malformed("a key is expected");
  if (!plain_escapes_ && !IsJsonString(token_ + 1))
    return Refuse(nullptr, "a key holds a bad escape");
  return Take() == ':' || Malformed("a colon is expected behind a key");
}

inline bool JsonRecordDecoder::CheckScalar(const uint32_t* at) {
  const char* const token = text_ + at[0];
  const uint32_t size = at[1] - at[0];
  if (IsPlainScalar(token, size, plain_escapes_)) return true;
  if (*token == '"')
    return IsJsonString(token + 1) || Refuse(nullptr, "a string holds a bad escape");
  int64_t number = 0;
  return ReadPlainInteger(token, number) == token + size || CheckUnquoted({token, size});
}

bool JsonRecordDecoder::CheckUnquoted(std::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
  if (text == "null" || text == "true" || text == "false" || IsJsonNumber(text)) return true;
  constexpr size_t kLongest = 60;
  return Malformed(fmt::format("'{}{}' is no value", BeginningOf(text, kLongest),
                               text.size() > kLongest ? "…" : ""));
}

bool JsonRecordDecoder::CheckSkipped(const JsonShape& shape, const uint32_t* begin) {
  for (const JsonShape::Skipped& skipped : shape.skipped()) {
    const uint32_t* const at = begin + skipped.token;
    if (skipped.key && text_[*at] != '"') return Malformed("a key is expected");
    if (!CheckScalar(at)) return false;
  }
  return true;
}

bool JsonRecordDecoder::DecodeValue(JsonColumn& column) {
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

bool JsonRecordDecoder::TextOf(const JsonColumn& column, char first, std::string_view& text) {
  if (first != '"') {
    text = TokenText();
    return true;
  }
  return ReadJsonString(token_ + 1, Limit(), heap_, text) ||
         Refuse(&column.path(), "a string holds a bad escape");
}

bool JsonRecordDecoder::DecodeScalar(JsonColumn& column, char first) {
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
bool JsonRecordDecoder::DecodeInteger(JsonColumn& column, char first) {
  int64_t number = 0;
  if (ReadPlainInteger(token_, number) != text_ + *at_) {
    std::string_view text;
    if (!TextOf(column, first, text)) return false;
    const bool ok = first == '"' ? TakeInteger(TrimBlanks(text), number) : TakeNumber(text, number);
    if (!ok) return RefuseText(column, text);
  }
  if (!Fits<T>(number)) return RefuseText(column, std::to_string(number));
  column.Append(static_cast<T>(number));
  return true;
}

bool JsonRecordDecoder::DecodeText(JsonColumn& column, std::string_view text, bool quoted) {
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

bool JsonRecordDecoder::AppendQuoted(JsonColumn& column, std::string_view text) {
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
  if (column.kind() == JsonKind::kDate) return AppendParsed(column, ParseWholeDate(text));
  if (column.kind() == JsonKind::kTime) return AppendParsed(column, ParseLocalTime(text));
  const std::optional<std::string_view> bytes = DecodeBase64(text, heap_);
  if (bytes) column.Append(StringRef(*bytes));
  return bytes.has_value();
}

bool JsonRecordDecoder::DecodeString(JsonColumn& column, char first) {
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

bool JsonRecordDecoder::DecodeNested(JsonColumn& column, char first) {
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

bool JsonRecordDecoder::DecodeArray(JsonColumn& column) {
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

bool JsonRecordDecoder::DecodeEntries(JsonColumn& column) {
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

bool JsonRecordDecoder::AppendEntries(JsonColumn& column, const std::vector<uint8_t>& left_out) {
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

}  // namespace weir::connectors
