// Joins' use of lists and maps: append without reading, probe by the batch. Against std::multimap,
// over both backends, with eviction, checkpoints, restores and rescales in between.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/types/string_ref.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using MatchedRow = std::pair<int64_t, std::string>;
using RowsToMatch = std::multimap<int64_t, MatchedRow>;

struct ProbeCase {
  const char* name;
  bool memory_backend;
  uint64_t memory_limit;
  bool checkpointing = true;
};

std::ostream& operator<<(std::ostream& out, const ProbeCase& c) {
  return out << c.name;
}

// Every fifth is NULL, every third too long to lie inside a row.
Value NullableText(int64_t n) {
  if (n % 5 == 0) return Value::Null(Type::String());
  return TextValue((n % 3 == 0 ? "a text that lies outside of the row " : "t") + std::to_string(n));
}
MatchedRow RowFor(int64_t n) {
  const Value text = NullableText(n);
  return {n, text.is_null() ? "NULL" : text.get<std::string>()};
}
MatchedRow ReadMatch(const RowLayout& layout, const std::byte* row) {
  return {layout.Load<int64_t>(row, 0),
          layout.IsNull(row, 1) ? "NULL" : layout.Load<StringRef>(row, 1).str()};
}

Keys ProbingRows(const std::vector<int64_t>& keys, const std::vector<int64_t>& numbers) {
  std::vector<Value> k;
  std::vector<Value> n;
  std::vector<Value> t;
  for (size_t i = 0; i < keys.size(); ++i) {
    k.push_back(keys[i] == 0 ? Value::Null(Type::BigInt()) : IntValue(keys[i]));
    n.push_back(IntValue(numbers[i]));
    t.push_back(NullableText(numbers[i]));
  }
  return MakeKeys({{Type::BigInt(), k}, {Type::BigInt(), n}, {Type::String(), t}});
}
std::vector<int64_t> Distinct(const std::vector<int64_t>& drawn) {
  const std::set<int64_t> unique(drawn.begin(), drawn.end());
  return {unique.begin(), unique.end()};
}

Keys ProbingRows(const std::vector<int64_t>& keys) {
  return ProbingRows(keys, std::vector<int64_t>(keys.size(), 1));
}

// All matches of a probe, by probing row.
template <typename Table>
std::vector<std::vector<MatchedRow>> RowMatches(Table& table, const Keys& batch, MatchRun& run) {
  std::vector<std::vector<MatchedRow>> matches(batch.batch.row_count);
  EXPECT_TRUE(table.Probe(batch.view()).ok());
  uint32_t last = 0;
  while (table.NextMatches(run)) {
    EXPECT_EQ(run.probes.size(), run.rows.size());
    EXPECT_LE(run.rows.size(), MatchRun::kRows);
    for (size_t i = 0; i < run.rows.size(); ++i) {
      EXPECT_GE(run.probes[i], last);
      last = run.probes[i];
      matches[last].push_back(ReadMatch(table.layout(), run.rows[i]));
    }
  }
  EXPECT_FALSE(table.NextMatches(run));
  return matches;
}

class ProbeTest : public testing::TestWithParam<ProbeCase> {
 protected:
  ProbeTest()
      : random_(SeedOf(7)),
        job_({GetParam().memory_backend, GetParam().memory_limit, GetParam().checkpointing, 1}) {}

