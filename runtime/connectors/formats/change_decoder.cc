// An event is a JSON record of its own: the rows are decoded as ROW columns, then laid one behind
// the other.
#include "runtime/connectors/formats/change_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/connectors/formats/changed_columns.h"
#include "runtime/connectors/formats/forwarding_decoder.h"
#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/connectors/formats/json_settings.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"
#include "runtime/types/kinds_of.h"
#include "runtime/types/number_text.h"

namespace weir::connectors {
namespace {

// Fields of an event, in the order in which they are decoded; metadata only when asked for.
constexpr size_t kBefore = 0;
constexpr size_t kAfter = 1;
constexpr size_t kOp = 2;
constexpr const char* kPayload = "payload";

// A change of an event; `before` and `after` are numbers among all rows of that side.
struct Change {
  uint32_t event;
  uint32_t before;
  uint32_t after;
  RowKind kind;
};

// The rows of an event on one side.
struct RowRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t size() const { return end - begin; }
};

// A metadata column that is asked for.
struct Wanted {
  const MetadataPlace* place;
  Type type;  // of the column
};

std::vector<Wanted> WantedOf(const FormatSpec& spec, const ChangeEnvelope& envelope) {
  std::vector<Wanted> wanted;
  for (const std::string& key : spec.metadata) {
    const auto place = std::ranges::find(envelope.places, key, &MetadataPlace::key);
    const auto number = static_cast<size_t>(place - envelope.places.begin());
    wanted.push_back({&*place, envelope.metadata[number].type});
  }
  return wanted;
}

std::vector<std::string> NamesOf(const FormatSpec& spec) {
  std::vector<std::string> names;
  for (const int column : spec.columns)
    names.push_back(spec.record.fields[static_cast<size_t>(column)].name);
  return names;
}

// What is read of an event; at the end what is beside its payload.
struct EventFields {
  std::vector<TypeField> all;
  size_t outside = 0;  // so many of them
};

EventFields EventFieldsOf(const FormatSpec& spec, const ChangeEnvelope& envelope) {
  std::vector<TypeField> row;
  for (const int column : spec.columns) {
    const Field& field = spec.record.fields[static_cast<size_t>(column)];
    row.push_back({field.name, field.type});
  }
  const Type rows = envelope.lists ? Type::Array(Type::Row(row)) : Type::Row(row);
  EventFields fields{
      {{envelope.before, rows}, {envelope.after, rows}, {envelope.op, Type::String()}}};
  std::vector<TypeField> outside;
  for (const Wanted& wanted : WantedOf(spec, envelope)) {
    const MetadataPlace& place = *wanted.place;
    std::vector<TypeField>& among = place.outside ? outside : fields.all;
    if (std::ranges::find(among, place.field, &TypeField::name) == among.end())
      among.push_back({place.field, place.type});
  }
  fields.outside = outside.size();
  fields.all.insert(fields.all.end(), outside.begin(), outside.end());
  return fields;
}

// The event as a JSON record.
Schema EventSchema(const EventFields& fields, bool in_payload) {
  Schema schema;
  auto next = fields.all.begin();
  if (in_payload) {
    const auto outside = fields.all.end() - static_cast<std::ptrdiff_t>(fields.outside);
    schema.fields.push_back({kPayload, Type::Row({next, outside})});
    next = outside;
  }
  for (; next != fields.all.end(); ++next) schema.fields.push_back({next->name, next->type});
  return schema;
}

std::unique_ptr<Decoder> MakeEvents(const FormatSpec& spec, const ChangeDecoding& options) {
  const ChangeEnvelope& envelope = options.envelope;
  FormatSpec events{spec.options,
                    EventSchema(EventFieldsOf(spec, envelope), options.in_payload),
                    {},
                    spec.zone,
                    spec.skip_bad,
                    {}};
  events.row_starts = spec.row_starts || envelope.changed_columns;
  events.columns = AllColumns(events.record);
  return MakeJsonLinesDecoder(std::move(events), {});
}

class ChangeDecoder final : public ForwardingDecoder {
 public:
  ChangeDecoder(const FormatSpec& spec, const ChangeDecoding& options)
      : ForwardingDecoder(MakeEvents(spec, options)),
        envelope_(options.envelope),
        skip_bad_(spec.skip_bad),
        in_payload_(options.in_payload),
        row_starts_(spec.row_starts),
        metadata_(WantedOf(spec, envelope_)),
        fields_(EventFieldsOf(spec, envelope_).all) {
    if (envelope_.changed_columns)
      changed_.emplace(envelope_.before, envelope_.lists, NamesOf(spec));
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    // Lists have any number of rows, so the last batch says how many events may fit.
    const uint32_t most = std::min(std::max(max_rows / 2, 1U), fitting_);
    DecodeResult result = TRY(DecodeEvents(block, from, most, bad));
    if (envelope_.lists && changes_.size() > max_rows && changes_[max_rows].event > 0) {
      fitting_ = changes_[max_rows].event;
      result = TRY(DecodeEvents(block, from, fitting_, bad));
    } else if (changes_.size() < max_rows / 4 && fitting_ < max_rows) {
      fitting_ *= 2;
    }
    RETURN_IF_ERROR(ReadChangedColumns(block, from + result.consumed));
    batch = Rows();
    starts_.clear();
    if (row_starts_) {
      for (const Change& change : changes_)
        starts_.push_back(ForwardingDecoder::RowStarts()[change.event]);
    }
    return result;
  }

