#include "runtime/connectors/formats/not_null_decoder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/connectors/formats/forwarding_decoder.h"
#include "runtime/types/not_null.h"

namespace weir::connectors {
namespace {

class NotNullDecoder final : public ForwardingDecoder {
 public:
  NotNullDecoder(std::unique_ptr<Decoder> decoder, const FormatSpec& spec)
      : ForwardingDecoder(std::move(decoder)), skip_bad_(spec.skip_bad) {
    for (const int column : spec.columns)
      names_.push_back(spec.record.fields[static_cast<size_t>(column)].name);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    DecodeResult result = TRY(ForwardingDecoder::Decode(block, from, max_rows, batch, bad));
    starts_ = ForwardingDecoder::RowStarts();
    std::vector<size_t> suspects;
    for (size_t i = 0; i < names_.size(); ++i)
      if (MayLackValues(*batch.columns[i])) suspects.push_back(i);
    if (suspects.empty()) return result;
    if (skip_bad_) {
      result.skipped += LeaveOut(suspects, batch);
      return result;
    }
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      const auto lacking = LackingIn(batch, suspects, row);
      if (lacking == suspects.end()) continue;
      const std::string& name = names_[*lacking];
      bad = {TRY(OffsetOf(block, from, row)), name, WhatLacks(*batch.columns[*lacking], row, name)};
      return Status::DataError(bad.reason).WithId("E3005");
    }
    return result;
  }

  std::span<const size_t> RowStarts() const override { return starts_; }

 private:
  static std::vector<size_t>::const_iterator LackingIn(const Batch& batch,
                                                       const std::vector<size_t>& columns,
                                                       uint32_t row) {
    return std::ranges::find_if(
        columns, [&](size_t column) { return LacksValue(*batch.columns[column], row); });
  }

  // Where the record of a row of the last batch begins, which was decoded at `from`.
  Result<size_t> OffsetOf(const RecordBlock& block, size_t from, uint32_t row) {
    if (!starts_.empty()) return starts_[row];
    if (row == 0) return from;
    Batch before;  // without starts a row is a record
    BadRecord bad;
    return from + TRY(ForwardingDecoder::Decode(block, from, row, before, bad)).consumed;
  }

  // Takes the rows of bad records out of the batch; how many records these were.
  uint64_t LeaveOut(const std::vector<size_t>& suspects, Batch& batch) {
    std::vector<uint8_t> is_bad;
    for (uint32_t row = 0; row < batch.row_count; ++row)
      is_bad.push_back(LackingIn(batch, suspects, row) != suspects.end() ? 1 : 0);
    std::vector<uint32_t> kept;
    std::vector<size_t> starts;
    uint64_t records = 0;
    for (uint32_t row = 0, end = 0; row < batch.row_count; row = end) {
      end = row + 1;
      while (end < starts_.size() && starts_[end] == starts_[row]) ++end;
      if (std::find(is_bad.begin() + row, is_bad.begin() + end, 1) != is_bad.begin() + end) {
        ++records;
        continue;
      }
      for (uint32_t good = row; good < end; ++good) {
        kept.push_back(good);
        if (!starts_.empty()) starts.push_back(starts_[good]);
      }
    }
    if (records == 0) return 0;
    batch = GatherBatch(batch, kept.data(), static_cast<uint32_t>(kept.size()));
    kept_starts_ = std::move(starts);
    starts_ = kept_starts_;
    return records;
  }

  const bool skip_bad_;
  std::vector<std::string> names_;  // of the columns that are read
  // Of the last batch; kept_starts_ where rows of it were left out.
  std::span<const size_t> starts_;
  std::vector<size_t> kept_starts_;
};

}  // namespace

bool ReadsNotNull(const FormatSpec& spec) {
  return std::ranges::any_of(spec.columns, [&](int column) {
    return HasNotNull(spec.record.fields[static_cast<size_t>(column)].type);
  });
}

std::unique_ptr<Decoder> MakeNotNullDecoder(std::unique_ptr<Decoder> decoder,
                                            const FormatSpec& spec) {
  return std::make_unique<NotNullDecoder>(std::move(decoder), spec);
}

}  // namespace weir::connectors
