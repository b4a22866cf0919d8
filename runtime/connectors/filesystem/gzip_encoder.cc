#include "runtime/connectors/filesystem/gzip_encoder.h"

#include <zlib.h>

#include <array>

namespace weir::connectors {
namespace {

constexpr size_t kPieceBytes = 16 << 10;
constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, with gzip's header
constexpr int kMemoryLevel = 8;       // zlib's default

}  // namespace

GzipEncoder::GzipEncoder() : zlib_(std::make_unique<z_stream>()) {
  ready_ = deflateInit2(zlib_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

GzipEncoder::~GzipEncoder() {
  deflateEnd(zlib_.get());
}

Status GzipEncoder::Append(std::string_view bytes, std::string& out) {
  // zlib counts in 32 bits.
  constexpr size_t kMostBytes = size_t{1} << 30;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kMostBytes);
    RETURN_IF_ERROR(Deflate(part, Z_NO_FLUSH, out));
    bytes.remove_prefix(part.size());
  }
  return {};
}

Status GzipEncoder::Finish(std::string& out) {
  return Deflate("", Z_FINISH, out);
}

Status GzipEncoder::Deflate(std::string_view bytes, int flush, std::string& out) {
  if (!ready_) return Status::External("zlib does not start");
  // zlib's own type; it is not written to.
  zlib_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  zlib_->avail_in = static_cast<uInt>(bytes.size());
  std::array<char, kPieceBytes> piece;
  do {
    zlib_->next_out = reinterpret_cast<Bytef*>(piece.data());
    zlib_->avail_out = kPieceBytes;
    if (deflate(zlib_.get(), flush) == Z_STREAM_ERROR)
      return Status::External("zlib cannot compress");
    out.append(piece.data(), kPieceBytes - zlib_->avail_out);
  } while (zlib_->avail_out == 0);
  return {};
}

}  // namespace weir::connectors
