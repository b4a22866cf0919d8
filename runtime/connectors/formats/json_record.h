// Decodes one JSON record after another from the tokens of their lines, straight into columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/json_column.h"
#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/connectors/formats/json_index.h"
#include "runtime/connectors/formats/json_shape.h"
#include "runtime/connectors/formats/json_text.h"
#include "runtime/connectors/formats/plain_text.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

// Decodes records by the positions of their values when they have a shape that was seen lately, and
// token by token otherwise, with the same result. Lines are independent, so a bad one cannot spoil
// its neighbours. Recursion follows the declared types, never the input. Not thread-safe.
class JsonRecordDecoder {
 public:
  // Why the last record was refused. Valid until the next Decode.
  struct Failure {
    const std::string* column = nullptr;  // null: the record as a whole
    std::string reason;
  };

  // REQUIRES: all arguments outlive this object; `columns`, whose names are in `keys`, are not
  // moved.
  JsonRecordDecoder(const TimeZone& zone, JsonDecoding options, std::vector<JsonColumn>& columns,
                    JsonKeys& keys)
      : zone_(zone),
        options_(options),
        columns_(columns),
        keys_(keys),
        shapes_(columns, keys, zone.is_utc()) {}

  // Where strings with escapes are unescaped to.
  JsonHeap& heap() { return heap_; }
  const Failure& failure() const { return failure_; }

  // Starts with the first line of `text`, which `index` was built from. Both must stay as they are
  // until the next call.
  void Begin(std::string_view text, const JsonIndex& index);
  // Moves to the next line that is not blank; false at the end of the text.
  bool NextLine();
  // The offset in the text of the line that NextLine moved to, or behind the record that was
  // decoded.
  uint32_t offset() const { return offset_; }
  // Decodes the line's record into row `row` of the columns; columns without a value lag behind.
  // Takes the whole line even when it fails: then failure() says why, and columns may hold a part
  // of the record. REQUIRES: NextLine returned true.
  bool Decode(uint32_t row);

 private:
  // Each Decode* returns false after setting failure_.
  bool DecodeShape(const JsonShape& shape, uint32_t row);
  // A record that DecodeShape has refused, from its first token: of several faults the first one in
  // the text is named, whichever shapes are known.
  bool DecodeAnew(const uint32_t* begin, uint32_t row);
  bool DecodeStep(const JsonStep& step, const uint32_t* at);
  bool DecodeLine(uint32_t row);
  bool DecodeFields(std::vector<JsonColumn>& columns, JsonKeys& keys, uint32_t row);
  bool DecodeField(JsonColumn& column, uint32_t row);
  bool DecodeValue(JsonColumn& column);
  bool DecodeScalar(JsonColumn& column, char first);
  template <typename T>
  bool DecodeInteger(JsonColumn& column, char first);
  // Parses any other flat value from its text; false when the text is not one.
  bool DecodeText(JsonColumn& column, std::string_view text, bool quoted);
  // Appends a value that JSON can only write as a string.
  bool AppendQuoted(JsonColumn& column, std::string_view text);
  // Appends a string. Numbers, booleans and containers become their JSON text, as in Flink.
  bool DecodeString(JsonColumn& column, char first);
  bool DecodeNested(JsonColumn& column, char first);
  bool DecodeArray(JsonColumn& column);
  // Decodes a MAP or MULTISET, whose keys are character strings (checked when the table was
  // created). Of equal keys the last one wins.
  bool DecodeEntries(JsonColumn& column);
  // Appends all entries, or those that are not marked in `left_out`.
  bool AppendEntries(JsonColumn& column, const std::vector<uint8_t>& left_out);
  bool LookUp(const char* raw, JsonKeys& keys, size_t& cursor, int& index);
  bool CheckPresence(const std::vector<JsonColumn>& columns, uint32_t row);
  // Skips any value without recursion, but not what is no JSON: whether a record is good must not
  // depend on which of its columns are read.
  bool SkipValue();
  bool SkipKey();
  // Whether the token at `at`, which is no punctuation, is a value.
  bool CheckScalar(const uint32_t* at);
  bool CheckUnquoted(std::string_view text);
  bool CheckSkipped(const JsonShape& shape, const uint32_t* begin);
  // The text of a string, or of a scalar as it is written.
  bool TextOf(const JsonColumn& column, char first, std::string_view& text);

  // Takes the next token and returns its first byte; '\n' at the end of the record.
  char Take() {
    if (at_ >= line_end_) [[unlikely]]
      return kLineEnd;
    token_ = text_ + *at_++;
    return *token_;
  }
  char Peek() const { return at_ < line_end_ ? text_[*at_] : kLineEnd; }
  // The text up to the next token of the last scalar taken, unless it was a string.
  std::string_view TokenText() const;
  // Where the record ends.
  const char* Limit() const { return text_ + *line_end_; }

  bool Refuse(const std::string* column, std::string_view reason);
  bool Malformed(std::string_view what);
  bool RefuseText(const JsonColumn& column, std::string_view text);

  const TimeZone& zone_;
  const JsonDecoding options_;
  std::vector<JsonColumn>& columns_;
  JsonKeys& keys_;
  JsonShapes shapes_;
  PlainTimestamps timestamps_;
  JsonHeap heap_;
  // State of the current text.
  const char* text_ = nullptr;
  uint32_t text_size_ = 0;
  uint32_t offset_ = 0;
  const uint32_t* positions_ = nullptr;
  const char* kinds_ = nullptr;
  const uint32_t* end_ = nullptr;  // behind the last token
  bool plain_escapes_ = false;     // as JsonIndex's
  // State of the current record.
  const uint32_t* at_ = nullptr;              // the next token
  const uint32_t* line_end_ = nullptr;        // the token that ends the record
  const char* token_ = nullptr;               // the one that was taken last
  std::vector<std::string_view> entry_keys_;  // of all maps that are open
  Failure failure_;
};

}  // namespace weir::connectors