  size_t TaskOf(int64_t k) {
    const Keys one = ProbingRows({k});
    return SubtaskOfKeyGroup(KeyGroupOf(one.hashes[0], kDefaultMaxParallelism),
                             job_.options().parallelism, kDefaultMaxParallelism);
  }
  std::map<size_t, std::vector<int64_t>> DrawByTask(int64_t range) {
    std::map<size_t, std::vector<int64_t>> drawn;
    const uint64_t count = 1 + random_.Below(80);
    for (uint64_t i = 0; i < count; ++i) {
      const auto k = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(range)));
      drawn[TaskOf(k)].push_back(k);
    }
    return drawn;
  }
  std::vector<MapTable*> OpenMaps() {
    std::vector<MapTable*> maps;
    for (size_t t = 0; t < job_.task_count(); ++t) {
      maps.push_back(
          Expect(job_.task(t).OpenMap("op", TestSchema(StateLayout::kMap, Type::BigInt()))));
    }
    return maps;
  }
  // The figures of all tasks since the last start.
  StateStatistics Sum() {
    StateStatistics sum;
    for (size_t t = 0; t < job_.task_count(); ++t) {
      const StateStatistics one = job_.task(t).statistics("op");
      sum.disk_reads += one.disk_reads;
      sum.evictions += one.evictions;
      sum.rows += one.rows;
    }
    return sum;
  }
  // Now and then a checkpoint, whose rows are copied while work goes on; sometimes a crash after
  // it, and a restart with another parallelism from it.
  template <typename Reopen>
  void Disturb(RowsToMatch& model, const Reopen& reopen) {
    for (size_t t = 0; t < job_.task_count(); ++t) ASSERT_OK(job_.task(t).Tidy());
    if (!GetParam().checkpointing) return;
    const uint64_t turn = random_.Below(12);
    if (turn < 3 && copying_.empty()) {
      at_barrier_ = model;
      for (size_t t = 0; t < job_.task_count(); ++t) {
        ASSERT_OK(job_.task(t).BeginSnapshot(id_));
        copying_.push_back(t);
      }
    } else if (turn < 6 && !copying_.empty()) {
      for (const size_t t : copying_) {
        parts_.push_back(Expect(job_.task(t).ContinueSnapshot(std::chrono::nanoseconds::max())));
      }
      copying_.clear();
      job_.Complete(id_++, std::exchange(parts_, {}));
      completed_ = at_barrier_;
    } else if (turn == 6 && completed_) {
      const StateStatistics now = Sum();
      reads_ += now.disk_reads;
      evictions_ += now.evictions;
      CheckpointMetadata latest = job_.LoadLatest();
      job_.Stop();
      copying_.clear();
      parts_.clear();
      job_.options().parallelism = 1 + static_cast<uint32_t>(random_.Below(3));
      job_.Start(std::move(latest));
      id_ = Expect(job_.storage().NextCheckpointId());
      model = *completed_;
      reopen();
      ++restores_;
    } else if (!copying_.empty()) {  // a little of it
      for (size_t& t : copying_) {
        auto part = Expect(job_.task(t).ContinueSnapshot(std::chrono::nanoseconds(1)));
        if (part == nullptr) continue;
        parts_.push_back(std::move(part));
        t = SIZE_MAX;
      }
      std::erase(copying_, SIZE_MAX);
      if (!copying_.empty()) return;
      job_.Complete(id_++, std::exchange(parts_, {}));
      completed_ = at_barrier_;
    }
  }
  void Finish() {
    const StateStatistics now = Sum();
    EXPECT_TRUE(!GetParam().checkpointing || restores_ > 0);
    if (GetParam().memory_limit > 0) {
      EXPECT_GT(reads_ + now.disk_reads, 0U);
      EXPECT_GT(evictions_ + now.evictions, 0U);
    }
  }

  Random random_;
  Job job_;
  MatchRun run_;
  uint64_t id_ = 1;
  std::vector<size_t> copying_;
  std::vector<std::unique_ptr<EpochPart>> parts_;
  RowsToMatch at_barrier_;
  std::optional<RowsToMatch> completed_;
  int restores_ = 0;
  uint64_t reads_ = 0;
  uint64_t evictions_ = 0;
};

