// The queries of `foundation`, each in SQL and by hand.
#pragma once

#include <string>

#include "bench/lib/bids.h"
#include "bench/lib/engine.h"
#include "bench/lib/json_events.h"
#include "bench/lib/sources.h"

namespace weir::bench {

enum class Query : uint8_t { kFilter, kProjection, kTumble, kUpdate };
inline constexpr Query kQueries[] = {Query::kFilter, Query::kProjection, Query::kTumble,
                                     Query::kUpdate};

struct QueryFacts {
  const char* name;
  const char* anchor;  // ns an event of the nearest loop by hand, measured when the aims were set
  double memory_aim;   // times the hand loop, from memory
  double json_aim;
  JsonFields fields;
};
const QueryFacts& FactsOf(Query query);

// CREATE TABLEs and the INSERT, from bids in memory or from the JSON file.
std::string MemorySql(Query query);
std::string JsonSql(Query query, const std::string& path);

// The hand-written loop over all of the table, or the file. Returns the rows put out.
uint64_t RunHand(Query query, const BidTable& table);
uint64_t RunHandJson(Query query, const std::string& path);

// The engine over the table. Returns the rows that reached the sink.
struct EngineRun {
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  uint64_t most_rows = UINT64_MAX;
  ReplayFacts* facts = nullptr;
};
uint64_t RunEngine(Query query, const BidTable& table, const EngineRun& run);
uint64_t RunEngineJson(Query query, const std::string& path, uint32_t parallelism);

}  // namespace weir::bench
