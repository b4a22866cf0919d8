// Events of NEXMark as plain arrays, and where they come from: JSON files that are the same for
// each number of events, and batches kept in memory. Made by the generator of the connector
// `nexmark` with its seed 1 at 100,000 events a second of event time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/source.h"
#include "runtime/types/batch.h"

namespace weir::bench {

// Columns of up to kDefaultBatchRows events, one value an event: where `type` is another kind's, a
// kind's values are arbitrary. Columns that a query did not ask for may be null. Times in
// microseconds.
struct PersonColumns {
  const int64_t* id;
  const StringRef *name, *email, *card, *city, *state;
  const int64_t* time;
  const StringRef* extra;
};
struct AuctionColumns {
  const int64_t* id;
  const StringRef *item, *description;
  const int64_t *initial_bid, *reserve, *time, *expires, *seller, *category;
  const StringRef* extra;
};
struct BidColumns {
  const int64_t *auction, *bidder, *price;
  const StringRef *channel, *url;
  const int64_t* time;
  const StringRef* extra;
};
inline constexpr int32_t kPersonEvent = 0;
inline constexpr int32_t kAuctionEvent = 1;
inline constexpr int32_t kBidEvent = 2;
struct EventView {
  uint32_t count = 0;
  const int32_t* type = nullptr;
  PersonColumns person{};
  AuctionColumns auction{};
  BidColumns bid{};
};

// Which columns of each kind a query reads: bit i is the i-th one above.
struct EventFields {
  uint32_t person = 0;
  uint32_t auction = 0;
  uint32_t bid = 0;
};

using EventFeed = std::function<void(const EventView&)>;

// Writes `directory`/events-K.json, K below `files`, unless they are there: one JSON object a line,
// as Flink's Kafka mode has them; whole cycles of 50 events go to the files in turn. Returns their
// bytes.
uint64_t MakeEventFiles(const std::string& directory, uint64_t events, uint32_t files);
std::vector<std::string> EventFileNames(const std::string& directory, uint32_t files);

// Decodes the files with bare simdjson, on demand, a block of 1 MiB of each in turn.
void DecodeEventFiles(const std::vector<std::string>& paths, EventFields fields,
                      const EventFeed& feed);

// Every column of `events` events in batches. Read-only once made.
class EventTable {
 public:
  explicit EventTable(uint64_t events);
  ~EventTable();
  uint64_t events() const { return events_; }
  // Of all columns, shared buffers counted once.
  uint64_t bytes() const { return bytes_; }
  const std::vector<Batch>& batches() const { return batches_; }
  EventView View(size_t batch) const;
  // A source of the columns that `spec` asks for; split k of `splits` has every splits-th batch.
  // The table outlives it.
  std::unique_ptr<Source> MakeSource(const graph::ScanSpec& spec, uint32_t splits) const;

 private:
  uint64_t events_;
  uint64_t bytes_ = 0;
  std::vector<Batch> batches_;
};

// The columns event_type, person, auction and bid of the table `nexmark`.
Schema EventSchema();

}  // namespace weir::bench