TEST_P(ProbeTest, ListsAsAMultimap) {
  RowsToMatch model;
  std::vector<ListTable*> tables;
  const auto open = [&] {
    tables.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      tables.push_back(
          Expect(job_.task(t).OpenList("op", TestSchema(StateLayout::kList, Type::BigInt()))));
    }
  };
  open();
  const std::vector<int> values{1, 2};
  for (int step = 0; step < 250; ++step) {
    for (const auto& [task, keys] : DrawByTask(250)) {
      ListTable& table = *tables[task];
      std::vector<int64_t> numbers;
      for (size_t i = 0; i < keys.size(); ++i) {
        numbers.push_back(static_cast<int64_t>(random_.Below(7)));
      }
      const Keys batch = ProbingRows(keys, numbers);
      const uint64_t action = random_.Below(8);
      if (action < 4) {
        ASSERT_OK(table.Append(batch.view(), values));
        for (size_t i = 0; i < keys.size(); ++i) model.emplace(keys[i], RowFor(numbers[i]));
      } else if (action < 6) {
        const auto matches = RowMatches(table, batch, run_);
        for (size_t i = 0; i < keys.size(); ++i) {
          std::vector<MatchedRow> expected;
          for (auto [at, end] = model.equal_range(keys[i]); at != end; ++at) {
            expected.push_back(at->second);
          }
          ASSERT_EQ(matches[i], expected) << "key " << keys[i] << " step " << step;
        }
      } else if (action == 6) {
        std::vector<uint8_t> found(keys.size());
        ASSERT_OK(table.RemoveOne(batch.view(), values, found.data()));
        for (size_t i = 0; i < keys.size(); ++i) {
          auto [at, end] = model.equal_range(keys[i]);
          while (at != end && at->second != RowFor(numbers[i])) ++at;
          ASSERT_EQ(found[i] != 0, at != end) << "step " << step;
          if (at != end) model.erase(at);
        }
      } else if (random_.Below(4) == 0) {
        ASSERT_OK(table.EraseKeys(batch.view()));
        for (const int64_t k : keys) model.erase(k);
      }
    }
    ASSERT_EQ(Sum().rows, model.size()) << "step " << step;
    Disturb(model, open);
    if (HasFatalFailure()) return;
  }
  Finish();
}

// Rows are changed where they lie, by pointers that a probe gave.
TEST_P(ProbeTest, RowsOfAProbeMayBeChanged) {
  RowsToMatch model;
  std::vector<ListTable*> lists;
  std::vector<MapTable*> maps;
  StateSchema map_schema = TestSchema(StateLayout::kMap, Type::BigInt());
  map_schema.name = "map";
  const auto open = [&] {
    lists.clear();
    maps.clear();
    for (size_t t = 0; t < job_.task_count(); ++t) {
      lists.push_back(
          Expect(job_.task(t).OpenList("op", TestSchema(StateLayout::kList, Type::BigInt()))));
      maps.push_back(Expect(job_.task(t).OpenMap("op", map_schema)));
    }
  };
  open();
  const std::vector<int> number{1};
  int64_t next = 1;
  for (int step = 0; step < 250; ++step) {
    for (const auto& [task, keys] : DrawByTask(120)) {
      ListTable& list = *lists[task];
      MapTable& map = *maps[task];
      if (random_.Below(2) == 0) {  // the same rows into both: a list's text stays empty
        std::vector<int64_t> numbers;
        for (size_t i = 0; i < keys.size(); ++i) numbers.push_back(next++);
        const Keys batch = ProbingRows(keys, numbers);
        ASSERT_OK(list.Append(batch.view(), number));
        std::vector<std::byte*> rows(keys.size());
        std::vector<uint8_t> created(keys.size());
        ASSERT_OK(map.FindOrCreate(batch.view(), number, rows.data(), created.data()));
        for (size_t i = 0; i < keys.size(); ++i) {
          ASSERT_EQ(created[i], 1);
          map.layout().Store<int64_t>(rows[i], 0, numbers[i]);
          model.emplace(keys[i], MatchedRow(numbers[i], ""));
        }
        continue;
      }
      const std::vector<int64_t> probed = Distinct(keys);
      const Keys batch = ProbingRows(probed);
      const int64_t add = static_cast<int64_t>(random_.Below(1000)) * 1'000'000;
      for (const int64_t k : probed) {
        for (auto [at, end] = model.equal_range(k); at != end; ++at) at->second.first += add;
      }
      const auto change = [&](auto& table) {
        std::map<int64_t, size_t> seen;
        ASSERT_OK(table.Probe(batch.view()));
        while (table.NextMatches(run_)) {
          for (size_t i = 0; i < run_.rows.size(); ++i) {
            const RowLayout& layout = table.layout();
            const int64_t n = layout.template Load<int64_t>(run_.rows[i], 0) + add;
            layout.template Store<int64_t>(run_.rows[i], 0, n);
            const int64_t k = probed[run_.probes[i]];
            auto at = model.lower_bound(k);
            std::advance(at, static_cast<ptrdiff_t>(seen[k]++));
            ASSERT_EQ(at->first, k) << "step " << step;
            ASSERT_EQ(at->second.first, n) << "key " << k << " step " << step;
          }
          table.MarkChanged(run_.rows);
        }
        for (const int64_t k : probed) ASSERT_EQ(seen[k], model.count(k));
      };
      change(list);
      change(map);
      if (HasFatalFailure()) return;
    }
    Disturb(model, open);
    if (HasFatalFailure()) return;
  }
  Finish();
}

