#include "runtime/connectors/formats/change_encoder.h"

#include <algorithm>
#include <numeric>

#include "runtime/connectors/formats/json_encoder.h"
#include "runtime/connectors/formats/json_settings.h"

namespace weir::connectors {
namespace {

std::string_view WordFor(const ChangeEnvelope& envelope, ChangeMeaning meaning) {
  return std::ranges::find(envelope.words, meaning, &ChangeWord::meaning)->word;
}

class ChangeEncoder final : public Encoder {
 public:
  ChangeEncoder(const FormatSpec& spec, const ChangeEnvelope& envelope, JsonEncoding options)
      : envelope_(envelope),
        insert_(WordFor(envelope, ChangeMeaning::kInsert)),
        remove_(WordFor(envelope, ChangeMeaning::kDelete)) {
    std::vector<TypeField> fields;
    for (const Field& field : spec.record.fields) fields.push_back({field.name, field.type});
    row_ = Type::Row(std::move(fields));
    FormatSpec events{spec.options, EventSchema(), {}, spec.zone, false, {}};
    events_ = MakeJsonLinesEncoder(std::move(events), std::move(options));
  }

  Status Append(const Batch& batch, std::string& out) override {
    const Batch rows = Compact(batch);
    const MutableColumnPtr op = Column::Make(Type::String(), rows.row_count);
    for (uint32_t row = 0; row < rows.row_count; ++row)
      op->SetString(row, IsAddition(rows.kind(row)) ? insert_ : remove_);
    Batch events;
    events.row_count = rows.row_count;
    if (!envelope_.changed_columns) events.columns.push_back(Side(rows, false));
    events.columns.push_back(Side(rows, true));
    events.columns.push_back(op);
    return events_->Append(events, out);
  }

 private:
  Schema EventSchema() const {
    const Type rows = envelope_.lists ? Type::Array(row_) : row_;
    Schema schema;
    if (!envelope_.changed_columns) schema.fields.push_back({envelope_.before, rows});
    schema.fields.push_back({envelope_.after, rows});
    schema.fields.push_back({envelope_.op, Type::String()});
    return schema;
  }

  // The rows of one side of each event: the one after it or the one before.
  ColumnPtr Side(const Batch& rows, bool after) const {
    const MutableColumnPtr side = Column::Make(row_, rows.row_count);
    for (const ColumnPtr& column : rows.columns) side->AddChild(Flatten(column));
    for (uint32_t row = 0; row < rows.row_count && !envelope_.changed_columns; ++row)
      if (IsAddition(rows.kind(row)) != after) side->SetNull(row);
    return envelope_.lists ? InLists(side, rows.row_count) : side;
  }

  // Each row as the only one of a list.
  ColumnPtr InLists(const ColumnPtr& rows, uint32_t count) const {
    const MutableColumnPtr lists = Column::Make(Type::Array(row_), count);
    std::iota(lists->mutable_offsets(), lists->mutable_offsets() + count + 1, 0U);
    lists->AddChild(rows);
    return lists;
  }

  const ChangeEnvelope& envelope_;
  const std::string_view insert_;
  const std::string_view remove_;
  Type row_;
  std::unique_ptr<Encoder> events_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> MakeChangeEncoder(const FormatSpec& spec,
                                                   const ChangeEnvelope& envelope,
                                                   const graph::FormatDescriptor& format) {
  RETURN_IF_ERROR(CheckJsonColumns(envelope.format, spec.record));
  return std::unique_ptr<Encoder>(
      std::make_unique<ChangeEncoder>(spec, envelope, JsonEncodingOf(format, spec.options)));
}

}  // namespace weir::connectors
