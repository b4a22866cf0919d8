// NEXMark events as JSON lines: the file, and the bare simdjson loop over it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bench/lib/hand_loops.h"

namespace weir::bench {

// Writes `events` events, nested as Flink's Kafka mode has them, unless the file is there already.
// Returns its bytes.
uint64_t MakeJsonFile(const std::string& path, uint64_t events);

// The table of such a file: CREATE TABLE events (...) WITH (filesystem, json); with event time or
// without.
std::string JsonTableSql(const std::string& path, bool event_time);

// What a query reads of an event besides its type.
struct JsonFields {
  bool bidder = false;
  bool price = false;
  bool time = false;  // of persons and auctions, too: they move the watermark
  bool extra = false;
};

// Decodes the file with simdjson on demand, 1 MiB reads, and hands on the bids, at most
// kDefaultBatchRows at a time. Always decodes bid.auction.
void DecodeJsonFile(const std::string& path, JsonFields fields,
                    const std::function<void(const BidView&)>& feed);

}  // namespace weir::bench
