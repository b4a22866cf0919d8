// ToChangelog: what changes a table has, as rows (Flink: the process table function TO_CHANGELOG).
//
// Accepts every kind of change and emits an insert for each, with the code of its kind in front of
// its columns; changes whose kind has no code are deselected. What a moment's changes are depends
// on how the input's rows came together, as everywhere: an aggregate gives one for each key of a
// batch. Watermarks pass unchanged, and late marks with the rows. No state.
#include <algorithm>
#include <utility>

#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class ToChangelog final : public Operator {
 public:
  explicit ToChangelog(const graph::ToChangelogSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext&) override {
    const MutableColumnPtr texts = Column::Make(Type::String(), kKinds);
    for (uint32_t kind = 0; kind < kKinds; ++kind)
      texts->SetString(kind, spec_.codes[kind].value_or(""));
    texts_ = texts;
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    batch.key_hashes = nullptr;
    const BufferPtr kinds = std::exchange(batch.row_kinds, nullptr);
    if (kinds == nullptr && !spec_.codes[0]) return {};
    if (kinds != nullptr) DropOthers(kinds->as<uint8_t>(), batch);
    if (batch.empty()) return {};
    batch.columns.insert(batch.columns.begin(), CodesOf(kinds, batch));
    return out.Emit(std::move(batch));
  }

 private:
  static constexpr uint32_t kKinds = 4;

  bool Has(uint8_t kind) const { return spec_.codes[kind].has_value(); }

  // Deselects the changes that have no code.
  void DropOthers(const uint8_t* kinds, Batch& batch) const {
    uint32_t left = 0;
    ForEachRow(batch, [&](uint32_t row) { left += Has(kinds[row]) ? 1 : 0; });
    if (left == batch.size()) return;
    const BufferPtr ids = MakeBuffer<uint32_t>(std::max(left, uint32_t{1}));
    auto* next = ids->as<uint32_t>();
    ForEachRow(batch, [&](uint32_t row) {
      if (Has(kinds[row])) *next++ = row;
    });
    batch.selection = Selection(ids, left);
  }

  ColumnPtr CodesOf(const BufferPtr& kinds, const Batch& batch) const {
    if (kinds == nullptr) return RepeatRow(*texts_, 0, batch.row_count);
    const MutableColumnPtr codes = Column::Make(Type::String(), batch.row_count);
    codes->ShareHeaps(*texts_);
    const auto* of = kinds->as<uint8_t>();
    const auto* texts = texts_->data<StringRef>();
    auto* code = codes->mutable_data<StringRef>();
    // The kinds of rows that are not selected may be anything.
    for (uint32_t row = 0; row < batch.row_count; ++row) code[row] = texts[of[row] % kKinds];
    return codes;
  }

  const graph::ToChangelogSpec& spec_;
  ColumnPtr texts_;  // the code of each kind
};

}  // namespace

Result<OperatorPtr> MakeToChangelog(const graph::Node& node) {
  return OperatorPtr(std::make_unique<ToChangelog>(std::get<graph::ToChangelogSpec>(node.spec)));
}

}  // namespace weir::operators
