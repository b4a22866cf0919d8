#include "runtime/connectors/formats/json_shape.h"

#include <algorithm>
#include <cstring>

#include "runtime/connectors/formats/json_index.h"
#include "runtime/connectors/formats/json_text.h"
#include "runtime/connectors/formats/plain_text.h"

namespace weir::connectors {

// Walks a record that is known to be well-formed. Every Read* returns false when the shape is not
// fit for comparison.
class JsonShapeReader {
 public:
  JsonShapeReader(const JsonTokens& tokens, JsonShape& shape, bool utc)
      : tokens_(tokens), shape_(shape), utc_(utc) {}

  bool Read(std::vector<JsonColumn>& columns, const JsonKeys& keys) {
    const void* end = std::memchr(tokens_.kinds, kLineEnd, tokens_.left);
    if (end == nullptr) return false;
    const auto size = static_cast<size_t>(static_cast<const char*>(end) - tokens_.kinds) + 1;
    if (size > JsonShape::kMostTokens) return false;
    shape_.size_ = static_cast<uint32_t>(size);
    ++at_;  // '{'
    if (!ReadFields(columns, keys)) return false;
    KeepKinds();
    return true;
  }

 private:
  char kind() const { return tokens_.kinds[at_]; }
  const char* text() const { return tokens_.text + tokens_.positions[at_]; }

  // Reads the fields of an object. Begins behind its '{' and ends behind its '}'.
  bool ReadFields(std::vector<JsonColumn>& columns, const JsonKeys& keys) {
    std::vector<uint8_t> seen(columns.size(), 0);
    while (kind() != '}') {
      const char* const raw = text() + 1;
      const char* const end = FindQuoteOrEscape(raw);
      if (*end != '"' || end - raw >= static_cast<std::ptrdiff_t>(JsonKeys::kLongestGuess))
        return false;
      const std::string_view key(raw, static_cast<size_t>(end - raw));
      KeepKey({raw - 1, key.size() + 2});
      at_ += 2;  // and the colon
      const int index = keys.Find(key);
      if (index == JsonKeys::kUnknown) {
        const uint32_t begin = at_;
        SkipValue();
        KeepSkipped(begin);
      } else {
        if (seen[static_cast<size_t>(index)]++ != 0) return false;
        if (!ReadValue(columns[static_cast<size_t>(index)])) return false;
      }
      if (kind() == ',') ++at_;
    }
    ++at_;
    return true;
  }

  bool ReadValue(JsonColumn& column) {
    if (column.kind() != JsonKind::kRow || kind() != '{') {
      shape_.steps_.push_back(StepOf(column));
      SkipValue();
      return true;
    }
    ++at_;
    if (!ReadFields(column.children(), column.keys())) return false;
    shape_.steps_.push_back({JsonStep::Action::kRow, 0, at_ - 1, &column});
    return true;
  }

  JsonStep StepOf(JsonColumn& column) const {
    JsonStep step{JsonStep::Action::kOther, 0, at_, &column};
    if (kind() != kScalarToken) return step;
    if (column.kind() == JsonKind::kInt32) step.action = JsonStep::Action::kInt32;
    if (column.kind() == JsonKind::kInt64) step.action = JsonStep::Action::kInt64;
    if (column.kind() == JsonKind::kString) step.action = JsonStep::Action::kString;
    const bool shifted = column.type().kind() == TypeKind::kTimestampLtz && !utc_;
    if (column.kind() == JsonKind::kMicros && !shifted) {
      step.action = JsonStep::Action::kMicros;
      step.precision = static_cast<uint8_t>(column.type().precision());
    }
    return step;
  }

  void SkipValue() {
    uint32_t depth = 0;
    do {
      depth += kind() == '{' || kind() == '[' ? 1 : 0;
      depth -= kind() == '}' || kind() == ']' ? 1 : 0;
      ++at_;
    } while (depth > 0);
  }

  // Records the scalars of a value that nobody reads: its tokens from `begin` up to here.
  void KeepSkipped(uint32_t begin) {
    for (uint32_t token = begin; token < at_; ++token) {
      if (tokens_.kinds[token] != kScalarToken) continue;
      shape_.skipped_.push_back({token, tokens_.kinds[token + 1] == ':'});
    }
  }

