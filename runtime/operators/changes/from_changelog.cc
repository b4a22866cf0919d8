// FromChangelog: rows that say which changes they are, as those changes (Flink: the process table
// function FROM_CHANGELOG).
//
// Accepts inserts. A row becomes the change that its code says, without the code; the job fails at
// one whose code is NULL or not known. Order is kept. Watermarks pass unchanged, and late marks
// with the rows. No state: whether a row that is taken away was there is not looked at.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <utility>

#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class FromChangelog final : public Operator {
 public:
  explicit FromChangelog(const graph::FromChangelogSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    column_ = ctx.inputs[0]->fields[static_cast<size_t>(spec_.op_column)].name;
    for (const graph::ChangeCode& code : spec_.codes) codes_.emplace_back(code.code);
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    const auto place = batch.columns.begin() + spec_.op_column;
    const ColumnPtr codes = *place;
    batch.columns.erase(place);
    batch.key_hashes = nullptr;
    batch.row_kinds = nullptr;
    RETURN_IF_ERROR(codes->is_constant() ? SetAll(*codes, batch) : SetEach(*codes, batch));
    return out.Emit(std::move(batch));
  }

 private:
  Status SetAll(const Column& codes, Batch& batch) const {
    if (codes.IsNull(0)) return NoCode();
    const size_t code = PlaceOf(codes.ValueAt<StringRef>(0), 0);
    if (code == codes_.size()) return Unknown(codes.ValueAt<StringRef>(0));
    const RowKind kind = spec_.codes[code].kind;
    if (kind == RowKind::kInsert) return {};
    batch.row_kinds = MakeBuffer<uint8_t>(batch.row_count);
    std::memset(batch.row_kinds->as<uint8_t>(), static_cast<int>(kind), batch.row_count);
    return {};
  }

  Status SetEach(const Column& codes, Batch& batch) const {
    const BufferPtr buffer = MakeBuffer<uint8_t>(batch.row_count);
    auto* kinds = buffer->as<uint8_t>();
    const auto* texts = codes.data<StringRef>();
    const uint64_t* validity = codes.validity();
    // Those of rows that are not selected.
    if (!batch.selection.all()) std::memset(kinds, 0, batch.row_count);
    size_t last = 0;
    bool others = false;
    bool fails = false;
    uint32_t failed = 0;
    ForEachRow(batch, [&](uint32_t row) {
      const bool null = validity != nullptr && !GetBit(validity, row);
      const size_t code = null ? codes_.size() : PlaceOf(texts[row], last);
      if (code == codes_.size()) {
        if (!std::exchange(fails, true)) failed = row;
        return;
      }
      last = code;
      kinds[row] = static_cast<uint8_t>(spec_.codes[code].kind);
      others |= kinds[row] != 0;
    });
    if (fails) return codes.IsNull(failed) ? NoCode() : Unknown(texts[failed]);
    if (others) batch.row_kinds = buffer;
    return {};
  }

  // The place of the code, which is often that of the row before it; the number of codes if it is
  // none of them.
  size_t PlaceOf(const StringRef& text, size_t last) const {
    if (last < codes_.size() && codes_[last] == text) return last;
    size_t place = 0;
    while (place < codes_.size() && !(codes_[place] == text)) ++place;
    return place;
  }

  Status NoCode() const {
    return Status::DataError(fmt::format("\"{}\" is NULL in a row of FROM_CHANGELOG, and says "
                                         "which change the row is",
                                         column_))
        .WithId("E3001");
  }

  Status Unknown(const StringRef& text) const {
    std::vector<std::string> known;
    for (const graph::ChangeCode& code : spec_.codes) known.push_back("'" + code.code + "'");
    return Status::DataError(fmt::format("'{}' in \"{}\" is no change that FROM_CHANGELOG knows; "
                                         "there are {}",
                                         text.view(), column_, fmt::join(known, ", ")))
        .WithId("E3001")
        .WithHint("op_mapping => MAP['c, r', 'INSERT', …] names the codes of each kind");
  }

  const graph::FromChangelogSpec& spec_;
  std::string column_;
  std::vector<StringRef> codes_;  // of the spec's codes, whose texts they point to
};

}  // namespace

Result<OperatorPtr> MakeFromChangelog(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<FromChangelog>(std::get<graph::FromChangelogSpec>(node.spec)));
}

}  // namespace weir::operators