// The rows of a key in no order, whatever holds them: few, many, in order or not, from disk.
TEST_P(ProbeTest, UnorderedGivesTheSameRows) {
  RowsToMatch model;
  std::vector<MapTable*> maps;
  const auto open = [&] { maps = OpenMaps(); };
  open();
  int64_t next = 1;
  for (int step = 0; step < 200; ++step) {
    for (const auto& [task, keys] : DrawByTask(250)) {
      MapTable& map = *maps[task];
      std::vector<int64_t> numbers;
      for (size_t i = 0; i < keys.size(); ++i) numbers.push_back(next++);
      const Keys added = ProbingRows(keys, numbers);
      std::vector<std::byte*> rows(keys.size());
      std::vector<uint8_t> created(keys.size());
      ASSERT_OK(map.FindOrCreate(added.view(), std::vector<int>{1}, rows.data(), created.data()));
      for (size_t i = 0; i < keys.size(); ++i) {
        map.layout().Store<int64_t>(rows[i], 0, numbers[i]);
        model.emplace(keys[i], MatchedRow(numbers[i], ""));
      }
      const bool ordered = random_.Below(20) == 0;
      ASSERT_OK(ordered ? map.Probe(added.view()) : map.ProbeUnordered(added.view()));
      std::vector<std::multiset<int64_t>> found(keys.size());
      while (map.NextMatches(run_)) {
        for (size_t i = 0; i < run_.rows.size(); ++i) {
          found[run_.probes[i]].insert(map.layout().Load<int64_t>(run_.rows[i], 0));
        }
      }
      for (size_t i = 0; i < keys.size(); ++i) {
        std::multiset<int64_t> expected;
        const auto [begin, end] = model.equal_range(keys[i]);
        for (auto at = begin; at != end; ++at) expected.insert(at->second.first);
        ASSERT_EQ(found[i], expected) << "key " << keys[i] << " step " << step;
      }
    }
    Disturb(model, open);
    if (HasFatalFailure()) return;
  }
  Finish();
}

// Keys of a probe, with rows or without, get more of them; the probe's own rows stay where they
// are.
TEST_P(ProbeTest, RowsMayBeAddedToAProbe) {
  constexpr int64_t kChange = 1'000'000;  // of a row's number, which begins as its sub-key
  RowsToMatch model;
  std::vector<MapTable*> maps;
  const auto open = [&] { maps = OpenMaps(); };
  open();
  const std::vector<int> number{1};
  for (int step = 0; step < 250; ++step) {
    for (const auto& [task, drawn] : DrawByTask(250)) {
      MapTable& map = *maps[task];
      const std::vector<int64_t> keys = Distinct(drawn);
      const Keys batch = ProbingRows(keys);
      std::vector<std::byte*> known;
      ASSERT_OK(map.Probe(batch.view()));
      while (map.NextMatches(run_)) known.insert(known.end(), run_.rows.begin(), run_.rows.end());
      std::vector<uint32_t> probes;
      std::vector<int64_t> numbers;
      for (uint32_t i = 0; i < keys.size(); ++i) {
        const auto candidate = static_cast<int64_t>(random_.Below(60));
        const auto [begin, end] = model.equal_range(keys[i]);
        const auto same = [&](const auto& row) { return row.second.first % kChange == candidate; };
        if (std::any_of(begin, end, same)) continue;
        probes.push_back(i);
        numbers.push_back(candidate);
      }
      const Keys added = ProbingRows(numbers, numbers);
      std::vector<std::byte*> rows(probes.size());
      map.Add(probes, added.batch, number, rows.data());
      const int64_t change = static_cast<int64_t>(random_.Below(1000)) * kChange;
      map.MarkChanged(known);
      for (std::byte* row : known) {
        map.layout().Store<int64_t>(row, 0, map.layout().Load<int64_t>(row, 0) + change);
      }
      for (const int64_t k : keys) {
        for (auto [at, end] = model.equal_range(k); at != end; ++at) at->second.first += change;
      }
      for (size_t i = 0; i < probes.size(); ++i) {
        ASSERT_EQ(map.layout().Load<int64_t>(rows[i], 0), 0);
        map.layout().Store<int64_t>(rows[i], 0, numbers[i]);
        model.emplace(keys[probes[i]], MatchedRow(numbers[i], ""));
      }
      const auto matches = RowMatches(map, batch, run_);
      for (size_t i = 0; i < keys.size(); ++i) {
        std::vector<MatchedRow> expected;
        for (auto [at, end] = model.equal_range(keys[i]); at != end; ++at) {
          expected.push_back(at->second);
        }
        ASSERT_THAT(matches[i], testing::UnorderedElementsAreArray(expected)) << "step " << step;
      }
      if (random_.Below(12) > 0) continue;
      ASSERT_OK(map.EraseKeys(batch.view()));  // some come back: their tombstones are revived
      for (const int64_t k : keys) model.erase(k);
    }
    ASSERT_EQ(Sum().rows, model.size()) << "step " << step;
    Disturb(model, open);
    if (HasFatalFailure()) return;
  }
  Finish();
}

