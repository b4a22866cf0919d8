// Where the tokens of JSON text are: simdjson's first stage (Langdale and Lemire, "Parsing
// Gigabytes of JSON per Second", VLDB 2019). The only door to simdjson: a walk of ours over the
// index took 0.8 of the time of its on-demand walk when both were measured here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::connectors {

// Reused from text to text. Not thread-safe.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();

  // Finds the tokens of `text`: every bracket, colon and comma outside strings, and the first byte
  // of every string and other scalar. Checks that the text is UTF-8, that strings end and that they
  // hold no control characters (so that none spans lines); else kDataError. `text` may hold many
  // documents. REQUIRES: kBlockPadding readable bytes behind `text`; less than 4 GiB.
  Status Build(std::string_view text);
  // Offsets of the tokens, ascending, then at least two more that are not below text.size().
  const uint32_t* positions() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weir::connectors
