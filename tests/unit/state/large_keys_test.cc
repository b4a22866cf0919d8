// Keys of map tables with more rows than memory holds: against std::map, through every operation,
// time-to-live, snapshots, restarts, rescales and evictions; and what they take of memory.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/types/string_ref.h"
#include "tests/unit/state/expected_rows.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int64_t kSubKeyTtl = 1'000'000;
constexpr int64_t kLargeKeys = 5;
constexpr int64_t kSubKeys = 1500;

struct LargeKeysCase {
  const char* name;
  bool checkpointing = true;
  int64_t ttl = 0;
  bool text = false;  // sub-keys that rows keep shortened
  uint64_t memory_limit = 256 << 10;
};

std::ostream& operator<<(std::ostream& out, const LargeKeysCase& c) {
  return out << c.name;
}

struct WrittenRow {
  int64_t n = 0;
  int64_t written = 0;
};
using RowsBySubKey = std::map<int64_t, std::map<int64_t, WrittenRow>>;  // key -> sub-key -> row
struct Drawn {
  int64_t key;
  int64_t sub_key;
};

class LargeKeysModelTest : public testing::TestWithParam<LargeKeysCase> {
 protected:
  LargeKeysModelTest()
      : random_(DrawRecordedSeed()),
        job_({.memory_limit = GetParam().memory_limit, .checkpointing = GetParam().checkpointing}) {
    Open();
  }

  // --- the table's side