  std::span<const size_t> RowStarts() const override { return starts_; }

 private:
  struct Fault {
    uint32_t event;
    std::string reason;
  };

  // Decodes up to `most` events, and finds their changes.
  Result<DecodeResult> DecodeEvents(const RecordBlock& block, size_t from, uint32_t most,
                                    BadRecord& bad) {
    Batch decoded;
    Result<DecodeResult> result = ForwardingDecoder::Decode(block, from, most, decoded, bad);
    if (!result.ok()) return FirstFault(result.status(), block, from, most, bad);
    if (const auto fault = AddAll(decoded, result->skipped))
      return Refuse(block, from, *fault, bad);
    return result;
  }

  // Sets the pointers to the columns of decoded events.
  void Open(const Batch& decoded) {
    payload_ = in_payload_ ? decoded.columns[0] : nullptr;
    event_.clear();
    if (payload_ != nullptr)
      event_.assign(payload_->children().begin(), payload_->children().end());
    event_.insert(event_.end(), decoded.columns.begin() + (in_payload_ ? 1 : 0),
                  decoded.columns.end());
  }

  const Column& FieldOf(const MetadataPlace& place) const {
    const auto at = std::ranges::find(fields_, place.field, &TypeField::name);
    return *event_[static_cast<size_t>(at - fields_.begin())];
  }

  // Adds the changes of all events. Stops at the first bad one, unless these are skipped.
  std::optional<Fault> AddAll(const Batch& events, uint64_t& skipped) {
    Open(events);
    changes_.clear();
    for (uint32_t event = 0; event < events.row_count; ++event) {
      std::string reason = AddChanges(event);
      if (reason.empty()) continue;
      if (!skip_bad_) return Fault{event, std::move(reason)};
      ++skipped;
    }
    return std::nullopt;
  }

  // Decoding stopped at `bad` with `status`. The events before it are well-formed JSON but may
  // still be bad events; the first of these is the error to report.
  Status FirstFault(Status status, RecordBlock block, size_t from, uint32_t most, BadRecord& bad) {
    block.bytes = block.bytes.substr(0, bad.offset);
    Batch events;
    DecodeResult result = TRY(ForwardingDecoder::Decode(block, from, most, events, bad));
    if (const auto fault = AddAll(events, result.skipped)) return Refuse(block, from, *fault, bad);
    return status;
  }

  // Adds the changes of an event. Returns what is wrong with it, or "".
  std::string AddChanges(uint32_t event) {
    if (payload_ != nullptr && payload_->IsNull(event))
      return fmt::format("the event has no \"{}\"", kPayload);
    if (event_[kOp]->IsNull(event)) return fmt::format("the event has no \"{}\"", envelope_.op);
    const std::string_view op = event_[kOp]->ValueAt<StringRef>(event).view();
    const auto word = std::ranges::find(envelope_.words, op, &ChangeWord::word);
    if (word == envelope_.words.end()) return UnknownWord(envelope_.op, envelope_.words);
    if (word->meaning == ChangeMeaning::kNothing) return "";
    std::string reason = RowsMissing(event, word->meaning);
    for (size_t i = 0; i < metadata_.size() && reason.empty(); ++i) reason = BadTime(i, event);
    if (reason.empty()) AddRows(event, word->meaning);
    return reason;
  }

  bool TakesBefore(ChangeMeaning meaning) const {
    return meaning == ChangeMeaning::kUpdate ||
           (meaning == ChangeMeaning::kDelete && !envelope_.changed_columns);
  }
  bool TakesAfter(ChangeMeaning meaning) const {
    return meaning != ChangeMeaning::kDelete || envelope_.changed_columns;
  }

