// Compresses bytes into one gzip member (RFC 1952).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

struct z_stream_s;  // zlib's

namespace weir::connectors {

// Used by one thread.
class GzipEncoder {
 public:
  GzipEncoder();
  ~GzipEncoder();
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  // Compresses `bytes`, and appends to `out` the compressed bytes that zlib gives already; it may
  // hold others back until Finish. kExternal when zlib has no memory.
  Status Append(std::string_view bytes, std::string& out);
  // Appends what zlib still holds and the end of the member. To be called once, as the last call.
  Status Finish(std::string& out);

 private:
  Status Deflate(std::string_view bytes, int flush, std::string& out);

  std::unique_ptr<z_stream_s> zlib_;
  bool ready_ = false;
};

}  // namespace weir::connectors
