#include "runtime/connectors/formats/event_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/connectors/formats/forwarding_decoder.h"
#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/connectors/formats/message_decoder.h"

namespace weir::connectors {
namespace {

FormatSpec FieldsOf(const std::vector<EventCondition>& conditions, const FormatSpec& spec) {
  FormatSpec fields{{}, {}, {}, TimeZone(), spec.skip_bad, {}};
  for (const EventCondition& condition : conditions)
    fields.record.fields.push_back({condition.field, Type::String()});
  fields.columns = AllColumns(fields.record);
  fields.row_starts = true;
  return fields;
}

// Copies the events that are wanted into a block of their own, and says of places in that where
// they are in the one that was given.
class EventFilter final : public ForwardingDecoder {
 public:
  EventFilter(const FormatSpec& spec, std::vector<EventCondition> conditions,
              std::unique_ptr<Decoder> events)
      : ForwardingDecoder(std::move(events)),
        skip_bad_(spec.skip_bad),
        row_starts_(spec.row_starts),
        conditions_(std::move(conditions)),
        fields_(MakeJsonLinesDecoder(FieldsOf(conditions_, spec), {})) {}

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    const uint32_t most = std::min(std::max(max_rows / 2, 1U), fitting_);
    DecodeResult looked;
    std::optional<BadRecord> fault;
    RETURN_IF_ERROR(FindWanted(block, from, most, looked, fault));
    // Whether or not there is a fault: one of the rows before it comes first.
    const RecordBlock wanted = Copy(block.bytes);
    Result<DecodeResult> taken = ForwardingDecoder::Decode(wanted, 0, max_rows, batch, bad);
    if (!taken.ok()) {
      bad.offset = EventOf(bad.offset).offset;
      return taken;
    }
    const bool all = taken->consumed == wanted.bytes.size();
    if (all && fault) {
      bad = std::move(*fault);
      return Status::DataError(bad.reason).WithId("E3005");
    }
    starts_.clear();
    if (row_starts_) {
      for (const size_t start : ForwardingDecoder::RowStarts())
        starts_.push_back(EventOf(start).offset);
    }
    fitting_ = all ? most * 2 : EventOf(taken->consumed).number;
    if (!all) {
      Batch fields;
      looked = TRY(fields_->Decode(block, from, fitting_, fields, bad));
      looked.skipped += LeftOut(fields);
    }
    return DecodeResult{looked.consumed, looked.skipped + taken->skipped};
  }

  std::span<const size_t> RowStarts() const override { return starts_; }

 private:
  // An event that is wanted: its number among those that were looked at, and where it begins.
  struct Event {
    uint32_t number;
    size_t offset;
  };
  enum class Answer : uint8_t { kYes, kNo, kUnknown };

  // Looks at up to `most` events, up to a fault, which is then said.
  Status FindWanted(const RecordBlock& block, size_t from, uint32_t most, DecodeResult& looked,
                    std::optional<BadRecord>& fault) {
    Batch fields;
    BadRecord bad;
    Result<DecodeResult> result = fields_->Decode(block, from, most, fields, bad);
    if (!result.ok()) {
      fault = bad;
      const RecordBlock before{block.memory, block.bytes.substr(0, bad.offset)};
      result = fields_->Decode(before, from, most, fields, bad);
    }
    looked = TRY(std::move(result));
    found_.clear();
    for (uint32_t event = 0; event < fields.row_count; ++event) {
      const size_t offset = fields_->RowStarts()[event];
      const EventCondition* lacking = nullptr;
      const Answer answer = IsWanted(fields, event, lacking);
      if (answer == Answer::kYes) found_.push_back({event, offset});
      if (answer != Answer::kUnknown) continue;
      if (!skip_bad_) {
        fault = {offset, "", ReasonFor(*lacking)};
        return {};
      }
      ++looked.skipped;
    }
    return {};
  }

  // As Flink asks: a later condition only where those before it are true. `lacking` is the one that
  // has no answer.
  Answer IsWanted(const Batch& fields, uint32_t event, const EventCondition*& lacking) const {
    for (size_t i = 0; i < conditions_.size(); ++i) {
      const Column& field = *fields.columns[i];
      lacking = &conditions_[i];
      if (field.IsNull(event)) return Answer::kUnknown;
      if (!conditions_[i].matches(field.ValueAt<StringRef>(event).view())) return Answer::kNo;
    }
    return Answer::kYes;
  }

  static std::string ReasonFor(const EventCondition& condition) {
    return fmt::format("the event has no \"{}\", by which '{}' chooses", condition.field,
                       condition.option);
  }

  uint64_t LeftOut(const Batch& fields) const {
    const EventCondition* lacking = nullptr;
    uint64_t count = 0;
    for (uint32_t event = 0; event < fields.row_count; ++event)
      count += IsWanted(fields, event, lacking) == Answer::kUnknown ? 1 : 0;
    return count;
  }

  RecordBlock Copy(std::string_view bytes) {
    size_t size = 0;
    std::vector<std::string_view> lines;
    for (const Event& event : found_) {
      const std::string_view rest = bytes.substr(event.offset);
      lines.push_back(rest.substr(0, rest.find('\n')));
      size += lines.back().size();
    }
    MessageBlockBuilder builder(size, lines.size());
    for (const std::string_view line : lines) builder.Add(line);
    copy_ = builder.Finish();
    return {copy_.memory, {copy_.memory->as<char>(), size + lines.size()}};
  }

  // The event of the copy that has the byte at `offset`.
  const Event& EventOf(size_t offset) const {
    const auto behind = std::ranges::upper_bound(copy_.places, offset, {}, &MessagePlace::begin);
    return found_[static_cast<size_t>(behind - copy_.places.begin()) - 1];
  }

  const bool skip_bad_;
  const bool row_starts_;
  const std::vector<EventCondition> conditions_;
  std::unique_ptr<Decoder> fields_;
  uint32_t fitting_ = UINT32_MAX / 2;  // events whose rows fit a batch, as far as is known
  // Used within one call of Decode.
  std::vector<Event> found_;
  MessageBlock copy_;  // their lines
  std::vector<size_t> starts_;
};

}  // namespace

std::unique_ptr<Decoder> MakeEventFilter(const FormatSpec& spec,
                                         std::vector<EventCondition> conditions,
                                         std::unique_ptr<Decoder> events) {
  return std::make_unique<EventFilter>(spec, std::move(conditions), std::move(events));
}

}  // namespace weir::connectors