// As Top-N does: how many a key has, its greatest ones, some that come and some that go.
TEST_P(ProbeTest, TheGreatestRowsOfAKey) {
  RowsToMatch model;
  std::vector<MapTable*> maps;
  const auto open = [&] { maps = OpenMaps(); };
  open();
  const std::vector<int> number{1};
  for (int step = 0; step < 250; ++step) {
    for (const auto& [task, drawn] : DrawByTask(40)) {
      MapTable& map = *maps[task];
      const std::vector<int64_t> keys = Distinct(drawn);
      const Keys batch = ProbingRows(keys);
      std::vector<uint64_t> counts(keys.size());
      ASSERT_OK(map.CountRows(batch.view(), counts.data()));
      std::vector<uint64_t> most(keys.size());
      for (uint64_t& m : most) m = random_.Below(2) * random_.Below(12);
      ASSERT_OK(map.ProbeGreatest(batch.view(), most));
      std::vector<std::vector<int64_t>> found(keys.size());
      std::vector<std::byte*> gone;
      while (map.NextMatches(run_)) {
        for (size_t i = 0; i < run_.rows.size(); ++i) {
          const auto n = map.layout().Load<int64_t>(run_.rows[i], 0);
          found[run_.probes[i]].push_back(n);
          if (n % 3 == 0) gone.push_back(run_.rows[i]);
        }
      }
      std::vector<uint32_t> probes;
      std::vector<int64_t> numbers;
      for (uint32_t i = 0; i < keys.size(); ++i) {
        std::set<int64_t> known;
        const auto [begin, end] = model.equal_range(keys[i]);
        for (auto at = begin; at != end; ++at) known.insert(at->second.first);
        ASSERT_EQ(counts[i], known.size()) << "key " << keys[i] << " step " << step;
        const size_t skipped = known.size() - std::min<size_t>(most[i], known.size());
        const std::vector<int64_t> expected(
            std::next(known.begin(), static_cast<std::ptrdiff_t>(skipped)), known.end());
        ASSERT_EQ(found[i], expected) << "key " << keys[i] << " step " << step;
        const auto candidate = static_cast<int64_t>(random_.Below(200));
        if (known.contains(candidate)) continue;
        probes.push_back(i);
        numbers.push_back(candidate);
      }
      const Keys added = ProbingRows(numbers, numbers);
      std::vector<std::byte*> rows(probes.size());
      map.Add(probes, added.batch, number, rows.data());
      map.Erase(gone);
      for (size_t i = 0; i < keys.size(); ++i) {
        const auto [begin, end] = model.equal_range(keys[i]);
        for (auto at = begin; at != end;) {
          const int64_t n = at->second.first;
          const bool goes = n % 3 == 0 && std::count(found[i].begin(), found[i].end(), n) > 0;
          at = goes ? model.erase(at) : std::next(at);
        }
      }
      for (size_t i = 0; i < probes.size(); ++i) {
        map.layout().Store<int64_t>(rows[i], 0, numbers[i]);
        model.emplace(keys[probes[i]], MatchedRow(numbers[i], ""));
      }
    }
    ASSERT_EQ(Sum().rows, model.size()) << "step " << step;
    Disturb(model, open);
    if (HasFatalFailure()) return;
  }
  Finish();
}

