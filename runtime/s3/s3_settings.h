// How the S3 stores of a process are reached: the options "s3.*".
#pragma once

#include <cstdint>
#include <string>

namespace weir::s3 {

// Of AWS's accounts, or of a store that speaks S3. Without an access key requests are not signed,
// as for buckets that everybody may read.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of temporary ones; else ""
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

struct Settings {
  Credentials credentials;
  std::string endpoint;     // "http://127.0.0.1:9000"; "": AWS's of the region
  std::string region;       // "": us-east-1
  bool path_style = false;  // the bucket in the path of a URL, not in the name of its host
  std::string authorities;  // a PEM file of certificates to trust; "": the system's
  int64_t connect_millis = 5'000;
  int64_t silent_millis = 30'000;  // without a byte in either direction
  uint32_t attempts = 10;          // for each request, the first one included
  int64_t retry_millis = 500;      // about how long the first pause is; each next one twice as long
  uint64_t part_bytes = 16U << 20U;       // of a multipart upload; smaller objects are put at once
  uint64_t read_ahead_bytes = 4U << 20U;  // how much one request reads of an object that is read on
  uint32_t threads = 8;                   // that read ahead and upload
  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace weir::s3
