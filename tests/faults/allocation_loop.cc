// Every allocation fails once: the first in the first run, the second in the next one, and so on.
// Whatever runs then answers with a Status (E4004), or does without; it neither crashes nor loses
// memory, which a build with ASan sees.
//
//   allocation_loop [--most N] [--turn N] [--target NAME] [--at K]
//
// A target with more than N allocations (200, or all with WEIR_TEST_SLICE=full) has N of them fail,
// evenly spread; which ones, moves on with --turn (WEIR_TEST_TURN). Prints a line a target: how
// many allocations, how many were tried, and what came of them. A run that crashes says which one
// it was.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "planner/parse/parse.h"
#include "planner/planner.h"
#include "runtime/base/fence.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/formats/format.h"
#include "shell/engine.h"

namespace {

// --- the allocator -------------------------------------------------------------------------------

std::atomic<bool> armed{false};
std::atomic<int64_t> counted{0};
std::atomic<int64_t> failing{-1};

bool Fails() {
  if (!armed.load(std::memory_order_relaxed)) return false;
  return counted.fetch_add(1) + 1 == failing.load(std::memory_order_relaxed);
}

void* Allocate(size_t bytes, size_t alignment) {
  if (Fails()) throw std::bad_alloc();
  const size_t rounded = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* block = alignment <= alignof(std::max_align_t) ? std::malloc(rounded)
                                                       : std::aligned_alloc(alignment, rounded);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(size_t bytes) {
  return Allocate(bytes, alignof(std::max_align_t));
}
void* operator new[](size_t bytes) {
  return Allocate(bytes, alignof(std::max_align_t));
}
void* operator new(size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<size_t>(alignment));
}
void* operator new[](size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, size_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, size_t, std::align_val_t) noexcept {
  std::free(block);
}

namespace {

using weir::Status;

char current[128] = "no target";

void SayWhere(int signal_number) {
  const char text[] = "allocation_loop: crashed at ";
  (void)!::write(2, text, sizeof(text) - 1);
  (void)!::write(2, current, std::strlen(current));
  (void)!::write(2, "\n", 1);
  ::signal(signal_number, SIG_DFL);
  ::raise(signal_number);
}

// --- targets -------------------------------------------------------------------------------------

const char kTables[] = R"(
CREATE TABLE bid (auction BIGINT, bidder BIGINT, price DECIMAL(20, 2), note STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'inline', 'rows' = '
  1, 10, 5.00, first, 2026-01-01 10:00:01
  2, 11, 7.50, second of all, 2026-01-01 10:00:02
  1, 12, 6.25, third, 2026-01-01 10:00:11
  3, 10, 9.99, fourth, 2026-01-01 10:01:12');
CREATE TABLE who (id BIGINT, name STRING) WITH ('connector' = 'inline', 'rows' = '
  10, ten
  11, eleven
  12, a name that is longer than twelve bytes');
)";

const char* const kQueries[] = {
    "SELECT auction, COUNT(*), SUM(price), MAX(note), LISTAGG(note), COUNT(DISTINCT bidder) FROM "
    "bid "
    "GROUP BY auction",
    "SELECT window_start, bidder, COUNT(*), AVG(price) FROM TABLE(TUMBLE(TABLE bid, "
    "DESCRIPTOR(ts), "
    "INTERVAL '10' SECOND)) GROUP BY window_start, window_end, bidder",
    "SELECT window_start, window_end, COUNT(*) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL "
    "'5' "
    "SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end",
    "SELECT window_start, window_end, bidder, SUM(price) FROM TABLE(SESSION(TABLE bid PARTITION BY "
    "bidder, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, bidder",
    "SELECT b.auction, w.name, b.price FROM bid b LEFT JOIN who w ON b.bidder = w.id WHERE b.price "
    "> 5",
    "SELECT a.auction, b.auction FROM bid a JOIN bid b ON a.bidder = b.bidder AND a.ts BETWEEN "
    "b.ts - "
    "INTERVAL '5' MINUTE AND b.ts",
    "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS n "
    "FROM "
    "bid) WHERE n <= 2",
    "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY ts) AS n FROM bid) "
    "WHERE "
    "n = 1",
    "SELECT bidder, price FROM bid ORDER BY price DESC LIMIT 2 OFFSET 1",
    "SELECT DISTINCT bidder FROM bid UNION SELECT id FROM who",
    "SELECT REPLACE(note, 'i', 'xyz'), UPPER(note) || '!', CONCAT_WS('-', note, note), LPAD(note, "
    "40, "
    "'ab'), REGEXP_REPLACE(note, '[aeiou]', '*'), CAST(price AS STRING), JSON_OBJECT('a' VALUE "
    "price), "
    "ARRAY[auction, bidder], SPLIT_INDEX(note, ' ', 0), DATE_FORMAT(ts, 'yyyy-MM-dd') FROM bid",
};

weir::connectors::RecordBlock BlockOf(std::string_view text) {
  using weir::connectors::kBlockPadding;
  weir::connectors::RecordBlock block;
  block.memory = weir::MakeBuffer<char>(text.size() + kBlockPadding);
  std::memset(block.memory->as<char>() + text.size(), 0, kBlockPadding);
  std::memcpy(block.memory->as<char>(), text.data(), text.size());
  block.bytes = {block.memory->as<char>(), text.size()};
  return block;
}

Status Decode(const weir::connectors::Format& format, std::string_view text) {
  using weir::Type;
  const weir::Schema schema{{{"a", Type::BigInt()},
                             {"b", Type::String()},
                             {"c", Type::Decimal(20, 2)},
                             {"d", Type::Timestamp(3)}}};
  const auto decoder = TRY(weir::connectors::MakeDecoder(
      format, {{}, schema, {0, 1, 2, 3}, weir::TimeZone(), false, {}}));
  const weir::connectors::RecordBlock block = BlockOf(text);
  for (size_t at = 0; at < text.size();) {
    weir::Batch batch;
    weir::connectors::BadRecord bad;
    at += TRY(decoder->Decode(block, at, 3, batch, bad)).consumed;
  }
  return {};
}

// An engine with the tables, in a directory of its own, and the statements that run in it.
class Session {
 public:
  Session() {
    std::string pattern = "/tmp/weir-allocation-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    weir::shell::EngineOptions options;
    options.ports = {&weir::FileSystem::Local(), &weir::Clock::System(),
                     [](void*, std::string_view) {}, nullptr};
    options.data_directory = directory_ + "/data";
    auto engine = weir::shell::Engine::Open(std::move(options));
    if (!engine.ok()) Stop(engine.status());
    engine_ = std::move(*engine);
    for (const std::string& statement : {std::string("SET 'parallelism.default' = '2'"),
                                         std::string("SET 'state.backend.type' = 'hashmap'")}) {
      if (Status status = Run(statement); !status.ok()) Stop(status);
    }
    if (Status status = Run(kTables); !status.ok()) Stop(status);
  }
  ~Session() {
    engine_.reset();
    weir::FileSystem::Local().RemoveRecursively(directory_).ok();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Status Run(const std::string& text) {
    for (const weir::SourceSpan part : weir::parse::SplitScript(text)) {
      const auto statement = TRY(weir::parse::ParseStatementAt(text, part));
      weir::shell::TableView view(1000, weir::TimeZone::Utc());
      RETURN_IF_ERROR(engine_->Execute(*statement, text, view).status());
    }
    return {};
  }

 private:
  static void Stop(const Status& status) {
    std::fprintf(stderr, "allocation_loop: %s\n", status.ToString().c_str());
    std::exit(2);
  }
  std::string directory_;
  std::unique_ptr<weir::shell::Engine> engine_;
};

struct Target {
  std::string name;
  std::function<Status()> run;
};

std::vector<Target> Targets(Session& session) {
  std::vector<Target> targets;
  targets.push_back({"parse", [] {
                       std::string script = kTables;
                       for (const char* query : kQueries) script += std::string(query) + ";\n";
                       return weir::parse::ParseScript(script).status();
                     }});
  targets.push_back({"csv", [] {
                       return Decode(
                           weir::connectors::CsvFormat(),
                           "1,one,1.25,2026-01-01 10:00:00\n2,\"a \"\"quoted\"\" text, "
                           "longer\",2.50,2026-01-01 10:00:01\n3,,,\n4,x,4,2026-01-02 00:00:00\n");
                     }});
  targets.push_back({"json", [] {
                       return Decode(
                           weir::connectors::JsonFormat(),
                           "{\"a\":1,\"b\":\"one\",\"c\":1.25,\"d\":\"2026-01-01 10:00:00\"}\n"
                           "{\"b\":\"a longer text with \\u00e9\",\"a\":2}\n{\"c\":3}\n");
                     }});
  int number = 0;
  for (const char* query : kQueries) {
    targets.push_back({"plan" + std::to_string(number),
                       [&session, query] { return session.Run(std::string("EXPLAIN ") + query); }});
    targets.push_back(
        {"run" + std::to_string(number), [&session, query] { return session.Run(query); }});
    ++number;
  }
  return targets;
}

// --- the loop ------------------------------------------------------------------------------------

struct Options {
  int64_t most = 200;
  int64_t turn = 0;
  int64_t at = -1;
  std::string target;
};

// The outcome of one run in which the k-th allocation fails; k < 0: none.
Status RunOnce(const Target& target, int64_t k) {
  std::snprintf(current, sizeof(current), "--target %s --at %lld", target.name.c_str(),
                static_cast<long long>(k));
  counted = 0;
  failing = k;
  armed = true;
  Status status = weir::Fenced(target.run);
  armed = false;
  return status;
}

// False when an answer was none of those that there may be.
bool Loop(const Target& target, const Options& options) {
  const Status warm = RunOnce(target, -1);
  const Status clean = RunOnce(target, -1);
  if (!warm.ok() || !clean.ok()) {
    std::printf("%s: fails without any fault: %s\n", target.name.c_str(),
                (warm.ok() ? clean : warm).ToString().c_str());
    return false;
  }
  const int64_t all = counted;
  const int64_t stride = std::max<int64_t>(1, (all + options.most - 1) / options.most);
  std::map<std::string, int> outcomes;
  bool good = true;
  int64_t tried = 0;
  for (int64_t k = 1 + options.turn % stride; k <= all; k += stride) {
    if (options.at >= 0 && k != options.at) continue;
    const Status status = RunOnce(target, options.at >= 0 ? options.at : k);
    ++tried;
    ++outcomes[status.ok() ? "ok" : std::string(status.id())];
    if (status.code() != weir::StatusCode::kInternal) continue;
    std::printf("%s, allocation %lld: %s\n", target.name.c_str(), static_cast<long long>(k),
                status.ToString().c_str());
    good = false;
  }
  std::printf("%s: %lld allocations, %lld tried:", target.name.c_str(), static_cast<long long>(all),
              static_cast<long long>(tried));
  for (const auto& [id, count] : outcomes) std::printf(" %s %d", id.c_str(), count);
  std::printf("\n");
  std::fflush(stdout);
  return good;
}

Options Parse(int argc, char** argv) {
  Options options;
  const char* slice = std::getenv("WEIR_TEST_SLICE");
  if (slice != nullptr && std::string_view(slice) == "full") options.most = INT64_MAX / 2;
  if (const char* turn = std::getenv("WEIR_TEST_TURN")) options.turn = std::atoll(turn);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--most") options.most = std::atoll(argv[i + 1]);
    if (name == "--turn") options.turn = std::atoll(argv[i + 1]);
    if (name == "--at") options.at = std::atoll(argv[i + 1]);
    if (name == "--target") options.target = argv[i + 1];
  }
  if (options.at >= 0) options.most = INT64_MAX / 2;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  for (const int number : {SIGSEGV, SIGABRT, SIGBUS}) ::signal(number, SayWhere);
  Session session;
  bool good = true;
  for (const Target& target : Targets(session)) {
    if (!options.target.empty() && options.target != target.name) continue;
    good = Loop(target, options) && good;
  }
  return good ? 0 : 1;
}
