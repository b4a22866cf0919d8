#include "runtime/connectors/filesystem/row_file.h"

#include <utility>

namespace weir::connectors {
namespace {

constexpr size_t kRowFileBufferBytes = 256 << 10;

}  // namespace

RowFile::RowFile(std::unique_ptr<Encoder> encoder, std::unique_ptr<WholeFile> file, bool compressed)
    : encoder_(std::move(encoder)), file_(std::move(file)) {
  if (compressed) gzip_.emplace();
  encoder_->AppendPrologue(text_);
}

Result<std::unique_ptr<RowFile>> RowFile::Begin(FileSystem& files, RowFileSpec spec) {
  std::unique_ptr<Encoder> encoder = TRY(spec.format->make_encoder(std::move(spec.format_spec)));
  std::unique_ptr<WholeFile> file = TRY(WholeFile::Begin(files, spec.path, spec.unique));
  return std::unique_ptr<RowFile>(
      new RowFile(std::move(encoder), std::move(file), spec.compressed));
}

Status RowFile::OnBatch(const Batch& batch) {
  RETURN_IF_ERROR(encoder_->Append(batch, text_));
  rows_ += batch.size();
  return text_.size() < kRowFileBufferBytes ? Status() : Drain();
}

Status RowFile::Drain() {
  if (gzip_) {
    compressed_.clear();
    RETURN_IF_ERROR(gzip_->Append(text_, compressed_));
    RETURN_IF_ERROR(file_->Append(compressed_));
  } else {
    RETURN_IF_ERROR(file_->Append(text_));
  }
  text_.clear();
  return {};
}

Status RowFile::Publish() {
  RETURN_IF_ERROR(encoder_->Finish(text_));
  RETURN_IF_ERROR(Drain());
  if (gzip_) {
    compressed_.clear();
    RETURN_IF_ERROR(gzip_->Finish(compressed_));
    RETURN_IF_ERROR(file_->Append(compressed_));
  }
  return file_->Publish();
}

}  // namespace weir::connectors
