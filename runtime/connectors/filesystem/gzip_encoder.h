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

  // Appends to `out` what there is of the compressed bytes so far. kExternal when zlib fails, which
  // it does for lack of memory.
  Status Append(std::string_view bytes, std::string& out);
  // Appends the end of the member. Once, after which nothing is appended.
  Status Finish(std::string& out);

 private:
  Status Deflate(std::string_view bytes, int flush, std::string& out);

  std::unique_ptr<z_stream_s> zlib_;
  bool ready_ = false;
};

}  // namespace weir::connectors
