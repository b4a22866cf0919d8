#include "bench/lib/queries.h"

#include <fmt/format.h>

namespace weir::bench {
namespace {

// Where a query finds a bid's fields, and what its rows must satisfy.
struct Place {
  std::string table;
  std::string prefix;  // of bid fields
  std::string is_bid;  // "" when every row is one
};

std::string SinkSql(Query query) {
  const auto table = [](const char* columns) {
    return fmt::format("CREATE TABLE result ({}) WITH ('connector' = 'blackhole');\n", columns);
  };
  switch (query) {
    case Query::kFilter:
      return table("auction BIGINT, price BIGINT");
    case Query::kProjection:
      return table(
          "auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), dateTime TIMESTAMP(3), extra "
          "STRING");
    case Query::kTumble:
      return table("auction BIGINT, window_start TIMESTAMP(3), num BIGINT");
    case Query::kUpdate:
      return table("auction BIGINT, num BIGINT");
  }
  WEIR_UNREACHABLE();
}

std::string InsertSql(Query query, const Place& at) {
  const std::string where = at.is_bid.empty() ? "" : " WHERE " + at.is_bid;
  const std::string& p = at.prefix;
  switch (query) {
    case Query::kFilter:
      return fmt::format(
          "INSERT INTO result SELECT {0}auction, {0}price FROM {1} WHERE {2}MOD({0}auction, 123) = "
          "0",
          p, at.table, at.is_bid.empty() ? "" : at.is_bid + " AND ");
    case Query::kProjection:
      return fmt::format(
          "INSERT INTO result SELECT {0}auction, {0}bidder, CAST(0.908 * {0}price AS DECIMAL(23, "
          "3)), "
          "{0}dateTime, {0}extra FROM {1}{2}",
          p, at.table, where);
    case Query::kTumble:
      return fmt::format(
          "INSERT INTO result SELECT auction, window_start, COUNT(*) FROM TUMBLE(TABLE bids, "
          "DESCRIPTOR(dateTime), INTERVAL '10' SECOND) GROUP BY auction, window_start, window_end");
    case Query::kUpdate:
      return fmt::format(
          "INSERT INTO result SELECT {0}auction, COUNT(*) FROM {1}{2} GROUP BY {0}auction", p,
          at.table, where);
  }
  WEIR_UNREACHABLE();
}

template <typename Feed>
uint64_t WithHandLoop(Query query, Feed&& feed) {
  const auto run = [&](auto loop) {
    feed(loop);
    loop.Finish();
    return loop.rows();
  };
  switch (query) {
    case Query::kFilter:
      return run(HandFilter());
    case Query::kProjection:
      return run(HandProjection());
    case Query::kTumble:
      return run(HandTumble());
    case Query::kUpdate:
      return run(HandUpdate());
  }
  WEIR_UNREACHABLE();
}

}  // namespace

const QueryFacts& FactsOf(Query query) {
  static const QueryFacts kFacts[] = {
      {"filter + projection (q2)", "0.54 (q2)", 2, 1.3, {.price = true}},
      {"projection (q1)",
       "1.4 (q1)",
       2,
       1.3,
       {.bidder = true, .price = true, .time = true, .extra = true}},
      {"tumbling count per key", "7.1 (q5)", 3, 1.5, {.time = true}},
      {"updating count per key", "12.1 (q17)", 3, 1.5, {}},
  };
  return kFacts[static_cast<size_t>(query)];
}

std::string MemorySql(Query query) {
  const char* watermark =
      query == Query::kTumble ? ", WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND" : "";
  // The source is handed in; the connector here only has to be one.
  return fmt::format(
      "CREATE TABLE bids ({}{}) WITH ('connector' = 'filesystem', 'path' = 'memory', 'format' = "
      "'csv');\n{}{}",
      kBidColumnsSql, watermark, SinkSql(query), InsertSql(query, {"bids", "", ""}));
}

std::string JsonSql(Query query, const std::string& path) {
  if (query == Query::kTumble) {
    return JsonTableSql(path, true) + SinkSql(query) +
           "INSERT INTO result WITH bids AS (SELECT bid.auction AS auction, dateTime FROM events "
           "WHERE event_type = 2) "
           "SELECT auction, window_start, COUNT(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(dateTime), "
           "INTERVAL '10' SECOND) "
           "GROUP BY auction, window_start, window_end";
  }
  return JsonTableSql(path, false) + SinkSql(query) +
         InsertSql(query, {"events", "bid.", "event_type = 2"});
}

uint64_t RunHand(Query query, const BidTable& table) {
  return WithHandLoop(query, [&](auto& loop) {
    for (size_t i = 0; i < table.batch_count(); ++i) loop.Feed(ViewOf(table.At(i)));
  });
}

uint64_t RunHandJson(Query query, const std::string& path) {
  return WithHandLoop(query, [&](auto& loop) {
    DecodeJsonFile(path, FactsOf(query).fields, [&](const BidView& bids) { loop.Feed(bids); });
  });
}

uint64_t RunEngine(Query query, const BidTable& table, const EngineRun& run) {
  JobSetup setup;
  setup.sql = MemorySql(query);
  setup.parallelism = run.parallelism;
  setup.batch_rows = run.batch_rows;
  const ReplaySetup replay{&table, run.parallelism, run.most_rows, run.facts};
  setup.make_source = [replay](const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
    return MakeReplay(replay, spec);
  };
  RunningJob job(std::move(setup));
  return job.Finish();
}

uint64_t RunEngineJson(Query query, const std::string& path, uint32_t parallelism) {
  JobSetup setup;
  setup.sql = JsonSql(query, path);
  setup.parallelism = parallelism;
  RunningJob job(std::move(setup));
  return job.Finish();
}

}  // namespace weir::bench