  // Which row a change lacks, or "".
  std::string RowsMissing(uint32_t event, ChangeMeaning meaning) const {
    if (TakesBefore(meaning) && LacksRow(kBefore, event)) {
      return fmt::format("the {} has no row \"{}\"{}",
                         meaning == ChangeMeaning::kUpdate ? "update" : "delete", envelope_.before,
                         envelope_.no_before);
    }
    if (TakesAfter(meaning) && LacksRow(kAfter, event))
      return fmt::format("the event has no row \"{}\"", envelope_.after);
    if (meaning == ChangeMeaning::kUpdate &&
        RowsOf(kBefore, event).size() != RowsOf(kAfter, event).size()) {
      return fmt::format("the update has {} rows \"{}\" for {} rows \"{}\"",
                         RowsOf(kBefore, event).size(), envelope_.before,
                         RowsOf(kAfter, event).size(), envelope_.after);
    }
    return "";
  }

  // Whether the event has no rows on this side, or one that is NULL.
  bool LacksRow(size_t side, uint32_t event) const {
    if (event_[side]->IsNull(event)) return true;
    const Column& rows = RowsOf(side);
    const RowRange range = RowsOf(side, event);
    for (uint32_t row = range.begin; row < range.end; ++row)
      if (rows.IsNull(row)) return true;
    return false;
  }

  // All rows of a side, and those of an event.
  const Column& RowsOf(size_t side) const {
    return envelope_.lists ? *event_[side]->children()[0] : *event_[side];
  }
  RowRange RowsOf(size_t side, uint32_t event) const {
    if (!envelope_.lists) return {event, event + 1};
    return {event_[side]->offsets()[event], event_[side]->offsets()[event + 1]};
  }

  void AddRows(uint32_t event, ChangeMeaning meaning) {
    const RowRange before = TakesBefore(meaning) ? RowsOf(kBefore, event) : RowRange();
    const RowRange after = TakesAfter(meaning) ? RowsOf(kAfter, event) : RowRange();
    for (uint32_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      Change change{event, before.begin + i, after.begin + i, RowKind::kInsert};
      if (meaning == ChangeMeaning::kUpdate) {
        change.kind = RowKind::kUpdateBefore;
        changes_.push_back(change);
        change.kind = RowKind::kUpdateAfter;
      } else if (meaning == ChangeMeaning::kDelete) {
        change.kind = RowKind::kDelete;
      }
      changes_.push_back(change);
    }
  }

  Status Refuse(const RecordBlock& block, size_t from, const Fault& fault, BadRecord& bad) {
    size_t at = from;
    if (fault.event > 0) {
      Batch before;
      at += TRY(ForwardingDecoder::Decode(block, from, fault.event, before, bad)).consumed;
    }
    at = std::min(block.bytes.find_first_not_of(" \t\r\n", at), block.bytes.size());
    bad = {at, "", fault.reason};
    return Status::DataError(bad.reason).WithId("E3005");
  }

  // For updates, where only changed columns are given: which these are.
  Status ReadChangedColumns(RecordBlock block, size_t end) {
    const bool updates =
        std::ranges::find(changes_, RowKind::kUpdateBefore, &Change::kind) != changes_.end();
    if (!changed_ || !updates) return {};
    block.bytes = block.bytes.substr(0, end);
    return changed_->Read(block, ForwardingDecoder::RowStarts());
  }

  bool IsBefore(const Change& change) const {
    return change.kind == RowKind::kUpdateBefore ||
           (change.kind == RowKind::kDelete && !envelope_.changed_columns);
  }

  // The batch of all changes: puts the rows `after` and behind them those `before` into one batch,
  // and gathers the rows that the changes need.
  Batch Rows() const {
    const auto count = static_cast<uint32_t>(changes_.size());
    Batch sides = Side(kAfter);
    const uint32_t shift = sides.row_count;
    if (std::ranges::any_of(changes_, [&](const Change& change) { return IsBefore(change); }))
      sides = Concatenate(sides, Side(kBefore));
    std::vector<uint32_t> ids;
    for (const Change& change : changes_)
      ids.push_back(IsBefore(change) ? shift + change.before : change.after);
    Batch batch;
    batch.row_count = count;
    for (size_t column = 0; column < sides.columns.size(); ++column) {
      if (changed_) TakeUnchanged(column, shift, ids);
      batch.columns.push_back(GatherColumn(*sides.columns[column], ids.data(), count));
    }
    batch.row_kinds = KindsUnlessInserts(changes_, &Change::kind);
    for (const Wanted& wanted : metadata_) batch.columns.push_back(MetadataOf(wanted));
    return batch;
  }