  void Open() {
    StateSchema schema = TestSchema(StateLayout::kMap, Type::BigInt());
    schema.ttl_millis = GetParam().ttl;
    if (GetParam().text) {
      schema.sub_key = {{"t", Type::String().WithNullable(false)},
                        {"s", Type::BigInt().WithNullable(false)}};
    }
    types_.clear();
    for (const Field& field : schema.sub_key) types_.push_back(field.type);
    tables_.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables_.push_back(Expect(job_.task(t).OpenMap("op", schema)));
    }
  }
  Keys BatchOf(const std::vector<Drawn>& drawn) const {
    std::vector<Value> keys;
    std::vector<Value> texts;
    std::vector<Value> numbers;
    for (const Drawn& one : drawn) {
      keys.push_back(IntValue(one.key));
      // As long as it makes the order of both columns that of the numbers.
      texts.push_back(TextValue(std::string(static_cast<size_t>(one.sub_key / 20), 't')));
      numbers.push_back(IntValue(one.sub_key));
    }
    if (!GetParam().text) return MakeKeys({{Type::BigInt(), keys}, {Type::BigInt(), numbers}});
    return MakeKeys({{Type::BigInt(), keys}, {types_[0], texts}, {types_[1], numbers}});
  }
  std::vector<int> sub_key_columns() const {
    return GetParam().text ? std::vector<int>{1, 2} : std::vector<int>{1};
  }
  int64_t NumberOf(std::string_view sub_key) const {
    return Expect(DecodeKeys({&sub_key, 1}, types_)).back()->ValueAt<int64_t>(0);
  }
  size_t TaskOf(int64_t key) const {
    const Keys one = MakeKeys({{Type::BigInt(), {IntValue(key)}}});
    return SubtaskOfKeyGroup(KeyGroupOf(one.hashes[0], kDefaultMaxParallelism),
                             static_cast<uint32_t>(job_.task_count()), kDefaultMaxParallelism);
  }
  static int64_t NumberIn(MapTable& table, const std::byte* row) {
    const auto n = table.layout().Load<int64_t>(row, 0);
    EXPECT_EQ(table.layout().Load<StringRef>(row, 1).view(), WordOf(n));
    return n;
  }
  void Write(MapTable& table, const Drawn& where, std::byte* row) {
    const auto n = static_cast<int64_t>(random_.Below(1000));
    table.layout().Store<int64_t>(row, 0, n);
    table.SetString(row, 1, WordOf(n));
    model_[where.key][where.sub_key] = {n, job_.clock.millis};
  }

  // --- the model's side

  bool Lives(const WrittenRow& row) const {
    return GetParam().ttl == 0 || job_.clock.millis - row.written < GetParam().ttl;
  }
  // The number of a row; none where there is no row, or no more.
  std::optional<int64_t> Known(const Drawn& where) const {
    const auto key = model_.find(where.key);
    if (key == model_.end()) return std::nullopt;
    const auto row = key->second.find(where.sub_key);
    if (row == key->second.end() || !Lives(row->second)) return std::nullopt;
    return row->second.n;
  }
  std::map<int64_t, int64_t> RowsOf(int64_t key) const {
    std::map<int64_t, int64_t> rows;
    const auto known = model_.find(key);
    if (known == model_.end()) return rows;
    for (const auto& [sub_key, row] : known->second) {
      if (Lives(row)) rows.emplace(sub_key, row.n);
    }
    return rows;
  }
  // Half of them of the first key.
  int64_t DrawKey() {
    return random_.Below(2) == 0 ? 0 : static_cast<int64_t>(random_.Below(kLargeKeys));
  }
  std::map<size_t, std::vector<Drawn>> Draw() {
    std::map<size_t, std::vector<Drawn>> drawn;
    const uint64_t count = 1 + random_.Below(120);
    for (uint64_t i = 0; i < count; ++i) {
      const int64_t key = DrawKey();
      drawn[TaskOf(key)].push_back({key, static_cast<int64_t>(random_.Below(kSubKeys))});
    }
    return drawn;
  }

  // --- one operation each

  void FindOrCreate(MapTable& table, const std::vector<Drawn>& drawn) {
    const Keys batch = BatchOf(drawn);
    std::vector<std::byte*> rows(drawn.size());
    std::vector<uint8_t> created(drawn.size());
    ASSERT_OK(table.FindOrCreate(batch.view(), sub_key_columns(), rows.data(), created.data()));
    for (size_t i = 0; i < drawn.size(); ++i) {
      const std::optional<int64_t> known = Known(drawn[i]);
      ASSERT_EQ(created[i] == 0, known.has_value()) << drawn[i].key << " " << drawn[i].sub_key;
      if (known) {
        ASSERT_EQ(NumberIn(table, rows[i]), *known);
      }
      Write(table, drawn[i], rows[i]);
    }
  }
  void Find(MapTable& table, const std::vector<Drawn>& drawn, bool erase) {
    const Keys batch = BatchOf(drawn);
    std::vector<std::byte*> rows(drawn.size());
    ASSERT_OK(table.Find(batch.view(), sub_key_columns(), rows.data()));
    std::vector<std::byte*> erased;
    for (size_t i = 0; i < drawn.size(); ++i) {
      const std::optional<int64_t> known = Known(drawn[i]);
      ASSERT_EQ(rows[i] != nullptr, known.has_value()) << drawn[i].key << " " << drawn[i].sub_key;
      if (!known) continue;
      ASSERT_EQ(NumberIn(table, rows[i]), *known);
      erased.push_back(rows[i]);
    }
    if (!erase) return;
    table.Erase(erased);
    for (const Drawn& one : drawn) {
      if (Known(one)) model_[one.key].erase(one.sub_key);
    }
  }
  void LookAtOrder(MapTable& table, const std::vector<Drawn>& drawn) {
    const bool greatest = random_.Below(2) == 0;
    std::vector<std::optional<std::string_view>> edges;
    ASSERT_OK(table.EdgeSubKeys(BatchOf(drawn).view(), greatest, edges));
    for (size_t i = 0; i < drawn.size(); ++i) {
      const std::map<int64_t, int64_t> rows = RowsOf(drawn[i].key);
      ASSERT_EQ(edges[i].has_value(), !rows.empty());
      if (rows.empty()) continue;
      ASSERT_EQ(NumberOf(*edges[i]), greatest ? rows.rbegin()->first : rows.begin()->first);
    }
    std::string canonical;
    AppendKey(MakeKeys({{Type::BigInt(), {IntValue(drawn[0].key)}}}).batch.columns, 0, canonical);
    // Some of the first ones, or all.
    const std::map<int64_t, int64_t> rows = RowsOf(drawn[0].key);
    const size_t few = 1 + random_.Below(300);
    const size_t most = random_.Below(4) == 0 ? SIZE_MAX : few;
    std::vector<std::pair<int64_t, int64_t>> visited;
    ASSERT_OK(table.VisitKey(canonical, greatest, [&](std::string_view sub_key, std::byte* row) {
      visited.emplace_back(NumberOf(sub_key), NumberIn(table, row));
      return visited.size() < most;
    }));
    std::vector<std::pair<int64_t, int64_t>> expected(rows.begin(), rows.end());
    if (greatest) std::reverse(expected.begin(), expected.end());
    expected.resize(std::min(expected.size(), most));
    ASSERT_EQ(visited, expected);
  }
  void LookAtGreatest(MapTable& table, const std::vector<Drawn>& drawn) {
    std::vector<uint64_t> most(drawn.size());
    ASSERT_OK(table.CountRows(BatchOf(drawn).view(), most.data()));
    for (size_t i = 0; i < drawn.size(); ++i) {
      ASSERT_EQ(most[i], RowsOf(drawn[i].key).size());
      most[i] = random_.Below(most[i] + 3);
    }
    ASSERT_OK(table.ProbeGreatest(BatchOf(drawn).view(), most));
    std::vector<std::vector<int64_t>> found(drawn.size());
    MatchRun run;
    while (table.NextMatches(run)) {
      for (size_t i = 0; i < run.rows.size(); ++i) {
        found[run.probes[i]].push_back(NumberIn(table, run.rows[i]));
      }
    }
    for (size_t i = 0; i < drawn.size(); ++i) {
      std::vector<int64_t> expected;
      for (const auto& [sub_key, n] : RowsOf(drawn[i].key)) expected.push_back(n);
      const size_t left_out = expected.size() - std::min<size_t>(expected.size(), most[i]);
      expected.erase(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(left_out));
      ASSERT_EQ(found[i], expected) << "key " << drawn[i].key;
    }
  }
  // All rows of the keys; some are changed, and those that were drawn and are not there are added.
  void Probe(MapTable& table, const std::vector<Drawn>& drawn) {
    std::map<int64_t, std::set<int64_t>> wanted;  // key -> sub-keys
    for (const Drawn& one : drawn) wanted[one.key].insert(one.sub_key);
    std::vector<Drawn> keys;
    for (const auto& [key, sub_keys] : wanted) keys.push_back({key, 0});
    const bool ordered = random_.Below(2) == 0;
    const Keys probing = BatchOf(keys);
    ASSERT_OK(ordered ? table.Probe(probing.view()) : table.ProbeUnordered(probing.view()));
    std::vector<std::vector<int64_t>> found(keys.size());
    MatchRun run;
    while (table.NextMatches(run)) {
      for (size_t i = 0; i < run.rows.size(); ++i) {
        found[run.probes[i]].push_back(NumberIn(table, run.rows[i]));
      }
    }
    std::vector<uint32_t> probes;
    std::vector<Drawn> added;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      std::vector<int64_t> expected;
      for (const auto& [sub_key, n] : RowsOf(keys[i].key)) expected.push_back(n);
      if (!ordered) {
        std::sort(expected.begin(), expected.end());
        std::sort(found[i].begin(), found[i].end());
      }
      ASSERT_EQ(found[i], expected) << "key " << keys[i].key;
      for (const int64_t sub_key : wanted[keys[i].key]) {
        if (Known({keys[i].key, sub_key})) continue;
        probes.push_back(i);
        added.push_back({keys[i].key, sub_key});
      }
    }
    std::vector<std::byte*> rows(added.size());
    table.Add(probes, BatchOf(added).batch, sub_key_columns(), rows.data());
    for (size_t i = 0; i < added.size(); ++i) Write(table, added[i], rows[i]);
  }
  void EraseKeys(MapTable& table, const std::vector<Drawn>& drawn) {
    ASSERT_OK(table.EraseKeys(BatchOf({drawn[0]}).view()));
    model_.erase(drawn[0].key);
  }
  void Scan() {
    std::multiset<std::pair<int64_t, int64_t>> seen;
    for (MapTable* table : tables_) {
      ASSERT_OK(table->Scan([&](const ScannedRows& run) -> Status {
        const auto keys = Expect(DecodeKeys(run.keys, std::vector<Type>{Type::BigInt()}));
        for (uint32_t i = 0; i < run.rows.size(); ++i) {
          seen.emplace(keys[0]->ValueAt<int64_t>(i), NumberIn(*table, run.rows[i]));
        }
        return {};
      }));
    }
    std::multiset<std::pair<int64_t, int64_t>> expected;
    for (const auto& [key, rows] : model_) {
      for (const auto& [sub_key, row] : rows) {
        if (Lives(row)) expected.emplace(key, row.n);
      }
    }
    ASSERT_EQ(seen, expected);
  }
  void Step(MapTable& table, const std::vector<Drawn>& drawn) {
    switch (random_.Below(28)) {
      case 0:
        if (GetParam().ttl == 0) LookAtGreatest(table, drawn);
        return;
      case 1:
        return Probe(table, drawn);
      case 2:
      case 24:
      case 25:
      case 26:
      case 27:
        return LookAtOrder(table, drawn);
      case 3:
        if (random_.Below(6) == 0) EraseKeys(table, drawn);
        return;
      case 4:
      case 5:
      case 6:
      case 7:
        return Find(table, drawn, true);
      case 8:
      case 9:
      case 10:
        return Find(table, drawn, false);
      default:
        return FindOrCreate(table, drawn);
    }
  }

  // --- the life of the job

  void CountRows() {
    uint64_t expected = 0;
    for (const auto& [key, rows] : model_) expected += rows.size();
    uint64_t rows = 0;
    StateStatistics now;
    for (size_t t = 0; t < job_.task_count(); ++t) {
      rows += tables_[t]->row_count();
      const StateStatistics one = job_.task(t).statistics("op");
      now.disk_reads += one.disk_reads;
      now.evictions += one.evictions;
    }
    disk_reads_ = std::max(disk_reads_, now.disk_reads);
    evictions_ = std::max(evictions_, now.evictions);
    if (GetParam().ttl == 0) {
      ASSERT_EQ(rows, expected);
    }
  }
  void Disturb() {
    const uint64_t turn = random_.Below(30);
    if (turn < 15) {
      for (size_t t = 0; t < job_.task_count(); ++t) ASSERT_OK(job_.task(t).Tidy());
    }
    if (GetParam().ttl > 0)
      job_.clock.millis += static_cast<int64_t>(random_.Below(kSubKeyTtl / 40));
    if (!GetParam().checkpointing) return;
    if (turn == 20 && !copying_) {
      id_ = Expect(job_.storage().NextCheckpointId());
      for (size_t t = 0; t < job_.task_count(); ++t) ASSERT_OK(job_.task(t).BeginSnapshot(id_));
      copying_ = true;
      at_barrier_ = model_;
    } else if (turn < 23 && copying_) {
      std::vector<std::unique_ptr<EpochPart>> parts;
      for (size_t t = 0; t < job_.task_count(); ++t) {
        parts.push_back(Expect(job_.task(t).ContinueSnapshot(std::chrono::nanoseconds::max())));
      }
      copying_ = false;
      job_.Complete(id_, std::move(parts));
      completed_ = at_barrier_;
    } else if (turn == 29 && completed_) {
      Restart();
    }
  }
  void Restart() {
    CheckpointMetadata latest = job_.LoadLatest();
    copying_ = false;
    job_.Stop();
    job_.options().parallelism = 1 + static_cast<uint32_t>(random_.Below(3));
    job_.Start(std::move(latest));
    Open();
    model_ = *completed_;
    ++restores_;
  }

  bool MetAll() const {
    return disk_reads_ > 0 && evictions_ > 0 && (!GetParam().checkpointing || restores_ > 0);
  }

  Random random_;
  Job job_;
  std::vector<Type> types_;
  std::vector<MapTable*> tables_;
  RowsBySubKey model_;
  RowsBySubKey at_barrier_;
  std::optional<RowsBySubKey> completed_;
  bool copying_ = false;
  uint64_t id_ = 0;
  int restores_ = 0;
  uint64_t disk_reads_ = 0;
  uint64_t evictions_ = 0;
};

