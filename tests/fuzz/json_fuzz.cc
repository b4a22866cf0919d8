// Any bytes as JSON lines: the decoder answers with rows or an error inside the text, never
// crashes, and gives the same rows whatever the blocks and whether it has seen records of their
// shape or not. The first byte chooses options. Built with -fsanitize=fuzzer it is a fuzz target;
// without, with replay.cc, a program that replays files.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/connectors/formats/format.h"
#include "runtime/types/batch_text.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "json_fuzz: %s\n", what);
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

using MakeDecoder = std::function<std::unique_ptr<weir::connectors::Decoder>()>;

// The lines one by one, each with a decoder that has seen nothing; false when one is bad.
bool DecodeLines(const MakeDecoder& make, std::string_view text, std::string& rows) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (!DecodeBlock(*make(), text.substr(0, end), rows)) return false;
    text.remove_prefix(end);
  }
  return true;
}

weir::graph::TableOptions Options(uint8_t choice) {
  if ((choice & 1) != 0) return {{"json.ignore-parse-errors", "true"}};
  if ((choice & 2) != 0) return {{"json.fail-on-missing-field", "true"}};
  return {};
}

const weir::Schema& Columns() {
  using weir::Type;
  static const weir::Schema schema{
      {{"a", Type::BigInt()},
       {"b", Type::String()},
       {"c", Type::Decimal(20, 2)},
       {"d", Type::Timestamp(3)},
       {"l", Type::Array(Type::Double())},
       {"m", Type::Map(Type::String(), Type::Map(Type::String(), Type::Boolean()))},
       {"r", Type::Row({{"x", Type::Int()}, {"y", Type::Array(Type::Bytes())}})}}};
  return schema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const MakeDecoder make = [&] {
    auto made = weir::connectors::MakeDecoder(
        weir::connectors::JsonFormat(),
        {Options(data[0]), Columns(), {0, 1, 2, 3, 4, 5, 6}, weir::TimeZone(), false, {}});
    if (!made.ok()) Fail("no decoder");
    return std::move(made).value();
  };
  const std::unique_ptr<weir::connectors::Decoder> decoder = make();
  const auto prologue = decoder->Prologue(text, true);
  if (!prologue.ok()) return 0;
  if (!prologue->has_value() || **prologue > text.size())
    Fail("a prologue is longer than the text");
  const std::string_view records = text.substr(**prologue);
  std::string whole;
  const bool good = DecodeBlock(*decoder, records, whole);
  std::string lines;
  if (DecodeLines(make, records, lines) != good) Fail("a record is good only behind others");
  if (!good) return 0;
  if (lines != whole) Fail("records before it change a row");
  const size_t cut = decoder->WholeRecords(records.substr(0, records.size() / 2), false);
  if (cut > records.size() / 2) Fail("whole records are longer than the text");
  std::string parts;
  const bool ok = DecodeBlock(*decoder, records.substr(0, cut), parts) &&
                  DecodeBlock(*decoder, records.substr(cut), parts);
  if (!ok || parts != whole) Fail("blocks change the rows");
  return 0;
}