  // Points rows before an update to the rows after it for a column that they were not given.
  void TakeUnchanged(size_t column, uint32_t shift, std::vector<uint32_t>& ids) const {
    for (size_t i = 0; i < changes_.size(); ++i) {
      const Change& change = changes_[i];
      if (!IsBefore(change)) continue;
      const bool given = changed_->IsGiven(change.before, column);
      ids[i] = given ? shift + change.before : change.after;
    }
  }

  Batch Side(size_t side) const {
    const Column& rows = RowsOf(side);
    Batch batch;
    batch.row_count = rows.length();
    batch.columns = rows.children();
    return batch;
  }

  ColumnPtr MetadataOf(const Wanted& wanted) const {
    const MetadataPlace& place = *wanted.place;
    const Column& field = FieldOf(place);
    ColumnBuilder builder(wanted.type, static_cast<uint32_t>(changes_.size()));
    for (const Change& change : changes_) {
      if (!IsTime(wanted) && place.within.empty()) {
        builder.AppendFrom(field, change.event);
      } else if (const auto time = TimeOf(wanted, change.event)) {
        builder.Append(*time);
      } else if (const auto text = TextWithin(place, change.event); text && !IsTime(wanted)) {
        builder.AppendString(*text);
      } else {
        builder.AppendNull();
      }
    }
    return builder.Finish();
  }

  static bool IsTime(const Wanted& wanted) { return wanted.type.kind() == TypeKind::kTimestampLtz; }

  // The text of the key that `place` names within an object; nothing where there is none.
  std::optional<std::string_view> TextWithin(const MetadataPlace& place, uint32_t event) const {
    const Column& object = FieldOf(place);
    if (object.IsNull(event)) return {};
    const Column& keys = *object.children()[0];
    const Column& values = *object.children()[1];
    for (uint32_t i = object.offsets()[event]; i < object.offsets()[event + 1]; ++i) {
      if (keys.IsNull(i) || keys.ValueAt<StringRef>(i).view() != place.within) continue;
      if (values.IsNull(i)) return {};
      return values.ValueAt<StringRef>(i).view();
    }
    return {};
  }

  bool HasTime(const MetadataPlace& place, uint32_t event) const {
    return place.within.empty() ? !FieldOf(place).IsNull(event)
                                : TextWithin(place, event).has_value();
  }

  // Microseconds since 1970; nothing where no time is wanted or there, or what is there is none.
  std::optional<int64_t> TimeOf(const Wanted& wanted, uint32_t event) const {
    const MetadataPlace& place = *wanted.place;
    if (!IsTime(wanted) || !HasTime(place, event)) return {};
    const Column& field = FieldOf(place);
    if (place.within.empty() && field.type().is_character())
      return ParseTimestamp(field.ValueAt<StringRef>(event).view(), 6);
    const std::optional<int64_t> millis = place.within.empty()
                                              ? field.ValueAt<int64_t>(event)
                                              : ParseInt64(*TextWithin(place, event));
    return millis ? CheckedMicros({*millis, 0}) : std::nullopt;
  }

  // What is wrong with the time that a metadata column is made from, or "".
  std::string BadTime(size_t number, uint32_t event) const {
    const Wanted& wanted = metadata_[number];
    const MetadataPlace& place = *wanted.place;
    if (!IsTime(wanted) || !HasTime(place, event) || TimeOf(wanted, event)) return "";
    const std::string type = wanted.type.ToString();
    if (!place.within.empty()) {
      return fmt::format("{} of its \"{}\" is not a BIGINT, or beyond what a {} holds",
                         place.within, place.field, type);
    }
    if (place.type.is_character())
      return fmt::format("its {} is no time like 2020-05-13 15:40:06.000000", place.field);
    return fmt::format("its {} is beyond what a {} holds", place.field, type);
  }

  const ChangeEnvelope& envelope_;
  const bool skip_bad_;
  const bool in_payload_;
  const bool row_starts_;
  const std::vector<Wanted> metadata_;
  const std::vector<TypeField> fields_;  // EventFields::all
  std::optional<ChangedColumns> changed_;
  uint32_t fitting_ = UINT32_MAX;  // events whose rows fit a batch, as far as is known
  // Used within one call of Decode.
  ColumnPtr payload_;
  std::vector<ColumnPtr> event_;  // as fields_
  std::vector<Change> changes_;
  std::vector<size_t> starts_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeChangeDecoder(const FormatSpec& spec,
                                                   const ChangeDecoding& options) {
  RETURN_IF_ERROR(CheckJsonColumns(options.envelope.format, spec.record));
  return std::unique_ptr<Decoder>(std::make_unique<ChangeDecoder>(spec, options));
}

}  // namespace weir::connectors