TEST_P(LargeKeysModelTest, AsAMapOfMaps) {
  // Where rows expire, some seeds have few at a time: such a run goes on until some were evicted.
  for (int step = 0; step < 700 || (!MetAll() && step < 7000); ++step) {
    SCOPED_TRACE(step);
    for (const auto& [task, drawn] : Draw()) {
      Step(*tables_[task], drawn);
      if (HasFatalFailure()) return;
    }
    if (step % 50 == 49) Scan();
    CountRows();
    Disturb();
    if (HasFatalFailure()) return;
  }
  std::printf("restores %d, disk reads %llu, evictions %llu\n", restores_,
              static_cast<unsigned long long>(disk_reads_),
              static_cast<unsigned long long>(evictions_));
  EXPECT_TRUE(MetAll());
}

INSTANTIATE_TEST_SUITE_P(
    Backends, LargeKeysModelTest,
    testing::Values(LargeKeysCase{.name = "checkpoints"},
                    LargeKeysCase{.name = "noCheckpoints", .checkpointing = false},
                    LargeKeysCase{.name = "mortal", .ttl = kSubKeyTtl},
                    LargeKeysCase{.name = "text", .text = true},
                    LargeKeysCase{.name = "mortalText",
                                  .checkpointing = false,
                                  .ttl = kSubKeyTtl,
                                  .text = true},
                    LargeKeysCase{.name = "veryLittle", .memory_limit = 48 << 10}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

class LargeKeyTest : public testing::Test {
 protected:
  static constexpr uint64_t kLimit = 1 << 20;
  static constexpr int64_t kRows = 40'000;  // five times what the limit has room for
  static constexpr int64_t kBatch = 500;

  LargeKeyTest()
      : job_({.memory_limit = kLimit, .checkpointing = false, .least_spill_bytes = 1 << 12}),
        table_(*Expect(job_.task().OpenMap("op", TestSchema(StateLayout::kMap, Type::BigInt())))) {}

  // How many of the sub-keys of the only key were new.
  int64_t Put(int64_t first) {
    std::vector<Value> sub_keys;
    for (int64_t s = first; s < first + kBatch; ++s) sub_keys.push_back(IntValue(s));
    const std::vector<Value> keys(kBatch, IntValue(1));
    const Keys batch = MakeKeys({{Type::BigInt(), keys}, {Type::BigInt(), sub_keys}});
    std::vector<std::byte*> rows(kBatch);
    std::vector<uint8_t> created(kBatch);
    const std::vector<int> sub_key{1};
    EXPECT_TRUE(table_.FindOrCreate(batch.view(), sub_key, rows.data(), created.data()).ok());
    EXPECT_TRUE(job_.task().Tidy().ok());
    return std::ranges::count(created, 1);
  }
  size_t Probe() {
    EXPECT_TRUE(table_.ProbeUnordered(MakeKeys({{Type::BigInt(), {IntValue(1)}}}).view()).ok());
    size_t rows = 0;
    while (table_.NextMatches(run_)) rows += run_.rows.size();
    return rows;
  }
  // The sub-keys of the first rows from one end.
  std::vector<int64_t> Ends(bool greatest, size_t most) {
    std::string canonical;
    AppendKey(MakeKeys({{Type::BigInt(), {IntValue(1)}}}).batch.columns, 0, canonical);
    std::vector<int64_t> found;
    const auto visit = [&](std::string_view sub_key, std::byte*) {
      found.push_back(NumberOf(sub_key));
      return found.size() < most;
    };
    EXPECT_TRUE(table_.VisitKey(canonical, greatest, visit).ok());
    return found;
  }
  std::optional<int64_t> Edge(bool greatest) {
    std::vector<std::optional<std::string_view>> edges;
    const Keys key = MakeKeys({{Type::BigInt(), {IntValue(1)}}});
    EXPECT_TRUE(table_.EdgeSubKeys(key.view(), greatest, edges).ok());
    return edges[0] ? std::optional(NumberOf(*edges[0])) : std::nullopt;
  }
  static int64_t NumberOf(std::string_view sub_key) {
    return Expect(DecodeKeys({&sub_key, 1}, std::vector<Type>{Type::BigInt()}))[0]
        ->ValueAt<int64_t>(0);
  }
  StateStatistics Figures() { return job_.task().statistics("op"); }

  Job job_;
  MapTable& table_;
  MatchRun run_;
};

TEST_F(LargeKeyTest, LeavesMemoryRowByRow) {
  for (int64_t s = 0; s < kRows; s += kBatch) {
    EXPECT_EQ(Put(s), kBatch);
    EXPECT_LE(Figures().memory_bytes, kLimit + kLimit / 4);
  }
  EXPECT_EQ(Figures().disk_reads, 0U);  // what never was is not looked for, or not found
  for (int64_t s = 0; s < kRows; s += kBatch) {
    EXPECT_EQ(Put(s), 0);
    EXPECT_LE(Figures().memory_bytes, kLimit + kLimit / 4);
  }
  EXPECT_LE(Figures().disk_reads, static_cast<uint64_t>(kRows));
}

TEST_F(LargeKeyTest, ItsEndsAreReadAlone) {
  for (int64_t s = 0; s < kRows; s += kBatch) {
    Put(s);
    EXPECT_EQ(Edge(false), 0);
    EXPECT_EQ(Edge(true), s + kBatch - 1);
    EXPECT_EQ(Ends(false, 3), (std::vector<int64_t>{0, 1, 2}));
    EXPECT_LE(Figures().memory_bytes, kLimit + kLimit / 4);
  }
  // A few hundred are read at a time, and again when some of them had to go meanwhile.
  EXPECT_LT(Figures().disk_reads, static_cast<uint64_t>(kRows));
  const uint64_t reads = Figures().disk_reads;
  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(Ends(true, 3), (std::vector<int64_t>{kRows - 1, kRows - 2, kRows - 3}));
    EXPECT_EQ(Ends(false, 3), (std::vector<int64_t>{0, 1, 2}));
  }
  EXPECT_LE(Figures().disk_reads, reads + 1000);
  EXPECT_EQ(Ends(true, SIZE_MAX).size(), static_cast<size_t>(kRows));
}

TEST_F(LargeKeyTest, StaysWhereAllItsRowsAreAskedFor) {
  for (int64_t s = 0; s < kRows; s += kBatch) Put(s);
  EXPECT_EQ(Probe(), static_cast<size_t>(kRows));
  const uint64_t reads = Figures().disk_reads;
  EXPECT_GT(reads, 0U);
  for (int64_t round = 1; round <= 20; ++round) {
    EXPECT_EQ(Put(kRows * round), kBatch);
    EXPECT_EQ(Probe(), static_cast<size_t>(kRows + kBatch * round));
  }
  EXPECT_EQ(Figures().disk_reads, reads);
}

}  // namespace
}  // namespace weir::state
