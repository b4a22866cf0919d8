#include "runtime/connectors/filesystem/byte_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/connectors/filesystem/file_identity.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

// That a file has ended at `offset`, where `limit` bytes were there when it was opened.
Status CheckEnd(const std::string& path, uint64_t offset, uint64_t limit) {
  if (limit == kWholeFile || offset >= limit || DefectPlanted("cut-while-read-unnoticed"))
    return {};
  return FileWasCut(path, offset, limit);
}

class PlainStream final : public ByteStream {
 public:
  PlainStream(std::shared_ptr<const ReadableFile> file, std::string path, uint64_t limit)
      : file_(std::move(file)), path_(std::move(path)), limit_(limit) {}

  Result<size_t> Read(size_t bytes, char* out) override {
    const uint64_t left = limit_ - std::min(limit_, offset_);
    const size_t read = TRY(file_->Read(offset_, std::min<uint64_t>(bytes, left), out));
    if (read == 0 && bytes > 0) RETURN_IF_ERROR(CheckEnd(path_, offset_, limit_));
    offset_ += read;
    return read;
  }
  Status Skip(uint64_t bytes) override {
    offset_ += bytes;
    return {};
  }
  uint64_t file_offset() const override { return offset_; }

 private:
  std::shared_ptr<const ReadableFile> file_;
  const std::string path_;
  const uint64_t limit_;
  uint64_t offset_ = 0;
};

// One or more gzip members, one behind the other (RFC 1952).
class GzipStream final : public ByteStream {
 public:
  GzipStream(std::unique_ptr<ReadableFile> file, std::string path, uint64_t limit)
      : file_(std::move(file)), path_(std::move(path)), limit_(limit), input_(kInputBytes) {
    constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, with gzip's header
    ready_ = inflateInit2(&zlib_, kGzipWindow) == Z_OK;
  }
  ~GzipStream() override { inflateEnd(&zlib_); }

  Result<size_t> Read(size_t bytes, char* out) override {
    if (!ready_) return Status::External("zlib does not start");
    zlib_.next_out = reinterpret_cast<Bytef*>(out);
    zlib_.avail_out = static_cast<uInt>(bytes);
    while (zlib_.avail_out == bytes) {
      if (zlib_.avail_in == 0) {
        const uint64_t left = std::min<uint64_t>(input_.size(), limit_ - std::min(limit_, offset_));
        const size_t read = TRY(file_->Read(offset_, left, input_.data()));
        if (read == 0) {
          RETURN_IF_ERROR(CheckEnd(path_, offset_, limit_));
          return in_member_ ? Damaged("it ends too early") : Result<size_t>(size_t{0});
        }
        offset_ += read;
        zlib_.next_in = reinterpret_cast<Bytef*>(input_.data());
        zlib_.avail_in = static_cast<uInt>(read);
      }
      in_member_ = true;
      const int outcome = inflate(&zlib_, Z_NO_FLUSH);
      if (outcome == Z_STREAM_END) {
        in_member_ = false;
        inflateReset(&zlib_);
      } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
        return Damaged(zlib_.msg != nullptr ? zlib_.msg : "bad compressed data");
      }
    }
    return bytes - zlib_.avail_out;
  }

  Status Skip(uint64_t bytes) override {
    std::vector<char> scratch(kInputBytes);
    while (bytes > 0) {
      const size_t read = TRY(Read(std::min<uint64_t>(bytes, scratch.size()), scratch.data()));
      if (read == 0) return Damaged("it is shorter than it was").status();
      bytes -= read;
    }
    return {};
  }
  uint64_t file_offset() const override { return offset_ - zlib_.avail_in; }

 private:
  static constexpr size_t kInputBytes = 256 << 10;

  Result<size_t> Damaged(std::string_view reason) const {
    return Status::DataError("file '" + path_ + "' cannot be decompressed: " + std::string(reason))
        .WithId("E3005");
  }

  std::unique_ptr<ReadableFile> file_;
  std::string path_;
  const uint64_t limit_;
  std::vector<char> input_;
  z_stream zlib_{};
  uint64_t offset_ = 0;
  bool ready_ = false;
  bool in_member_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> OpenByteStream(FileSystem& files, const std::string& path,
                                                   uint64_t limit) {
  return OpenByteStream(files, FileInfo{.path = path}, limit);
}

Result<std::unique_ptr<ByteStream>> OpenByteStream(FileSystem& files, const FileInfo& info,
                                                   uint64_t limit) {
  const std::string& path = info.path;
  std::unique_ptr<ReadableFile> file = TRY(files.OpenFound(info));
  if (path.ends_with(".gz")) {
    return std::unique_ptr<ByteStream>(std::make_unique<GzipStream>(std::move(file), path, limit));
  }
  return std::unique_ptr<ByteStream>(std::make_unique<PlainStream>(std::move(file), path, limit));
}

std::unique_ptr<ByteStream> FollowByteStream(std::shared_ptr<const ReadableFile> file) {
  return std::make_unique<PlainStream>(std::move(file), "", kWholeFile);
}

}  // namespace weir::connectors
