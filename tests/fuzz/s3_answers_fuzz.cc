// Any bytes as the XML of a store's answers: an error or an answer, never a crash, and no list that
// would be read for ever. Built with -fsanitize=fuzzer it is a fuzz target; without, with
// replay.cc, a program that replays the files it is given.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "runtime/s3/s3_answers.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "s3_answers_fuzz: %s\n", what);
  std::abort();
}

void CheckError(const weir::Status& status) {
  if (!status.ok() && status.id() != "E4010") Fail("an error is none of a store's answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const auto listing = weir::s3::ParseListing(xml);
  CheckError(listing.status());
  if (listing.ok()) {
    for (const weir::s3::ListedObject& object : listing->objects) {
      if (object.key.empty()) Fail("an object has no key");
      if (object.modified_nanos < 0) Fail("an object is older than 1970");
    }
  }
  CheckError(weir::s3::ParseUploadId(xml).status());
  CheckError(weir::s3::ParseDeleted(xml).status());
  (void)weir::s3::ParseFailure(xml);
  (void)weir::s3::ParseTime(xml);
  return 0;
}
