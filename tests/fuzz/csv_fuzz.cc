// Any bytes as a CSV file: the decoder answers with rows or an error inside the text, never
// crashes, and gives the same rows whatever the blocks. The first byte chooses a dialect. Built
// with -fsanitize=fuzzer it is a fuzz target; without, with replay.cc, a program that replays
// files.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/types/batch_text.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "csv_fuzz: %s\n", what);
  std::abort();
}

// Appends the rows of a block to `rows`; false when a record is bad.
bool DecodeBlock(weir::connectors::Decoder& decoder, std::string_view text, std::string& rows) {
  using namespace weir::connectors;
  RecordBlock block;
  block.memory = weir::MakeBuffer<char>(text.size() + kBlockPadding);
  std::memset(block.memory->as<char>() + text.size(), 0, kBlockPadding);
  if (!text.empty()) std::memcpy(block.memory->as<char>(), text.data(), text.size());
  block.bytes = {block.memory->as<char>(), text.size()};
  for (size_t at = 0; at < text.size();) {
    weir::Batch batch;
    BadRecord bad;
    const auto step = decoder.Decode(block, at, 7, batch, bad);
    if (!step.ok()) {
      if (bad.offset > text.size()) Fail("an error is outside the text");
      return false;
    }
    if (step->consumed == 0 || step->consumed > text.size() - at) Fail("no progress");
    at += step->consumed;
    rows += weir::FormatBatch(batch);
  }
  return true;
}

weir::graph::TableOptions Dialect(uint8_t choice) {
  weir::graph::TableOptions options = {
      {"csv.ignore-parse-errors", (choice & 1) != 0 ? "true" : "false"}};
  if ((choice & 2) != 0) options.push_back({"csv.header", "true"});
  if ((choice & 4) != 0) options.push_back({"csv.escape-character", "\\"});
  if ((choice & 8) != 0) options.push_back({"csv.allow-comments", "true"});
  if ((choice & 16) != 0) options.push_back({"csv.disable-quote-character", "true"});
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using weir::Type;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const weir::Schema schema{{{"a", Type::BigInt()},
                             {"b", Type::String()},
                             {"c", Type::Decimal(20, 2)},
                             {"d", Type::Timestamp(3)}}};
  auto decoder = weir::connectors::MakeDecoder(
      weir::connectors::CsvFormat(),
      {Dialect(data[0]), schema, {0, 1, 2, 3}, weir::TimeZone(), false, {}});
  if (!decoder.ok()) Fail("no decoder");
  const auto prologue = (*decoder)->Prologue(text, true);
  if (!prologue.ok()) return 0;
  if (!prologue->has_value() || **prologue > text.size())
    Fail("a prologue is longer than the text");
  const std::string_view records = text.substr(**prologue);
  std::string whole;
  if (!DecodeBlock(**decoder, records, whole)) return 0;
  if (!weir::IsUtf8(whole)) Fail("a text is not UTF-8");
  const size_t cut = (*decoder)->WholeRecords(records.substr(0, records.size() / 2), false);
  if (cut > records.size() / 2) Fail("whole records are longer than the text");
  std::string parts;
  const bool ok = DecodeBlock(**decoder, records.substr(0, cut), parts) &&
                  DecodeBlock(**decoder, records.substr(cut), parts);
  if (!ok || parts != whole) Fail("blocks change the rows");
  return 0;
}
