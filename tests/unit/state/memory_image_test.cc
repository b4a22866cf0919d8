// What the memory backend keeps between checkpoints, against a map of all keys; and that a barrier
// hands over no more than what changed.
#include "state/checkpoint/memory_image.h"

#include <map>

#include "runtime/base/bytes.h"
#include "tests/seed.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using ImageRows = std::map<std::string, std::string>;

std::string DiskKey(uint64_t group, uint64_t number) {
  std::string key;
  AppendBig16(key, static_cast<uint16_t>(group));
  return key + std::to_string(number);
}

ImageRows Contents(const MemoryImage& image, KeyGroupRange groups = {0, 128}) {
  ImageRows rows;
  std::string last;
  EXPECT_TRUE(image
                  .Visit("op/t", groups,
                         [&](std::string_view key, std::string_view value) -> Status {
                           EXPECT_LT(last, key) << "ascending";
                           last = key;
                           rows.emplace(key, value);
                           return {};
                         })
                  .ok());
  return rows;
}

TEST(MemoryImageTest, FollowsEpochs) {
  Random random(SeedOf(11));
  MemoryImage image;
  ImageRows model;
  for (int epoch = 0; epoch < 60; ++epoch) {
    TaskPart part;
    TablePart& table = part.tables.emplace_back();
    table.family = "op/t";
    if (random.Below(4) == 0) {  // drops come before records
      const uint64_t group = random.Below(5);
      const std::string begin = DiskKey(group, random.Below(30));
      const std::string end = DiskKey(group, 30 + random.Below(30));
      table.drops.push_back({begin, end});
      if (begin < end) model.erase(model.lower_bound(begin), model.lower_bound(end));
    }
    ImageRows changed;
    for (uint64_t i = random.Below(40); i > 0; --i) {
      changed[DiskKey(random.Below(5), random.Below(60))] =
          random.Below(3) == 0 ? "" : std::to_string(epoch);
    }
    std::vector<std::pair<std::string, std::string>> shuffled(changed.begin(), changed.end());
    for (size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    for (const auto& [key, value] : shuffled) {
      table.records.Append({key, value, value.empty()});
      if (value.empty()) {
        model.erase(key);
      } else {
        model[key] = value;
      }
    }
    part.bookkeeping["counter"] = std::to_string(epoch);
    image.Apply(part);
    ASSERT_EQ(Contents(image), model) << "epoch " << epoch;
  }
  ImageRows some;
  for (const auto& [key, value] : model) {
    if (LoadBig16(key.data()) == 2 || LoadBig16(key.data()) == 3) some.emplace(key, value);
  }
  EXPECT_EQ(Contents(image, {2, 4}), some);
  // What is written is read again, and is what the other encoder writes.
  const MemorySnapshot snapshot = Expect(DecodeMemorySnapshot(image.Encode()));
  EXPECT_EQ(snapshot.bookkeeping.at("counter"), "59");
  EXPECT_EQ(EncodeMemorySnapshot(snapshot), image.Encode());
  MemoryImage restored;
  ASSERT_OK(restored.Load(snapshot));
  EXPECT_EQ(Contents(restored), model);
  restored.Clear();
  EXPECT_TRUE(Contents(restored).empty());
}

TEST(MemoryImageTest, RefusesShortKeys) {
  MemorySnapshot snapshot;
  snapshot.rows["op/t"].Append({"x", "value", false});
  MemoryImage image;
  EXPECT_EQ(image.Load(snapshot).code(), StatusCode::kCorruption);
}

TEST(MemoryBackendTest, ABarrierHandsOverWhatChanged) {
  Job job({.memory_backend = true});
  ValueTable& table = OpenNumbers(job);
  PutRows(table, 0, 5000);
  job.Checkpoint();
  PutRows(table, 100, 10, 7);
  auto parts = job.Snapshot(2);
  const auto& part = static_cast<const TaskPart&>(*parts[0]);
  EXPECT_EQ(part.tables[0].records.size(), 10U);
  job.Complete(2, std::move(parts));
  CheckpointMetadata latest = job.LoadLatest();
  job.Stop();
  job.Start(std::move(latest));
  const std::map<int64_t, int64_t> rows = AllRows(job);
  EXPECT_EQ(rows.size(), 5000U);
  EXPECT_EQ(rows.at(99), 99);
  EXPECT_EQ(rows.at(105), 112);
}

// What an aborted or failed checkpoint was handed is in the next one.
TEST(MemoryBackendTest, AbandonedChangesAreNotLost) {
  Job job({.memory_backend = true});
  ValueTable& table = OpenNumbers(job);
  PutRows(table, 0, 100);
  job.backend().Abandon(job.Snapshot(1));
  PutRows(table, 50, 100, 1);
  std::vector<std::byte*> rows(10);
  std::vector<Value> keys;
  for (int64_t k = 0; k < 10; ++k) keys.push_back(IntValue(k));
  ASSERT_OK(table.Find(MakeKeys({{Type::BigInt(), keys}}).view(), rows.data()));
  table.Erase(rows);
  job.Complete(2, job.Snapshot(2));
  CheckpointMetadata latest = job.LoadLatest();
  job.Stop();
  job.Start(std::move(latest));
  const std::map<int64_t, int64_t> restored = AllRows(job);
  EXPECT_EQ(restored.size(), 140U);
  EXPECT_EQ(restored.begin()->first, 10);
  EXPECT_EQ(restored.at(60), 61);
}

}  // namespace
}  // namespace weir::state
