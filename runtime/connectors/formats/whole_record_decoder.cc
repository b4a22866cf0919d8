#include "runtime/connectors/formats/whole_record_decoder.h"

#include <utility>

namespace weir::connectors {
namespace {

class WholeRecordDecoder final : public Decoder {
 public:
  WholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width, std::vector<int> columns)
      : whole_(std::move(whole)),
        width_(static_cast<std::ptrdiff_t>(width)),
        columns_(std::move(columns)) {}

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return whole_->WholeRecords(bytes, at_end);
  }
  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    return whole_->Prologue(bytes, at_end);
  }
  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    const DecodeResult result = TRY(whole_->Decode(block, from, max_rows, batch, bad));
    PoolVector<ColumnPtr> read;
    for (const int column : columns_) read.push_back(batch.columns[static_cast<size_t>(column)]);
    read.insert(read.end(), batch.columns.begin() + width_, batch.columns.end());
    batch.columns = std::move(read);
    return result;
  }
  std::span<const size_t> RowStarts() const override { return whole_->RowStarts(); }
  bool MakeLine(std::span<char> message) const override { return whole_->MakeLine(message); }

 private:
  const std::unique_ptr<Decoder> whole_;
  const std::ptrdiff_t width_;
  const std::vector<int> columns_;
};

}  // namespace

std::unique_ptr<Decoder> MakeWholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width,
                                                std::vector<int> columns) {
  return std::make_unique<WholeRecordDecoder>(std::move(whole), width, std::move(columns));
}

}  // namespace weir::connectors
