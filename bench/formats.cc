// `./weirw bench formats`: messages a second of processor time that are decoded into columns, and
// encoded from them, by each format of messages over the same rows: bids of an auction.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "bench/lib/measure.h"
#include "runtime/base/random.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/types/column_builder.h"

namespace weir::bench {
namespace {

using connectors::EncodedMessages;
using connectors::FormatSpec;

struct Options {
  uint32_t rows = 400'000;
  int rounds = 5;
};

constexpr uint32_t kBatchRows = 2048;
constexpr double kMillion = 1e6;

const Schema kBids{{{"auction", Type::BigInt()},
                    {"bidder", Type::BigInt()},
                    {"price", Type::BigInt()},
                    {"channel", Type::String()},
                    {"url", Type::String()},
                    {"at", Type::Timestamp(3)},
                    {"extra", Type::String()}}};

constexpr size_t kTime = 5;

Batch MakeBids(uint32_t rows, Random& random) {
  std::vector<ColumnBuilder> columns;
  for (const Field& field : kBids.fields) columns.emplace_back(field.type, rows);
  for (uint32_t i = 0; i < rows; ++i) {
    for (const size_t number : {size_t{0}, size_t{1}, size_t{2}})
      columns[number].Append(static_cast<int64_t>(1000 + random.Below(1'000'000)));
    columns[3].AppendString(fmt::format("channel-{}", random.Below(10'000)));
    columns[4].AppendString(fmt::format("https://auctions.example.com/item.htm?query={}&id={}",
                                        random.Below(1'000), random.Below(1'000'000)));
    columns[5].Append(int64_t{1'767'225'600'000'000} + int64_t{i} * 1000);
    columns[6].AppendString(std::string(20 + random.Below(60), 'x'));
  }
  Batch batch;
  batch.row_count = rows;
  for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
  return batch;
}

// Of the format protobuf: `protoc --descriptor_set_out=bench/bid.desc bench/bid.proto`.
graph::TableOptions OptionsOf(std::string_view format) {
  if (format != "protobuf") return {};
  return {{"protobuf.message-class-name", "weir.bench.Bid"},
          {"protobuf.descriptor-file", "bench/bid.desc"}};
}

FormatSpec SpecOf(std::string_view format) {
  FormatSpec spec;
  spec.options = OptionsOf(format);
  spec.record = kBids;
  // It has no times but in rows: milliseconds, as programs write them.
  if (format == "protobuf") spec.record.fields[kTime].type = Type::BigInt();
  for (size_t i = 0; i < kBids.size(); ++i) spec.columns.push_back(static_cast<int>(i));
  return spec;
}

connectors::MessageBlock BlockOf(const EncodedMessages& messages) {
  connectors::MessageBlockBuilder builder(messages.bytes.size(), messages.size());
  for (size_t i = 0; i < messages.size(); ++i) builder.Add(*messages.message(i));
  return builder.Finish();
}

// False where rows are lost.
bool Run(std::string_view name, const Options& options) {
  const connectors::Format& format = *connectors::FindFormat(name);
  Random random(1);
  std::vector<Batch> batches;
  for (uint32_t done = 0; done < options.rows; done += kBatchRows)
    batches.push_back(MakeBids(std::min(kBatchRows, options.rows - done), random));
  const auto encoder = MakeMessageEncoder(format, SpecOf(name)).value();
  const auto decoder = MakeMessageDecoder(format, SpecOf(name)).value();
  Samples encoded;
  Samples decoded;
  size_t bytes = 0;
  bool whole = true;
  for (int round = 0; round < options.rounds; ++round) {
    std::vector<EncodedMessages> messages(batches.size());
    const Cost writing = Measure([&] {
      for (size_t i = 0; i < batches.size(); ++i)
        whole = encoder->Append(batches[i], messages[i]).ok() && whole;
    });
    encoded.Add(options.rows / writing.cpu / kMillion);
    std::vector<connectors::MessageBlock> blocks;
    bytes = 0;
    for (const EncodedMessages& each : messages) {
      blocks.push_back(BlockOf(each));
      bytes += each.bytes.size();
    }
    uint64_t rows = 0;
    const Cost reading = Measure([&] {
      for (connectors::MessageBlock& block : blocks) {
        for (size_t at = 0; at < block.places.size();) {
          connectors::MessageRows found;
          connectors::BadMessage bad;
          const auto taken = decoder->Decode(block, at, kBatchRows, found, bad);
          if (!taken.ok()) return;
          at += taken->messages;
          rows += found.batch.row_count;
        }
      }
    });
    decoded.Add(options.rows / reading.cpu / kMillion);
    whole = whole && rows == options.rows;
  }
  fmt::print("{:<8} {:>5} bytes   decoded {} M/s   encoded {} M/s{}\n", name, bytes / options.rows,
             decoded.Text(2), encoded.Text(2), whole ? "" : "   ROWS LACK");
  return whole;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Messages that formats decode and encode");
  app.add_option("--rows", options.rows);
  app.add_option("--rounds", options.rounds);
  CLI11_PARSE(app, argc, argv);
  bool whole = true;
  for (const std::string_view name : {"json", "avro", "protobuf"})
    whole = Run(name, options) && whole;
  return whole ? 0 : 1;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  return weir::bench::Main(argc, argv);
}
