#include "runtime/connectors/formats/message_encoder.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/check.h"

namespace weir::connectors {
namespace {

// A row is written as the line of a file would be, without the end of the line.
class LineMessageEncoder final : public MessageEncoder {
 public:
  explicit LineMessageEncoder(std::unique_ptr<Encoder> lines) : lines_(std::move(lines)) {}

  Status Append(const Batch& batch, EncodedMessages& out) override {
    for (uint32_t i = 0; i < batch.size(); ++i) {
      one_.columns = batch.columns;
      one_.row_count = batch.row_count;
      one_.row_kinds = batch.row_kinds;
      const BufferPtr id = MakeBuffer<uint32_t>(1);
      *id->as<uint32_t>() = batch.RowAt(i);
      one_.selection = Selection(id, 1);
      RETURN_IF_ERROR(lines_->Append(one_, out.bytes));
      if (out.bytes.ends_with('\n')) out.bytes.pop_back();
      out.Add();
    }
    return {};
  }

 private:
  const std::unique_ptr<Encoder> lines_;
  Batch one_;
};

// For formats whose lines never contain a line end: encodes a batch at once and cuts it at its line
// ends, which is faster than row by row.
class WholeBatchEncoder final : public MessageEncoder {
 public:
  explicit WholeBatchEncoder(std::unique_ptr<Encoder> lines) : lines_(std::move(lines)) {}

  Status Append(const Batch& batch, EncodedMessages& out) override {
    text_.clear();
    RETURN_IF_ERROR(lines_->Append(batch, text_));
    for (size_t at = 0; at < text_.size();) {
      const size_t end = text_.find('\n', at);
      out.bytes.append(text_, at, end - at);
      out.Add();
      at = end + 1;
    }
    return {};
  }

 private:
  const std::unique_ptr<Encoder> lines_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<MessageEncoder>> MakeMessageEncoder(const Format& format, FormatSpec spec) {
  WEIR_CHECK(format.descriptor->messages);
  if (format.make_message_encoder != nullptr) return format.make_message_encoder(std::move(spec));
  if (format.make_encoder == nullptr) {
    return Status::Unsupported(
        fmt::format("the format '{}' cannot write", format.descriptor->name));
  }
  std::unique_ptr<Encoder> lines = TRY(format.make_encoder(std::move(spec)));
  if (format.descriptor->line_a_row)
    return std::unique_ptr<MessageEncoder>(std::make_unique<WholeBatchEncoder>(std::move(lines)));
  return std::unique_ptr<MessageEncoder>(std::make_unique<LineMessageEncoder>(std::move(lines)));
}

}  // namespace weir::connectors