  void KeepKey(std::string_view quoted) {
    constexpr size_t kPart = sizeof(JsonShape::Bytes);
    for (size_t offset = 0; offset < quoted.size(); offset += kPart) {
      const std::string_view bytes = quoted.substr(offset, kPart);
      JsonShape::KeyPart part{{}, {}, at_, static_cast<uint32_t>(offset)};
      std::memcpy(&part.text, bytes.data(), bytes.size());
      std::memset(&part.mask, 0xFF, bytes.size());
      shape_.keys_.push_back(part);
    }
  }

  void KeepKinds() {
    constexpr size_t kWord = sizeof(uint64_t);
    shape_.kinds_.assign((shape_.size_ + kWord - 1) / kWord, 0);
    std::memcpy(shape_.kinds_.data(), tokens_.kinds, shape_.size_);
    const size_t used = (shape_.size_ - 1) % kWord + 1;
    shape_.last_mask_ = ~uint64_t{0} >> (64 - 8 * used);
  }

  const JsonTokens& tokens_;
  JsonShape& shape_;
  const bool utc_;
  uint32_t at_ = 0;
};

std::unique_ptr<JsonShape> JsonShape::Of(const JsonTokens& tokens, std::vector<JsonColumn>& columns,
                                         const JsonKeys& keys, bool utc) {
  auto shape = std::make_unique<JsonShape>();
  if (!JsonShapeReader(tokens, *shape, utc).Read(columns, keys)) return nullptr;
  return shape;
}

bool JsonShape::Matches(const JsonTokens& tokens) const {
  if (tokens.left < size_) return false;
  const size_t last = kinds_.size() - 1;
  uint64_t other = (LoadWord(tokens.kinds + 8 * last) ^ kinds_[last]) & last_mask_;
  for (size_t i = 0; i < last; ++i) other |= LoadWord(tokens.kinds + 8 * i) ^ kinds_[i];
  if (other != 0) return false;
  Bytes difference{};
  for (const KeyPart& part : keys_) {
    Bytes text;
    std::memcpy(&text, tokens.text + tokens.positions[part.token] + part.offset, sizeof(text));
    difference |= (text ^ part.text) & part.mask;
  }
  uint64_t halves[2];
  std::memcpy(halves, &difference, sizeof(halves));
  return (halves[0] | halves[1]) == 0;
}

const JsonShape* JsonShapes::Find(const JsonTokens& tokens) {
  if (pause_ > 0) {
    --pause_;
    return nullptr;
  }
  if (++records_ > kTrial) EndTrial();
  for (size_t i = 0; i < known_.size(); ++i) {
    if (!known_[i].shape->Matches(tokens)) continue;
    ++hits_;
    ++known_[i].hits;
    const JsonShape* const found = known_[i].shape.get();
    if (i > 0 && known_[i].hits > known_[i - 1].hits) std::swap(known_[i], known_[i - 1]);
    return found;
  }
  return nullptr;
}

void JsonShapes::Learn(const JsonTokens& tokens) {
  constexpr uint32_t kMostAttempts = 2 * kMost;
  if (pause_ > 0 || known_.size() == kMost || ++attempts_ > kMostAttempts) return;
  std::unique_ptr<JsonShape> shape = JsonShape::Of(tokens, columns_, keys_, utc_);
  if (shape) known_.push_back({std::move(shape), 0});
}

void JsonShapes::EndTrial() {
  // When fewer than a fourth of the records had a known shape, comparing costs more than it saves;
  // no shapes are learnt then for some time.
  constexpr uint32_t kPauseTrials = 16;
  if (hits_ < kTrial / 4) {
    known_.clear();
    pause_ = kPauseTrials * kTrial;
  }
  // A shape that is seldom met makes room for one that may be met more often.
  std::erase_if(known_, [](const Known& known) { return known.hits < kTrial / 128; });
  for (Known& known : known_) known.hits = 0;
  records_ = 1;
  hits_ = 0;
  attempts_ = 0;
}

}  // namespace weir::connectors
