// Sorting more records than memory holds, against a map.
#include "state/disk/external_sort.h"

#include <fmt/format.h>

#include <map>

#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

class ExternalSortTest : public testing::Test {
 protected:
  ExternalSortTest() : random_(DrawRecordedSeed()) {
    directory_ = ::testing::TempDir() + "weir-sort-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
  }
  ~ExternalSortTest() override { EXPECT_TRUE(files_.RemoveRecursively(directory_).ok()); }

  // A sorter with so much memory; 0: any.
  std::unique_ptr<RecordSorter> Make(uint64_t memory_bytes) {
    memory_ = std::make_shared<MemoryBudget>(2 * memory_bytes);
    return MakeExternalSort({&files_, directory_ + "/sort", memory_, Compression::kNone});
  }
  // Keys of every length from 1 to 30, some of which begin with others, with values.
  void AddRandom(RecordSorter& sorter, int records) {
    for (int i = 0; i < records; ++i) {
      std::string key;
      for (uint64_t bytes = 1 + random_.Below(30); bytes > 0; --bytes)
        key.push_back(static_cast<char>(random_.Below(3) * 127));
      key += fmt::format("{}", i);
      const std::string value(random_.Below(50), 'v');
      ASSERT_OK(sorter.Add(key, value));
      model_[key] = value;
    }
  }
  // The first `most` records, in the order in which they are visited.
  static std::vector<std::pair<std::string, std::string>> Visit(RecordSorter& sorter,
                                                                size_t most = SIZE_MAX) {
    std::vector<std::pair<std::string, std::string>> records;
    const Status status =
        sorter.Visit([&](std::string_view key, std::string_view value) -> Result<bool> {
          records.emplace_back(key, value);
          return records.size() < most;
        });
    EXPECT_TRUE(status.ok()) << status.ToString();
    return records;
  }
  std::vector<std::pair<std::string, std::string>> Expected() const {
    return {model_.begin(), model_.end()};
  }
  bool OnDisk() { return files_.Stat(directory_ + "/sort").ok(); }

  Random random_;
  TestFileSystem files_;
  std::string directory_;
  std::shared_ptr<MemoryBudget> memory_;
  std::map<std::string, std::string> model_;
};

TEST_F(ExternalSortTest, SortsInMemoryWhileThatSuffices) {
  for (const uint64_t memory : {uint64_t{0}, uint64_t{1} << 20}) {
    model_.clear();
    const std::unique_ptr<RecordSorter> sorter = Make(memory);
    EXPECT_EQ(sorter->memory_bytes(), memory);
    AddRandom(*sorter, 1000);
    EXPECT_FALSE(OnDisk());
    EXPECT_EQ(Visit(*sorter), Expected());
  }
}

TEST_F(ExternalSortTest, MergesRunsAndLeavesNothing) {
  for (const uint64_t memory : {1, 3'000, 40'000}) {
    model_.clear();
    std::unique_ptr<RecordSorter> sorter = Make(memory);
    EXPECT_FALSE(OnDisk()) << "before there is need";
    AddRandom(*sorter, memory == 1 ? 150 : 2000);
    EXPECT_TRUE(OnDisk());
    EXPECT_EQ(Visit(*sorter), Expected());
    sorter.reset();
    EXPECT_FALSE(OnDisk());
    EXPECT_EQ(memory_->Allowed(0), 2 * memory) << "all memory is given back";
  }
}

TEST_F(ExternalSortTest, StopsWhenNoMoreIsWanted) {
  for (const uint64_t memory : {0, 3'000}) {
    model_.clear();
    const std::unique_ptr<RecordSorter> sorter = Make(memory);
    AddRandom(*sorter, 500);
    const auto first = Visit(*sorter, 10);
    EXPECT_EQ(first, (std::vector<std::pair<std::string, std::string>>(
                         model_.begin(), std::next(model_.begin(), 10))));
  }
}

TEST_F(ExternalSortTest, WhatAKilledProcessLeftIsNotRead) {
  ASSERT_OK(files_.CreateDirectories(directory_ + "/sort"));
  ASSERT_OK(Expect(files_.Create(directory_ + "/sort/CURRENT"))->Append("MANIFEST-000099\n"));
  const std::unique_ptr<RecordSorter> sorter = Make(3'000);
  AddRandom(*sorter, 500);
  EXPECT_EQ(Visit(*sorter), Expected());
}

TEST_F(ExternalSortTest, TheFailureOfTheVisitorIsReturned) {
  for (const uint64_t memory : {0, 3'000}) {
    const std::unique_ptr<RecordSorter> sorter = Make(memory);
    AddRandom(*sorter, 500);
    const Status status = sorter->Visit([](std::string_view, std::string_view) -> Result<bool> {
      return Status::Corruption("no more");
    });
    EXPECT_EQ(status.code(), StatusCode::kCorruption);
  }
}

// Whichever change of a file fails, it is an error, and nothing stays behind.
TEST_F(ExternalSortTest, AFullDiskIsAnError) {
  int failed = 0;
  for (int which = 0; which < 40; ++which) {
    int appends = 0;
    files_.before = [&](std::string_view operation, const std::string& path) -> Status {
      if (operation != "append" || !path.ends_with(".sst") || appends++ != which) return {};
      return Status::External("no space left on device: " + path);
    };
    {
      const std::unique_ptr<RecordSorter> sorter = Make(3'000);
      Status status;
      for (int i = 0; i < 400 && status.ok(); ++i)
        status = sorter->Add(fmt::format("{:05}", (i * 7919) % 400), std::string(20, 'v'));
      size_t visited = 0;
      if (status.ok()) {  // the last run is written then
        status = sorter->Visit([&](std::string_view, std::string_view) -> Result<bool> {
          ++visited;
          return true;
        });
      }
      if (status.ok()) {
        EXPECT_EQ(visited, 400U);
      } else {
        ++failed;
        EXPECT_EQ(status.code(), StatusCode::kExternal) << status.ToString();
        EXPECT_NE(status.message().find("no space left"), std::string::npos) << status.ToString();
      }
    }
    files_.before = nullptr;
    EXPECT_FALSE(OnDisk());
  }
  EXPECT_GT(failed, 5);
}

}  // namespace
}  // namespace weir::state
