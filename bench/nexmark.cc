// `bench_nexmark`: one run of one query of NEXMark, by the engine or by hand, whose figures it
// prints as one line of JSON. `./weirw bench nexmark` (bench/nexmark/bench.py) runs it again and
// again, in turns with other systems.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "bench/hand/query.h"
#include "bench/lib/engine.h"
#include "bench/lib/measure.h"
#include "bench/lib/resident.h"

namespace weir::bench {
namespace {

struct Options {
  std::string query = "q0";
  std::string queries = "bench/nexmark";  // the folder of tables.sql and queries/
  std::string input = "json";             // or "memory"
  std::string data = "/tmp/weir-bench-nexmark";
  std::string backend = "rocksdb";
  uint64_t events = 1'000'000;
  uint32_t parallelism = 2;
  int64_t checkpoint_millis = 1000;
  uint64_t memory_limit_mb = 12'288;
  bool by_hand = false;
  bool hash = false;
  bool make_files = false;
  bool operators = false;
};

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  Require(file.good() ? Status() : Status::NotFound(path), "cannot read");
  return {std::istreambuf_iterator<char>(file), {}};
}

// What q13 looks up: 10,000 lines "i,i".
void WriteSideTable(const std::string& directory) {
  std::filesystem::create_directories(directory);
  std::ofstream file(directory + "/side.csv");
  for (int i = 0; i < 10'000; ++i) file << i << ',' << i << '\n';
}

// Not below the events, whose directory is read whole.
std::string Scratch(const Options& options) {
  return options.data + "-scratch";
}

// Tables and query with the events where this run has them.
std::string Sql(const Options& options) {
  const std::string tables = ReadText(options.queries + "/tables.sql");
  const std::regex with(R"(WITH \(\s*'connector' = 'nexmark'[^)]*\))");
  const std::string source = fmt::format(
      "WITH ('connector' = 'filesystem', 'path' = '{}', 'format' = 'json')", options.data);
  const std::string query =
      ReadText(fmt::format("{}/queries/{}.sql", options.queries, options.query));
  const std::string scratch = Scratch(options);
  if (query.find("side.csv") != std::string::npos) WriteSideTable(scratch);
  return std::regex_replace(tables, with, source) + "\n" +
         std::regex_replace(query, std::regex(R"(\$\{scratch\})"), scratch);
}

struct Figures {
  Cost cost;
  uint64_t rows = 0;  // that reached the sink, taken back ones included
  uint64_t peak_bytes = 0;
  task::JobSnapshot job;  // of the engine
};

Figures RunEngine(const Options& options, const EventTable* table, ResultHash* hash) {
  JobSetup setup;
  setup.sql = Sql(options);
  setup.parallelism = options.parallelism;
  setup.checkpoint_millis = options.checkpoint_millis;
  setup.backend = options.backend;
  setup.memory_limit = options.memory_limit_mb << 20;
  if (table != nullptr) {
    setup.make_source = [&](const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
      if (spec.table != "nexmark") return std::unique_ptr<Source>();
      return table->MakeSource(spec, options.parallelism);
    };
  }
  if (hash != nullptr) {
    setup.make_sink = [&](const graph::SinkSpec&) -> Result<std::unique_ptr<Sink>> {
      return MakeHashSink(*hash);
    };
  }
  Figures figures;
  std::unique_ptr<RunningJob> job;
  figures.cost = Measure([&] {
    job = std::make_unique<RunningJob>(std::move(setup));
    figures.rows = job->Finish();
  });
  figures.job = job->job().Snapshot();
  return figures;
}

Figures RunHand(const Options& options, const EventTable* table, ResultHash* hash) {
  const HandFacts* facts = FindHandQuery(options.query);
  Require(facts != nullptr ? Status() : Status::NotFound(options.query), "no loop for");
  Figures figures;
  figures.cost = Measure([&] {
    Output output(facts->columns, hash, hash == nullptr ? Scratch(options) : "");
    const std::unique_ptr<HandQuery> query = facts->make(output);
    const auto feed = [&](const EventView& events) {
      query->Feed(events);
      output.Flush();
    };
    if (table != nullptr) {
      for (size_t i = 0; i < table->batches().size(); ++i) feed(table->View(i));
    } else {
      DecodeEventFiles(EventFileNames(options.data, options.parallelism), facts->fields, feed);
    }
    query->Finish();
    output.Flush();
    figures.rows = output.rows();
  });
  return figures;
}

std::string Operators(const task::JobSnapshot& job) {
  std::string text;
  for (const task::OperatorSnapshot& op : job.operators) {
    text += fmt::format(
        R"({}{{"kind":"{}","rows_in":{},"rows_out":{},"batches_in":{},"busy_ms":{:.1f},"state_rows":{},"state_bytes":{}}})",
        text.empty() ? "" : ",", op.kind, op.rows_in, op.rows_out, op.batches_in,
        static_cast<double>(op.busy_nanos) / 1e6, op.state_rows, op.state_bytes);
  }
  return text;
}

void Print(const Options& options, const Figures& figures, const ResultHash& hash, double make_ns) {
  std::string line = fmt::format(
      R"({{"query":"{}","who":"{}","input":"{}","events":{},"wall_s":{:.4f},"cpu_s":{:.4f},"rows":{},"peak_mb":{:.1f})",
      options.query, options.by_hand ? "hand" : "weir", options.input, options.events,
      figures.cost.wall, figures.cost.cpu, figures.rows,
      static_cast<double>(figures.peak_bytes) / 1e6);
  if (options.hash)
    line += fmt::format(R"(,"hash":"{:016x}","result_rows":{})", hash.sum(), hash.rows());
  if (options.input == "memory") line += fmt::format(R"(,"generator_ns":{:.1f})", make_ns);
  if (!options.by_hand) {
    const checkpoint::CheckpointStatistics& checkpoints = figures.job.checkpoints;
    line += fmt::format(
        R"(,"checkpoints":{},"checkpoint_bytes":{},"checkpoint_ms":{},"pause_ms":{:.2f})",
        checkpoints.completed, checkpoints.new_bytes, checkpoints.longest_duration_millis,
        static_cast<double>(figures.job.longest_pause_nanos) / 1e6);
    uint64_t state_bytes = 0;
    for (const task::OperatorSnapshot& op : figures.job.operators) state_bytes += op.state_bytes;
    line += fmt::format(R"(,"state_mb":{:.1f})", static_cast<double>(state_bytes) / 1e6);
    if (options.operators) line += fmt::format(R"(,"operators":[{}])", Operators(figures.job));
  }
  fmt::print("{}}}\n", line);
}

int Run(const Options& options) {
  if (options.make_files) {
    const uint64_t bytes = MakeEventFiles(options.data, options.events, options.parallelism);
    fmt::print("{{\"bytes\":{}}}\n", bytes);
    return 0;
  }
  std::unique_ptr<EventTable> table;
  Cost making;
  if (options.input == "memory")
    making = Measure([&] { table = std::make_unique<EventTable>(options.events); });
  const HandFacts* facts = FindHandQuery(options.query);
  ResultHash hash(facts == nullptr ? 0 : facts->open);
  ResultHash* const wanted = options.hash ? &hash : nullptr;
  ResetPeak();
  const uint64_t before = PeakBytes();
  Figures figures = options.by_hand ? RunHand(options, table.get(), wanted)
                                    : RunEngine(options, table.get(), wanted);
  figures.peak_bytes = PeakBytes() - before;
  Print(options, figures, hash, making.cpu * 1e9 / static_cast<double>(options.events));
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"One run of one query of NEXMark."};
  app.add_option("--query", options.query, "q0, q1, …");
  app.add_option("--sql", options.queries, "folder of tables.sql and queries/");
  app.add_option("--input", options.input, "json: files in --data; memory: batches made before")
      ->check(CLI::IsMember({"json", "memory"}));
  app.add_option("--data", options.data, "folder of the files, one a subtask");
  app.add_option("--events", options.events, "how many there are");
  app.add_option("--parallelism", options.parallelism, "of the engine, and number of files");
  app.add_option("--checkpoint", options.checkpoint_millis, "milliseconds between two; 0: none");
  app.add_option("--backend", options.backend, "rocksdb or memory");
  app.add_option("--memory-limit-mb", options.memory_limit_mb, "of state");
  app.add_flag("--by-hand", options.by_hand, "the hand-written loop");
  app.add_flag("--hash", options.hash, "hash the result; times are of no use then");
  app.add_flag("--operators", options.operators, "print each operator's figures");
  app.add_flag("--make-files", options.make_files, "only write the files");
  CLI11_PARSE(app, argc, argv);
  return weir::bench::Run(options);
}
