// An event is a JSON record of its own: the rows are decoded as ROW columns, then laid one behind
// the other.
#include "runtime/connectors/formats/debezium_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/connectors/formats/json_decoder.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"
#include "runtime/types/number_text.h"

namespace weir::connectors {
namespace {

const std::array kDebeziumMetadata = {
    graph::MetadataColumn{"schema", Type::String(),
                          "The event's schema, as JSON text; with 'schema-include'."},
    graph::MetadataColumn{"ingestion-timestamp", Type::TimestampLtz(3),
                          "When Debezium made the event: its ts_ms."},
    graph::MetadataColumn{"source.timestamp", Type::TimestampLtz(3),
                          "When the database made the change: ts_ms of its source."},
    graph::MetadataColumn{"source.database", Type::String(), "The changed database."},
    graph::MetadataColumn{"source.schema", Type::String(), "The changed schema."},
    graph::MetadataColumn{"source.table", Type::String(), "The changed table."},
    graph::MetadataColumn{"source.properties", Type::Map(Type::String(), Type::String()),
                          "All that the event says of its source."},
};

// Fields of an event, in the order in which they are decoded; metadata only when asked for.
constexpr size_t kBefore = 0;
constexpr size_t kAfter = 1;
constexpr size_t kOp = 2;
constexpr const char* kCreated = "ts_ms";
constexpr const char* kSource = "source";
constexpr const char* kSchema = "schema";
constexpr const char* kPayload = "payload";

// The field of an event that a metadata key is read from.
std::string_view FieldOf(std::string_view key) {
  if (key == "schema") return kSchema;
  return key == "ingestion-timestamp" ? kCreated : kSource;
}

// The key of `source` that a metadata key names; "" for all of them.
std::string_view SourceKey(std::string_view key) {
  if (key == "source.timestamp") return "ts_ms";
  if (key == "source.database") return "db";
  if (key == "source.schema") return "schema";
  return key == "source.table" ? "table" : "";
}

// A change: which row of which event.
struct Change {
  uint32_t event;
  RowKind kind;
};

class DebeziumDecoder final : public Decoder {
 public:
  DebeziumDecoder(const FormatSpec& spec, DebeziumDecoding options)
      : metadata_(spec.metadata), skip_bad_(spec.skip_bad), in_payload_(options.schema_include) {
    FormatSpec events{spec.options, EventSchema(spec), {}, spec.zone, spec.skip_bad, {}};
    events.row_starts = spec.row_starts;
    for (size_t i = 0; i < events.record.size(); ++i) events.columns.push_back(static_cast<int>(i));
    events_ = MakeJsonLinesDecoder(std::move(events), {});
  }

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return events_->WholeRecords(bytes, at_end);
  }
  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    return events_->Prologue(bytes, at_end);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    Batch decoded;
    const uint32_t most = std::max(max_rows / 2, 1U);
    Result<DecodeResult> result = events_->Decode(block, from, most, decoded, bad);
    if (!result.ok()) return FirstFault(result.status(), block, from, most, bad);
    if (const auto fault = AddAll(decoded, result->skipped)) {
      return Refuse(block, from, *fault, bad);
    }
    batch = TRY(Rows());
    starts_.clear();
    if (const std::span<const size_t> starts = events_->RowStarts(); !starts.empty()) {
      for (const uint32_t event : events_of_) starts_.push_back(starts[event]);
    }
    return result;
  }

  std::span<const size_t> RowStarts() const override { return starts_; }
  bool MakeLine(std::span<char> message) const override { return events_->MakeLine(message); }

 private:
  // The event as a JSON record: what is read of it, as columns.
  Schema EventSchema(const FormatSpec& spec) {
    std::vector<TypeField> row;
    for (const int column : spec.columns) {
      const Field& field = spec.record.fields[static_cast<size_t>(column)];
      row.push_back({field.name, field.type});
    }
    fields_ = {{"before", Type::Row(row)}, {"after", Type::Row(row)}, {"op", Type::String()}};
    AddField(kCreated, Type::BigInt());
    AddField(kSource, Type::Map(Type::String(), Type::String()));
    Schema schema;
    if (in_payload_) {
      schema.fields.push_back({kPayload, Type::Row(fields_)});
    } else {
      for (const TypeField& field : fields_) schema.fields.push_back({field.name, field.type});
    }
    if (Wants(kSchema)) schema.fields.push_back({kSchema, Type::String()});
    return schema;
  }

