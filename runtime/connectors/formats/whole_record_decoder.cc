#include "runtime/connectors/formats/whole_record_decoder.h"

#include <utility>

#include "runtime/connectors/formats/forwarding_decoder.h"

namespace weir::connectors {
namespace {

class WholeRecordDecoder final : public ForwardingDecoder {
 public:
  WholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width, std::vector<int> columns)
      : ForwardingDecoder(std::move(whole)),
        width_(static_cast<std::ptrdiff_t>(width)),
        columns_(std::move(columns)) {}

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    const DecodeResult result = TRY(ForwardingDecoder::Decode(block, from, max_rows, batch, bad));
    PoolVector<ColumnPtr> read;
    for (const int column : columns_) read.push_back(batch.columns[static_cast<size_t>(column)]);
    read.insert(read.end(), batch.columns.begin() + width_, batch.columns.end());
    batch.columns = std::move(read);
    return result;
  }

 private:
  const std::ptrdiff_t width_;
  const std::vector<int> columns_;
};

}  // namespace

std::unique_ptr<Decoder> MakeWholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width,
                                                std::vector<int> columns) {
  return std::make_unique<WholeRecordDecoder>(std::move(whole), width, std::move(columns));
}

}  // namespace weir::connectors
