// Shapes of JSON records. Producers write the same few structures again and again, so most records
// are recognised by comparing the kinds of all their tokens and the texts of their keys with those
// of an earlier record, whose values are then found by position. Speculating on structure is the
// idea of Li et al., "Mison: A Fast JSON Parser for Data Analytics", VLDB 2017.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/formats/json_column.h"

namespace weir::connectors {

// The rest of an indexed text, from a record's first token on. Borrows the index and the text.
struct JsonTokens {
  const char* text = nullptr;
  const uint32_t* positions = nullptr;
  const char* kinds = nullptr;  // see JsonIndex
  size_t left = 0;              // the number of tokens
};

// How to decode one wanted value of a record.
struct JsonStep {
  enum class Action : uint8_t {
    kInt32,   // mostly a plain number
    kInt64,   // mostly a plain number, too
    kMicros,  // mostly a plain timestamp in the column's own time zone
    kString,  // mostly a string
    kRow,     // the end of a ROW, whose fields precede it
    kOther,   // any value
  };
  Action action = Action::kOther;
  uint8_t precision = 0;  // kMicros: digits of a second
  uint32_t token = 0;     // index of the value's first token within the record
  JsonColumn* column = nullptr;
};

// One structure: its tokens, its keys, and the positions of the values. All scalars count as equal
// tokens, including NULL; a container of another length is another shape.
class JsonShape {
 public:
  // The structure of the record at the front of `tokens`, which was decoded into `columns` without
  // a failure. Null when it cannot be compared: it has too many tokens, or keys that are escaped,
  // long or (if they are wanted) repeated. `utc`: texts of TIMESTAMP_LTZ are in UTC. REQUIRES:
  // `columns` outlive the shape and are not moved.
  static std::unique_ptr<JsonShape> Of(const JsonTokens& tokens, std::vector<JsonColumn>& columns,
                                       const JsonKeys& keys, bool utc);

  // Whether the record at the front of `tokens` has this structure. Decoding it by steps() then
  // gives the same as decoding it token by token, provided that skipped() are values and keys.
  bool Matches(const JsonTokens& tokens) const;
  // Values in the order of the text.
  std::span<const JsonStep> steps() const { return steps_; }
  // The scalars of what nobody reads, in the order of the text.
  struct Skipped {
    uint32_t token;  // index within the record
    bool key;        // of an object that is skipped
  };
  std::span<const Skipped> skipped() const { return skipped_; }
  // The number of tokens of the record, including its line end.
  uint32_t size() const { return size_; }

  static constexpr uint32_t kMostTokens = 512;

 private:
  friend class JsonShapeReader;
  // 16 bytes of a key with its quotes; `mask` says which of them count.
  using Bytes = uint8_t __attribute__((vector_size(16)));
  struct KeyPart {
    Bytes text;
    Bytes mask;
    uint32_t token;
    uint32_t offset;  // of the part in the key
  };

  uint32_t size_ = 0;
  uint64_t last_mask_ = 0;
  std::vector<uint64_t> kinds_;  // eight tokens each; last_mask_ covers the last ones
  std::vector<KeyPart> keys_;
  std::vector<JsonStep> steps_;
  std::vector<Skipped> skipped_;
};

// The shapes that one decoder has seen lately, the most frequent first. A record is compared with
// at most eight. When records all differ, it gives up for a while. Not thread-safe.
class JsonShapes {
 public:
  // REQUIRES: `columns` and `keys` outlive this object and stay in their place.
  JsonShapes(std::vector<JsonColumn>& columns, const JsonKeys& keys, bool utc)
      : columns_(columns), keys_(keys), utc_(utc) {}

  // The shape of the record at the front of `tokens`, valid until the next call. Null when it is
  // not known; Learn may then be called once the record is decoded.
  const JsonShape* Find(const JsonTokens& tokens);
  void Learn(const JsonTokens& tokens);

 private:
  struct Known {
    std::unique_ptr<JsonShape> shape;
    uint32_t hits = 0;  // in this trial
  };
  // Forgets shapes that were of no use in the last kTrial records.
  void EndTrial();

  static constexpr size_t kMost = 8;
  static constexpr uint32_t kTrial = 1024;

  std::vector<JsonColumn>& columns_;
  const JsonKeys& keys_;
  const bool utc_;
  std::vector<Known> known_;
  uint32_t records_ = 0;  // of this trial
  uint32_t hits_ = 0;
  uint32_t attempts_ = 0;  // attempts to learn a shape, whether it was fit or not
  uint32_t pause_ = 0;     // records before the next trial
};

}  // namespace weir::connectors
