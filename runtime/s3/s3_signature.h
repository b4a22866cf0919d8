// AWS's Signature Version 4 of an HTTP request, as S3 wants it: the path is encoded once, and the
// hash of the contents is signed, too.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/timestamp.h"
#include "runtime/s3/s3_settings.h"

namespace weir::s3 {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct ToSign {
  std::string method;     // "GET"
  std::string host;       // with the port, unless that is the scheme's own
  std::string path;       // encoded, from its first slash on
  Pairs query;            // not encoded, in any order
  Pairs headers;          // "range", "bytes=0-9"; all are signed; neither host nor x-amz-date
  std::string body_hash;  // HexSha256 of the body
};

// Bytes as the path or the query of a URL has them: all but letters, digits and -._~ become %XX,
// and '/' unless `keep_slashes`.
std::string UriEncoded(std::string_view text, bool keep_slashes);
// "a=1&b=x%20y", by name and value: as it is signed, and as it is sent.
std::string QueryText(const Pairs& query);
std::string HexSha256(std::string_view bytes);
// Of MD5, in Base64, as Content-MD5 has it.
std::string Base64Md5(std::string_view bytes);
// The ETag, without quotes, of an object that was uploaded in parts whose ETags are these; "" where
// one of them is no MD5, as of stores that encrypt.
std::string MultipartETag(const std::vector<std::string>& parts);

// The headers to send, "Name: value", those of the request, x-amz-date, x-amz-content-sha256 and
// Authorization among them; without credentials only those of the request and the hash.
std::vector<std::string> SignedHeaders(const ToSign& request, const Credentials& credentials,
                                       std::string_view region, Timestamp now,
                                       std::string_view service = "s3");

}  // namespace weir::s3
