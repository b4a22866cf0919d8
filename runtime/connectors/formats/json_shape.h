// Shapes of JSON records: producers write the same few structures over and over, so a record is
// mostly recognised by comparing the kinds of all its tokens and the texts of its keys with those
// of an earlier record, and its values are then found by their places. The idea of speculating on
// structure is that of Li et al., "Mison: A Fast JSON Parser for Data Analytics", VLDB 2017.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/json_column.h"

namespace weir::connectors {

// The rest of an indexed text, from a record's first token on. Does not own; lives as long as the
// index and the text.
struct JsonTokens {
  const char* text = nullptr;
  const uint32_t* positions = nullptr;
  const char* kinds = nullptr;  // see JsonIndex
  size_t left = 0;              // tokens
};

// What is to be done for one wanted value of a record.
struct JsonStep {
  enum class Action : uint8_t {
    kInt32,   // mostly a plain number
    kInt64,   // the same
    kMicros,  // mostly a plain timestamp in the column's own time zone
    kString,  // mostly a string
    kRow,     // end of a ROW: its fields came before
    kOther,   // any value
  };
  Action action = Action::kOther;
  uint8_t precision = 0;  // kMicros: digits of a second
  uint32_t token = 0;     // the value's first, counted from the record's
  JsonColumn* column = nullptr;
};

// One structure: which tokens, which keys, and so which values where. Scalars count as equal
// tokens, NULLs included; a container of another length is another shape.
class JsonShape {
 public:
  // Takes the structure of the record at the front of `tokens`, whose fields are `columns`; null
  // when it has none that is fit for comparison: keys that are escaped, long or (where they are
  // wanted) repeated, or too many tokens. `utc`: texts of TIMESTAMP_LTZ are in UTC.
  // REQUIRES: the record was decoded without a failure; `columns` outlive the shape and stay in
  // their place.
  static std::unique_ptr<JsonShape> Of(const JsonTokens& tokens, std::vector<JsonColumn>& columns,
                                       const JsonKeys& keys, bool utc);

  // Whether the record at the front of `tokens` has this structure. Then decoding it by steps()
  // gives what decoding it token by token would give.
  bool Matches(const JsonTokens& tokens) const;
  // Values in the order of the text.
  std::span<const JsonStep> steps() const { return steps_; }
  // Tokens of the record, its line end included.
  uint32_t size() const { return size_; }

  static constexpr uint32_t kMostTokens = 512;

 private:
  friend class JsonShapeReader;
  // 16 bytes of a key, its quotes included; `mask` says which of them count.
  using Bytes = uint8_t __attribute__((vector_size(16)));
  struct KeyPart {
    Bytes text;
    Bytes mask;
    uint32_t token;
    uint32_t offset;  // of the part in the key
  };

  uint32_t size_ = 0;
  uint64_t last_mask_ = 0;
  std::vector<uint64_t> kinds_;  // eight tokens each; last_mask_ says which of the last ones count
  std::vector<KeyPart> keys_;
  std::vector<JsonStep> steps_;
};

// The shapes that one decoder has seen lately: few, the most frequent first. Gives up for a while
// where records are all different. Not thread-safe.
// A record is compared with eight shapes at most.
class JsonShapes {
 public:
  // REQUIRES: `columns` and `keys` outlive this object and stay in their place.
  JsonShapes(std::vector<JsonColumn>& columns, const JsonKeys& keys, bool utc)
      : columns_(columns), keys_(keys), utc_(utc) {}

  // The shape of the record at the front of `tokens`, which lives until the next call; null when it
  // is not known. Then Learn may be called, once the record is decoded.
  const JsonShape* Find(const JsonTokens& tokens);
  void Learn(const JsonTokens& tokens);

 private:
  struct Known {
    std::unique_ptr<JsonShape> shape;
    uint32_t hits = 0;  // in this trial
  };
  // Forgets what was of no use in the last kTrial records.
  void EndTrial();

  static constexpr size_t kMost = 8;
  static constexpr uint32_t kTrial = 1024;

  std::vector<JsonColumn>& columns_;
  const JsonKeys& keys_;
  const bool utc_;
  std::vector<Known> known_;
  uint32_t records_ = 0;  // of this trial
  uint32_t hits_ = 0;
  uint32_t attempts_ = 0;  // to learn, fit or not
  uint32_t pause_ = 0;     // records before the next trial
};

}  // namespace weir::connectors
