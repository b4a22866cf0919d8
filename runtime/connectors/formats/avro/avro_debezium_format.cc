// Change events of Debezium as records of Avro whose schemas a registry has: Flink's format
// debezium-avro-confluent.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/formats/avro/avro_change.h"
#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_encoder.h"
#include "runtime/connectors/formats/avro/avro_registry.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/debezium_words.h"
#include "runtime/connectors/formats/row_message_decoder.h"
#include "runtime/types/kinds_of.h"

namespace weir::connectors {
namespace {

using avro::AvroChangePlan;
using avro::AvroFoundRow;
using avro::AvroSchema;
using avro::AvroSchemaTree;
using avro::ConfluentOptions;
using avro::kDebeziumConfluentName;
using schema_registry::SchemaRegistry;
using ChangePlans = avro::WritersPlans<AvroChangePlan>;

constexpr std::string_view kBeforeName = "before";
constexpr std::string_view kAfterName = "after";
constexpr std::string_view kOpName = "op";

Status CheckDebezium(const Schema& schema, const graph::TableOptions& options);

const graph::FormatDescriptor& DebeziumAvroDescriptor() {
  static const graph::FormatDescriptor descriptor = {
      .name = kDebeziumConfluentName,
      .doc = "Change events of Debezium as records of Apache Avro, whose schemas a registry has.",
      .decodes = true,
      .encodes = true,
      .messages = true,
      .files = false,
      .gives = ChangelogMode::All(),
      .accepts = ChangelogMode::All(),
      .options = avro::ConfluentOptionDescriptors(),
      .open_prefix = avro::kRegistryProperties,
      .open_reach = avro::ReachOfProperty,
      .check = CheckDebezium,
  };
  return descriptor;
}

// --- The schema of an event ---

Status WrongEvent(std::string message) {
  return Status::InvalidSql(std::move(message)).WithId("E2008");
}

// As Flink derives it: a record that may be null, with the rows of the columns as `before` and
// `after`.
Result<std::shared_ptr<const AvroSchemaTree>> EventSchemaOf(const Schema& columns) {
  std::vector<TypeField> fields;
  for (const Field& field : columns.fields) fields.push_back({field.name, field.type});
  const Type row = Type::Row(std::move(fields));
  const Schema event{{{std::string(kBeforeName), row},
                      {std::string(kAfterName), row},
                      {std::string(kOpName), Type::String()}}};
  const auto record = TRY(avro::AvroSchemaOf(event, avro::TimestampMapping::kLegacy));
  return AvroSchemaTree::Parse(fmt::format(R"(["null",{}])", record->text()));
}

bool IsRow(const avro::AvroField& field, std::string_view name) {
  const AvroSchema* const row = avro::WithoutNull(*field.schema);
  return field.name == name && row != nullptr && row->kind == avro::AvroKind::kRecord &&
         avro::HasNull(*field.schema);
}

// Whether a schema that somebody wrote is that of an event, whatever the columns are.
Status CheckEvent(const AvroSchema& schema) {
  const AvroSchema* const record = avro::WithoutNull(schema);
  if (record != nullptr && record->fields.size() == 3 &&
      IsRow(record->fields[avro::kBeforeField], kBeforeName) &&
      IsRow(record->fields[avro::kAfterField], kAfterName)) {
    const avro::AvroField& op = record->fields[avro::kOpField];
    const AvroSchema* const text = avro::WithoutNull(*op.schema);
    if (op.name == kOpName && text != nullptr && text->kind == avro::AvroKind::kString) return {};
  }
  return WrongEvent(
      "the schema is no record of the fields \"before\" and \"after\", which are records or null, "
      "and \"op\", a string");
}

// Calls check(schema, columns) for that of `before` and that of `after`.
template <typename Check>
Status CheckRows(const AvroSchema& schema, const Schema& columns, Check check) {
  const AvroSchema& event = *avro::WithoutNull(schema);
  for (const int field : {avro::kBeforeField, avro::kAfterField}) {
    const avro::AvroField& row = event.fields[static_cast<size_t>(field)];
    Status status = check(*row.schema, columns);
    if (!status.ok()) return std::move(status).WithContext(fmt::format("\"{}\"", row.name));
  }
  return {};
}

Result<std::shared_ptr<const AvroSchemaTree>> EventSchema(const Schema& columns,
                                                          const ConfluentOptions& said) {
  if (said.schema.empty()) return EventSchemaOf(columns);
  auto given = AvroSchemaTree::Parse(said.schema);
  Status status = given.status();
  if (status.ok()) status = CheckEvent((*given)->root());
  if (status.ok()) status = CheckRows((*given)->root(), columns, avro::CheckAvroColumns);
  if (status.ok()) return given;
  return avro::WrongSchema(kDebeziumConfluentName, status);
}

Status CheckDebezium(const Schema&, const graph::TableOptions& options) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(kDebeziumConfluentName, options));
  if (said.schema.empty()) return {};
  const auto given = AvroSchemaTree::Parse(said.schema);
  const Status status = given.ok() ? CheckEvent((*given)->root()) : given.status();
  return status.ok() ? Status() : avro::WrongSchema(kDebeziumConfluentName, status);
}

