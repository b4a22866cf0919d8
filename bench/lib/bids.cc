#include "bench/lib/bids.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/types/column_builder.h"

namespace weir::bench {
namespace {

constexpr uint64_t kFirstId = 1000;
constexpr uint64_t kEventsPerCycle = 50;
constexpr uint64_t kAuctionsPerCycle = 3;
constexpr uint64_t kFirstBidOfCycle = 4;
constexpr uint32_t kChannels = 10'000;
constexpr size_t kTextBytes = size_t{1} << 20;
constexpr std::string_view kHotChannels[] = {"Google", "Facebook", "Baidu", "Apple"};

}  // namespace

Schema BidSchema() {
  const auto required = [](const Type& type) { return type.WithNullable(false); };
  return {{{"auction", required(Type::BigInt())},
           {"bidder", required(Type::BigInt())},
           {"price", required(Type::BigInt())},
           {"channel", required(Type::String())},
           {"url", required(Type::String())},
           {"dateTime", required(Type::Timestamp(3))},
           {"extra", required(Type::String())}}};
}

BidGenerator::BidGenerator(uint64_t seed) : state_(seed), text_(kTextBytes) {
  for (char& c : text_) c = static_cast<char>('H' + Random('z' - 'H' + 1));
}

uint64_t BidGenerator::Random(uint64_t below) {  // SplitMix64
  state_ += 0x9E3779B97F4A7C15ULL;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return ((z >> 32) * below) >> 32;
}

void BidGenerator::MakeChannel(Bid& bid) {
  if (Random(2) == 0) {
    const uint64_t hot = Random(std::size(kHotChannels));
    bid.channel_bytes = static_cast<uint32_t>(kHotChannels[hot].size());
    std::memcpy(bid.channel, kHotChannels[hot].data(), bid.channel_bytes);
    const auto end = fmt::format_to(
        bid.url, "https://www.nexmark.com/h{}ab_/x{}_/qs{}/item.htm?query=1", hot, hot, hot);
    bid.url_bytes = static_cast<uint32_t>(end - bid.url);
    return;
  }
  const uint64_t number = Random(kChannels);
  bid.channel_bytes =
      static_cast<uint32_t>(fmt::format_to(bid.channel, "channel-{}", number) - bid.channel);
  char* end =
      fmt::format_to(bid.url, "https://www.nexmark.com/{:03}c/{:02}_f/q{}z/item.htm?query=1",
                     number % 997, number % 89, number % 7);
  if (number % 10 != 0)
    end = fmt::format_to(end, "&channel_id={}", number * 214'013 % 2'000'000'011);
  bid.url_bytes = static_cast<uint32_t>(end - bid.url);
}

void BidGenerator::Make(uint64_t number, Bid& bid) {
  const uint64_t cycle = number / kEventsPerCycle;
  const uint64_t last_auction = cycle * kAuctionsPerCycle + kAuctionsPerCycle - 1;
  const uint64_t last_person = cycle;
  const uint64_t oldest_auction = last_auction > 100 ? last_auction - 100 : 0;
  const uint64_t auction = Random(2) == 0
                               ? last_auction / 100 * 100
                               : oldest_auction + Random(last_auction - oldest_auction + 11);
  const uint64_t people = std::min<uint64_t>(last_person + 1, 1000);
  const uint64_t bidder =
      Random(4) != 0 ? last_person / 100 * 100 + 1 : last_person + 1 - people + Random(people + 10);
  bid.auction = static_cast<int64_t>(kFirstId + auction);
  bid.bidder = static_cast<int64_t>(2 * kFirstId + bidder);  // as nexmark-flink, twice the first id
  const double exponent = static_cast<double>(Random(1 << 20)) / (1 << 20) * 6;
  bid.price = std::llround(std::pow(10.0, exponent) * 100);
  bid.micros = kFirstMillis * 1000 +
               static_cast<int64_t>(number * 1'000'000 / kEventsPerSecond / 1000 * 1000);
  MakeChannel(bid);
  bid.extra_bytes = static_cast<uint32_t>(54 + Random(28));
  bid.extra = text_.data() + Random(kTextBytes - bid.extra_bytes);
}

BidTable::BidTable(uint64_t bids, uint32_t repeats) : repeats_(repeats) {
  Generate(bids);
  for (uint32_t repeat = 0; repeat < repeats_; ++repeat) {
    for (const Batch& batch : batches_) moving_.push_back(Shift(batch, repeat));
  }
}

void BidTable::Generate(uint64_t bids) {
  const Schema schema = BidSchema();
  BidGenerator generator(7);
  Bid bid{};
  std::vector<ColumnBuilder> columns;
  for (const Field& field : schema.fields) columns.emplace_back(field.type, kDefaultBatchRows);
  while (rows_ < bids) {
    for (uint32_t row = 0; row < kDefaultBatchRows; ++row, ++events_) {
      if (events_ % kEventsPerCycle < kFirstBidOfCycle)
        events_ += kFirstBidOfCycle - events_ % kEventsPerCycle;
      generator.Make(events_, bid);
      columns[kAuction].Append(bid.auction);
      columns[kBidder].Append(bid.bidder);
      columns[kPrice].Append(bid.price);
      columns[kChannel].AppendString({bid.channel, bid.channel_bytes});
      columns[kUrl].AppendString({bid.url, bid.url_bytes});
      columns[kDateTime].Append(bid.micros);
      columns[kExtra].AppendString({bid.extra, bid.extra_bytes});
    }
    Batch batch;
    batch.row_count = kDefaultBatchRows;
    for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
    batches_.push_back(std::move(batch));
    rows_ += kDefaultBatchRows;
  }
}

BidTable::Moving BidTable::Shift(const Batch& batch, uint32_t repeat) const {
  // Whole cycles, and ids in hundreds, so that the hot ones of a replay are hot ones.
  const uint64_t cycles = (events_ / kEventsPerCycle / 100 + 1) * 100 * repeat;
  const auto ids = static_cast<int64_t>(cycles * kAuctionsPerCycle);
  const auto people = static_cast<int64_t>(cycles);
  const auto micros = static_cast<int64_t>(cycles * kEventsPerCycle * 1'000'000 / kEventsPerSecond);
  const int64_t by[] = {ids, people, micros};
  const int from[] = {kAuction, kBidder, kDateTime};
  Moving moving;
  for (size_t i = 0; i < moving.size(); ++i) {
    const Column& source = *batch.columns[static_cast<size_t>(from[i])];
    const MutableColumnPtr column = Column::Make(source.type(), source.length());
    for (uint32_t row = 0; row < source.length(); ++row) {
      column->mutable_data<int64_t>()[row] = source.data<int64_t>()[row] + by[i];
    }
    moving[i] = column;
  }
  return moving;
}

Batch BidTable::At(size_t i) const {
  Batch batch = batches_[i % batches_.size()];
  const Moving& moving = moving_[i];
  batch.columns[kAuction] = moving[0];
  batch.columns[kBidder] = moving[1];
  batch.columns[kDateTime] = moving[2];
  return batch;
}

}  // namespace weir::bench
