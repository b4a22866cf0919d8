// The XML of S3's answers, and of its requests. Answers come from a server that is not trusted:
// they are of limited depth and length, and may declare no document type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace weir::s3 {

struct ListedObject {
  std::string key;
  uint64_t bytes = 0;
  int64_t modified_nanos = 0;  // whole seconds, which is all that the answer to a HEAD has
  std::string etag;            // without quotes
  friend bool operator==(const ListedObject&, const ListedObject&) = default;
};

// A page of ListObjectsV2.
struct Listing {
  std::vector<ListedObject> objects;
  std::vector<std::string> prefixes;  // the common ones, with the delimiter at their end
  std::string next;                   // the token for the next page; "": this is the last one
};

// Why a request failed, or an object of DeleteObjects.
struct Failure {
  std::string code;  // "NoSuchKey"; "" where the answer is no error
  std::string message;
  std::string key;
};

// kExternal E4010 for what is no answer of the kind.
Result<Listing> ParseListing(std::string_view xml);
Result<std::string> ParseUploadId(std::string_view xml);
// The objects that could not be deleted.
Result<std::vector<Failure>> ParseDeleted(std::string_view xml);
// The error in an answer; without a code where there is none, which is no failure of the parsing,
// as answers to HEAD have no body and proxies answer with HTML.
Failure ParseFailure(std::string_view xml);

// The body of DeleteObjects and of CompleteMultipartUpload, whose parts are numbered from 1.
std::string DeleteText(const std::vector<std::string>& keys);
std::string CompleteText(const std::vector<std::string>& etags);

// Nanoseconds since 1970 of "2009-10-12T17:50:30.000Z" and of "Mon, 12 Oct 2009 17:50:30 GMT", cut
// to seconds; 0 for what is neither.
int64_t ParseTime(std::string_view text);
// Without the quotes around it.
std::string BareETag(std::string_view etag);

}  // namespace weir::s3