// --- Reading ---

// The rows of events: what RowMessageDecoder asks for.
class EventRows {
 public:
  static constexpr uint32_t kRowsOfMessage = 2;

  EventRows(const std::vector<Type>& columns, std::shared_ptr<ChangePlans> plans)
      : plans_(std::move(plans)), rows_(columns) {}

  void Begin(BufferPtr memory) {
    kinds_.clear();
    rows_.Begin(std::move(memory));
  }
  Status Append(std::string_view message, std::string& column) {
    if (message.empty()) return {};  // a tombstone, which compaction takes for the end of a key
    const AvroChangePlan& plan = *TRY(plans_->Of(message));
    if (!finder_.Find(plan, message)) return Bad(finder_.failure());
    const std::string_view op = finder_.op();
    if (op.empty()) return Bad(fmt::format("the event has no \"{}\"", kOpName));
    const auto word = std::ranges::find(kDebeziumWords, op, &ChangeWord::word);
    if (word == kDebeziumWords.end()) return Bad(UnknownWord(kOpName, kDebeziumWords));
    return AppendChange(word->meaning, column);
  }
  uint32_t size() const { return rows_.size(); }
  bool full() const { return rows_.full(); }
  Batch Finish() {
    Batch batch = rows_.Finish();
    batch.row_kinds = KindsUnlessInserts(kinds_);
    return batch;
  }

 private:
  static Status Bad(std::string reason) {
    return Status::DataError(std::move(reason)).WithId("E3005");
  }

  // Flink reads the row of the other side, too; a change is what its word says.
  Status AppendChange(ChangeMeaning meaning, std::string& column) {
    const bool update = meaning == ChangeMeaning::kUpdate;
    const bool takes_before = update || meaning == ChangeMeaning::kDelete;
    const bool takes_after = meaning != ChangeMeaning::kDelete;
    if (takes_before && finder_.before().plan == nullptr) {
      return Bad(fmt::format("the {} has no row \"{}\"{}", update ? "update" : "delete",
                             kBeforeName, kNoDebeziumBefore));
    }
    if (takes_after && finder_.after().plan == nullptr)
      return Bad(fmt::format("the event has no row \"{}\"", kAfterName));
    const uint32_t size = rows_.size();
    if ((takes_before && !Take(finder_.before())) || (takes_after && !Take(finder_.after()))) {
      rows_.TruncateTo(size);
      column = rows_.column();
      return Bad(rows_.failure());
    }
    if (takes_before) kinds_.push_back(update ? RowKind::kUpdateBefore : RowKind::kDelete);
    if (takes_after) kinds_.push_back(update ? RowKind::kUpdateAfter : RowKind::kInsert);
    return {};
  }

  bool Take(const AvroFoundRow& row) { return rows_.Append(*row.plan, row.bytes); }

