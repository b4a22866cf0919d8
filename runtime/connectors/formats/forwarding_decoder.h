// A decoder that stands before another one and answers as that does, for those that change one
// thing about another: they override it, and a new function of Decoder is forwarded in one place.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

class ForwardingDecoder : public Decoder {
 public:
  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return decoder_->WholeRecords(bytes, at_end);
  }
  Result<std::optional<size_t>> Prologue(std::string_view bytes, bool at_end) override {
    return decoder_->Prologue(bytes, at_end);
  }
  size_t BadRecordLength(std::string_view bytes) override {
    return decoder_->BadRecordLength(bytes);
  }
  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    return decoder_->Decode(block, from, max_rows, batch, bad);
  }
  std::span<const size_t> RowStarts() const override { return decoder_->RowStarts(); }
  bool MakeLine(std::span<char> message) const override { return decoder_->MakeLine(message); }

 protected:
  explicit ForwardingDecoder(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

 private:
  const std::unique_ptr<Decoder> decoder_;
};

}  // namespace weir::connectors