  bool Wants(std::string_view field) const {
    return std::any_of(metadata_.begin(), metadata_.end(),
                       [&](const std::string& key) { return FieldOf(key) == field; });
  }
  void AddField(const char* name, Type type) {
    if (Wants(name)) fields_.push_back({name, std::move(type)});
  }

  // Sets the pointers to the columns of decoded events.
  void Open(const Batch& decoded) {
    payload_ = in_payload_ ? decoded.columns[0] : nullptr;
    const PoolVector<ColumnPtr>& columns = in_payload_ ? payload_->children() : decoded.columns;
    event_.assign(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(fields_.size()));
    schema_ = Wants(kSchema) ? decoded.columns.back() : nullptr;
  }

  const Column* Find(std::string_view field) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name == field) return event_[i].get();
    }
    return nullptr;
  }

  struct Fault {
    uint32_t event;
    std::string_view reason;
  };

  // Adds the changes of all events. Stops at the first bad one, unless these are skipped.
  std::optional<Fault> AddAll(const Batch& events, uint64_t& skipped) {
    Open(events);
    changes_.clear();
    for (uint32_t event = 0; event < events.row_count; ++event) {
      const std::string_view reason = AddChanges(event);
      if (reason.empty()) continue;
      if (!skip_bad_) return Fault{event, reason};
      ++skipped;
    }
    return std::nullopt;
  }

  // Decoding stopped at `bad` with `status`. The events before it are well-formed JSON but may
  // still be bad events; the first of these is the error to report.
  Status FirstFault(Status status, RecordBlock block, size_t from, uint32_t most, BadRecord& bad) {
    block.bytes = block.bytes.substr(0, bad.offset);
    Batch events;
    DecodeResult result = TRY(events_->Decode(block, from, most, events, bad));
    if (const auto fault = AddAll(events, result.skipped)) return Refuse(block, from, *fault, bad);
    return status;
  }

  // Adds the changes of an event. Returns what is wrong with it, or "".
  std::string_view AddChanges(uint32_t event) {
    if (payload_ != nullptr && payload_->IsNull(event)) return "the event has no \"payload\"";
    if (event_[kOp]->IsNull(event)) return "the event has no \"op\"";
    const std::string_view op = event_[kOp]->ValueAt<StringRef>(event).view();
    const bool update = op == "u";
    const bool insert = op == "c" || op == "r";
    if (!update && !insert && op != "d") return "its \"op\" is none of c, r, u and d";
    if (!insert && event_[kBefore]->IsNull(event)) {
      return update ? "the update has no row \"before\"; a table of Postgres needs REPLICA "
                      "IDENTITY FULL"
                    : "the delete has no row \"before\"; a table of Postgres needs REPLICA "
                      "IDENTITY FULL";
    }
    if (op != "d" && event_[kAfter]->IsNull(event)) return "the event has no row \"after\"";
    if (!TimeFits(event)) return "its ts_ms is beyond what a TIMESTAMP_LTZ(3) holds";
    if (!SourceTimeFits(event)) {
      return "ts_ms of its \"source\" is not a BIGINT, or beyond what a TIMESTAMP_LTZ(3) holds";
    }
    if (update) changes_.push_back({event, RowKind::kUpdateBefore});
    const RowKind kind = update   ? RowKind::kUpdateAfter
                         : insert ? RowKind::kInsert
                                  : RowKind::kDelete;
    changes_.push_back({event, kind});
    return "";
  }

  Status Refuse(const RecordBlock& block, size_t from, const Fault& fault, BadRecord& bad) {
    size_t at = from;
    if (fault.event > 0) {
      Batch before;
      at += TRY(events_->Decode(block, from, fault.event, before, bad)).consumed;
    }
    at = std::min(block.bytes.find_first_not_of(" \t\r\n", at), block.bytes.size());
    bad = {at, "", std::string(fault.reason)};
    return Status::DataError(bad.reason).WithId("E3005");
  }

  // The batch of all changes: puts the `after` rows and behind them the `before` rows into one
  // batch, and gathers by ids_ the rows that the changes need.
  Result<Batch> Rows() {
    const auto count = static_cast<uint32_t>(changes_.size());
    const bool inserts = std::all_of(changes_.begin(), changes_.end(), [](const Change& change) {
      return change.kind == RowKind::kInsert;
    });
    Batch after = Side(kAfter);
    Batch sides = inserts ? std::move(after) : Concatenate(after, Side(kBefore));
    events_of_.clear();
    ids_.clear();
    for (const Change& change : changes_) {
      const uint32_t shift = IsAddition(change.kind) ? 0 : event_[kOp]->length();
      events_of_.push_back(change.event);
      ids_.push_back(change.event + shift);
    }
    Batch batch = GatherBatch(sides, ids_.data(), count);
    if (!inserts) {
      batch.row_kinds = MakeBuffer<uint8_t>(count);
      for (uint32_t i = 0; i < count; ++i) {
        batch.row_kinds->as<uint8_t>()[i] = static_cast<uint8_t>(changes_[i].kind);
      }
    }
    for (const std::string& key : metadata_) batch.columns.push_back(MetadataOf(key));
    return batch;
  }

  Batch Side(size_t side) const {
    Batch batch;
    batch.row_count = event_[side]->length();
    batch.columns = event_[side]->children();
    return batch;
  }

  ColumnPtr MetadataOf(std::string_view key) const {
    const auto count = static_cast<uint32_t>(events_of_.size());
    if (key == "schema") return GatherColumn(*schema_, events_of_.data(), count);
    const Column& field = *Find(FieldOf(key));
    if (key == "source.properties") return GatherColumn(field, events_of_.data(), count);
    const bool time = key == "ingestion-timestamp" || key == "source.timestamp";
    ColumnBuilder builder(time ? Type::TimestampLtz(3) : Type::String(), count);
    for (const uint32_t event : events_of_) {
      if (key != "ingestion-timestamp") {
        AppendOfSource(SourceKey(key), time, event, builder);
      } else if (field.IsNull(event)) {
        builder.AppendNull();
      } else {
        builder.Append(field.ValueAt<int64_t>(event) * kMicrosPerMilli);
      }
    }
    return builder.Finish();
  }

  // The value of `key` in the event's source.
  std::optional<std::string_view> SourceValue(std::string_view key, uint32_t event) const {
    const Column& source = *Find(kSource);
    if (source.IsNull(event)) return {};
    const Column& keys = *source.children()[0];
    const Column& values = *source.children()[1];
    for (uint32_t i = source.offsets()[event]; i < source.offsets()[event + 1]; ++i) {
      if (keys.IsNull(i) || keys.ValueAt<StringRef>(i).view() != key) continue;
      if (values.IsNull(i)) return {};
      return values.ValueAt<StringRef>(i).view();
    }
    return {};
  }

  void AppendOfSource(std::string_view key, bool time, uint32_t event,
                      ColumnBuilder& builder) const {
    const std::optional<std::string_view> value = SourceValue(key, event);
    if (!value) {
      builder.AppendNull();
    } else if (time) {
      builder.Append(*ParseInt64(*value) * kMicrosPerMilli);
    } else {
      builder.AppendString(*value);
    }
  }

  bool GivesMetadata(std::string_view key) const {
    return std::find(metadata_.begin(), metadata_.end(), key) != metadata_.end();
  }
  static bool IsTime(int64_t millis) { return CheckedMicros({millis, 0}).has_value(); }

  bool TimeFits(uint32_t event) const {
    if (!GivesMetadata("ingestion-timestamp")) return true;
    const Column& millis = *Find(FieldOf("ingestion-timestamp"));
    return millis.IsNull(event) || IsTime(millis.ValueAt<int64_t>(event));
  }

  bool SourceTimeFits(uint32_t event) const {
    if (!GivesMetadata("source.timestamp")) return true;
    const std::optional<std::string_view> value = SourceValue("ts_ms", event);
    if (!value) return true;
    const std::optional<int64_t> millis = ParseInt64(*value);
    return millis && IsTime(*millis);
  }

  const std::vector<std::string> metadata_;
  const bool skip_bad_;
  const bool in_payload_;
  std::vector<TypeField> fields_;
  std::unique_ptr<Decoder> events_;
  // Used within one call of Decode.
  ColumnPtr payload_;
  std::vector<ColumnPtr> event_;  // as fields_
  ColumnPtr schema_;
  std::vector<Change> changes_;
  std::vector<uint32_t> events_of_;
  std::vector<uint32_t> ids_;
  std::vector<size_t> starts_;
};

}  // namespace

std::span<const graph::MetadataColumn> DebeziumMetadata() {
  return kDebeziumMetadata;
}

std::unique_ptr<Decoder> MakeDebeziumDecoder(const FormatSpec& spec, DebeziumDecoding options) {
  return std::make_unique<DebeziumDecoder>(spec, options);
}

}  // namespace weir::connectors