  std::shared_ptr<ChangePlans> plans_;
  avro::AvroChangeFinder finder_;
  avro::AvroRows rows_;
  std::vector<RowKind> kinds_;  // of the rows
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageDecoder>> MakeDebeziumMessages(FormatSpec spec) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(kDebeziumConfluentName, spec.options));
  const auto reader = TRY(EventSchema(spec.record, said));
  const std::vector<int> wanted = DecodedColumns(spec, DebeziumAvroConfluentFormat());
  auto plans = std::make_shared<ChangePlans>(
      SchemaRegistry::At(said.place),
      [reader, columns = spec.record, wanted](const AvroSchema& writer) {
        return avro::MakeAvroChangePlan(writer, *avro::WithoutNull(reader->root()), columns,
                                        wanted);
      });
  EventRows rows(DecodedTypes(spec, wanted), std::move(plans));
  return std::unique_ptr<MessageDecoder>(
      std::make_unique<RowMessageDecoder<EventRows>>(spec, wanted, std::move(rows)));
}

// --- Writing ---

// A value of a union begins with the number of its branch.
void AppendBranch(const AvroSchema& schema, const AvroSchema& branch, std::string& out) {
  const auto found = std::ranges::find(schema.parts, &branch);
  if (found != schema.parts.end()) avro::AppendLong(out, found - schema.parts.begin());
}

// As Flink: a row that comes is written as an insert, one that is taken back as a delete.
class EventEncoder final : public MessageEncoder {
 public:
  EventEncoder(const FormatSpec& spec, std::shared_ptr<const AvroSchemaTree> schema,
               avro::Prefix prefix)
      : schema_(std::move(schema)),
        event_(*avro::WithoutNull(schema_->root())),
        before_(Field(avro::kBeforeField), spec.record),
        after_(Field(avro::kAfterField), spec.record),
        prefix_(std::move(prefix)) {
    AppendBranch(schema_->root(), event_, start_);
    avro::AppendLong(no_before_, avro::NullBranchOf(Field(avro::kBeforeField)));
    avro::AppendLong(no_after_, avro::NullBranchOf(Field(avro::kAfterField)));
    AppendWord("c", insert_);
    AppendWord("d", remove_);
  }

  Status Append(const Batch& batch, EncodedMessages& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      RETURN_IF_ERROR(prefix_(out.bytes));
      out.bytes += start_;
      if (IsAddition(batch.kind(row))) {
        out.bytes += no_before_;
        RETURN_IF_ERROR(after_.Append(batch, row, out.bytes));
        out.bytes += insert_;
      } else {
        RETURN_IF_ERROR(before_.Append(batch, row, out.bytes));
        out.bytes += no_after_;
        out.bytes += remove_;
      }
      out.Add();
    }
    return {};
  }

 private:
  const AvroSchema& Field(int number) const {
    return *event_.fields[static_cast<size_t>(number)].schema;
  }

  void AppendWord(std::string_view word, std::string& out) const {
    const AvroSchema& op = Field(avro::kOpField);
    AppendBranch(op, *avro::WithoutNull(op), out);
    avro::AppendBytes(out, word);
  }

  const std::shared_ptr<const AvroSchemaTree> schema_;
  const AvroSchema& event_;
  const avro::AvroEncoder before_;
  const avro::AvroEncoder after_;
  const avro::Prefix prefix_;
  // The bytes of what is the same in every event.
  std::string start_;
  std::string no_before_;
  std::string no_after_;
  std::string insert_;
  std::string remove_;
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<MessageEncoder>> MakeDebeziumMessageWriter(FormatSpec spec) {
  const ConfluentOptions said = TRY(avro::ConfluentOptionsOf(kDebeziumConfluentName, spec.options));
  auto schema = TRY(EventSchema(spec.record, said));
  const Status keeps = CheckRows(schema->root(), spec.record, avro::CheckAvroDigits);
  if (!keeps.ok()) return avro::WrongSchema(kDebeziumConfluentName, keeps);
  avro::Prefix prefix = TRY(avro::PrefixOf(kDebeziumConfluentName, spec, said, schema));
  return std::unique_ptr<MessageEncoder>(
      std::make_unique<EventEncoder>(spec, std::move(schema), std::move(prefix)));
}

}  // namespace

const Format& DebeziumAvroConfluentFormat() {
  static const Format format = {&DebeziumAvroDescriptor(), nullptr, nullptr, MakeDebeziumMessages,
                                MakeDebeziumMessageWriter,
                                /*whole_types=*/true};
  return format;
}

}  // namespace weir::connectors