INSTANTIATE_TEST_SUITE_P(
    Backends, ProbeTest,
    testing::Values(ProbeCase{"rocksdb", false, 0}, ProbeCase{"memory", true, 0},
                    ProbeCase{"tiny", false, 60 << 10},
                    ProbeCase{"tinyWithoutCheckpoints", false, 60 << 10, false}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(AppendTest, ReadsNothing) {
  Job job({.memory_limit = 64 << 10});
  ListTable* table =
      Expect(job.task().OpenList("op", TestSchema(StateLayout::kList, Type::BigInt())));
  const std::vector<int> values{1, 2};
  std::vector<int64_t> keys(1000);
  for (int round = 0; round < 30; ++round) {
    for (size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<int64_t>(i * 7 % 500 + 1);
    const Keys batch = ProbingRows(keys);
    ASSERT_OK(table->Append(batch.view(), values));
    ASSERT_OK(job.task().Tidy());
    if (round % 7 == 6) job.Checkpoint();
    if (round != 15) continue;
    CheckpointMetadata latest = job.LoadLatest();
    job.Stop();
    job.Start(std::move(latest));
    table = Expect(job.task().OpenList("op", TestSchema(StateLayout::kList, Type::BigInt())));
  }
  EXPECT_GT(job.task().statistics("op").evictions, 0U);
  EXPECT_EQ(job.task().statistics("op").disk_reads, 0U);
  MatchRun run;
  // Rounds 0 to 13 were checkpointed before the restart, 16 to 29 came after it.
  EXPECT_EQ(RowMatches(*table, ProbingRows({8, 501}), run)[0].size(), 2U * 28U);
  EXPECT_GT(job.task().statistics("op").disk_reads, 0U);
}

// A key with more rows than a run holds, between keys without any.
TEST(AppendTest, LongListsComeInSeveralRuns) {
  Job job({});
  ListTable& table =
      *Expect(job.task().OpenList("op", TestSchema(StateLayout::kList, Type::BigInt())));
  const std::vector<int> values{1, 2};
  std::vector<int64_t> numbers(3000);
  for (int64_t round = 0; round < 4; ++round) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = round * 3000 + static_cast<int64_t>(i);
    }
    ASSERT_OK(table.Append(ProbingRows(std::vector<int64_t>(3000, 5), numbers).view(), values));
  }
  MatchRun run;
  const auto matches = RowMatches(table, ProbingRows({4, 5, 6, 5}), run);
  EXPECT_TRUE(matches[0].empty());
  EXPECT_TRUE(matches[2].empty());
  ASSERT_EQ(matches[1].size(), 12'000U);
  for (int64_t i = 0; i < 12'000; ++i) EXPECT_EQ(matches[1][static_cast<size_t>(i)], RowFor(i));
  EXPECT_EQ(matches[3], matches[1]);
}

// What is not among the value columns starts as 0, and does not count for equality.
TEST(AppendTest, FieldsBeyondTheColumns) {
  Job job({});
  StateSchema schema = TestSchema(StateLayout::kList, Type::BigInt());
  schema.value = {{"t", Type::BigInt()}, {"matches", Type::BigInt().WithNullable(false)}};
  ListTable& table = *Expect(job.task().OpenList("op", schema));
  const std::vector<int> value{1};
  const Keys batch = ProbingRows({1, 1}, {10, 11});
  ASSERT_OK(table.Append(batch.view(), value));
  MatchRun run;
  ASSERT_OK(table.Probe(ProbingRows({1}).view()));
  ASSERT_TRUE(table.NextMatches(run));
  ASSERT_EQ(run.rows.size(), 2U);
  EXPECT_EQ(table.layout().Load<int64_t>(run.rows[1], 1), 0);
  table.layout().Store<int64_t>(run.rows[1], 1, 3);
  table.MarkChanged(run.rows);
  uint8_t found = 0;
  ASSERT_OK(table.RemoveOne(ProbingRows({1}, {11}).view(), value, &found));
  EXPECT_EQ(found, 1);
  EXPECT_EQ(table.row_count(), 1U);
}

}  // namespace
}  // namespace weir::state
