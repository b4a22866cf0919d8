// A source that reads a million splits: what a checkpoint lists of them, and what a restart knows.
#include "runtime/task/read_splits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <unordered_set>

#include "runtime/graph/operator_spec.h"
#include "runtime/task/source_reader.h"
#include "state/checkpoint/backends.h"

namespace weir::task {
namespace {

constexpr int kSplits = 1'000'000;

// Each split is one row, its number.
class ManySplits final : public Source {
 public:
  class Reader final : public SplitReader {
   public:
    explicit Reader(int64_t number) : number_(number) {}
    Result<ReadOutcome> Read(uint32_t, Batch& out) override {
      if (done_) return ReadOutcome::kEndOfSplit;
      const MutableColumnPtr column = Column::Make(Type::BigInt().WithNullable(false), 1);
      column->mutable_data<int64_t>()[0] = number_;
      out = Batch();
      out.row_count = 1;
      out.columns.push_back(column);
      done_ = true;
      return ReadOutcome::kRows;
    }
    std::string Position() const override { return fmt::format("v1 offset={}", done_ ? 1 : 0); }

   private:
    int64_t number_;
    bool done_ = false;
  };

  bool bounded() const override { return false; }
  bool keeps_read_splits() const override { return true; }
  Result<std::vector<Split>> Discover() override { return std::vector<Split>(); }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return std::unique_ptr<SplitReader>(std::make_unique<Reader>(std::stoll(split.id)));
  }
  Status Remember(const Split& split) override {
    EXPECT_TRUE(split.finished);
    EXPECT_EQ(split.position, "v1 offset=1");
    EXPECT_TRUE(remembered.insert(std::stoll(split.id)).second) << split.id;
    return {};
  }
  std::unordered_set<int64_t> remembered;
};

class ReadSplitsTest : public ::testing::Test {
 protected:
  ReadSplitsTest()
      : directory_((std::filesystem::temp_directory_path() /
                    fmt::format("weir-read-splits-{}", ::getpid()))
                       .string()) {
    spec_.any_number_of_splits = true;
    schema_ = graph::StateOf(spec_, {});
  }
  ~ReadSplitsTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<StateBackend> Backend(const std::vector<StateFile>* files) {
    state::BackendOptions options;
    options.files = &FileSystem::Local();
    options.clock = &Clock::System();
    options.checkpoint_directory = directory_;
    if (files != nullptr) {
      options.restore.emplace();
      options.restore->backend = "memory";
      options.restore->checkpoint_id = 1;
      options.restore->files = *files;
      OperatorCheckpoint& saved = options.restore->operators.emplace_back();
      saved.uid = "src:t";
      saved.kind = "Scan";
      saved.schema = schema_;
    }
    return state::MakeMemoryBackend(std::move(options)).value();
  }
  std::unique_ptr<ReadSplits> Open(TaskState& state, KeyGroupRange groups) {
    return ReadSplits::Open(state, "src:t", schema_.tables.at(0), groups, kDefaultMaxParallelism)
        .value();
  }

  const std::string directory_;
  graph::ScanSpec spec_;
  OperatorStateSchema schema_;
};

TEST_F(ReadSplitsTest, AMillionAreInNoCheckpointsListAndNoneIsForgotten) {
  std::vector<StateFile> files;
  {
    const auto backend = Backend(nullptr);
    const KeyGroupRange all{0, kDefaultMaxParallelism};
    const auto state = backend->OpenTask(all).value();
    ManySplits source;
    operators::PartitionTimes times;
    times.Use(0);
    SourceReader reader(source, times, Clock::System(), 100);
    ASSERT_TRUE(reader.KeepReadSplits(Open(*state, all)).ok());
    std::vector<SplitCheckpoint> splits;
    for (int i = 0; i < kSplits; ++i) {
      splits.push_back(
          {.split = {std::to_string(i), "", false}, .watermark_millis = Timestamp::Min().millis});
    }
    ASSERT_TRUE(reader.Add(std::move(splits)).ok());
    EXPECT_TRUE(reader.Snapshot().empty()) << "what was not begun will be found again";
    Batch batch;
    int rows = 0;
    for (;;) {
      const ReadStep step = reader.Read(batch).value();
      if (step == ReadStep::kAllEnded) break;
      if (step == ReadStep::kRows) times.Advance({++rows});
      if (rows % 100'000 == 0) {
        EXPECT_LE(reader.Snapshot().size(), 32U);
      }
    }
    EXPECT_EQ(rows, kSplits);
    EXPECT_EQ(source.remembered.size(), size_t{kSplits});
    ASSERT_TRUE(FileSystem::Local().CreateDirectories(directory_ + "/chk-1").ok());
    std::vector<std::unique_ptr<EpochPart>> parts;
    parts.push_back(state->Snapshot(1).value());
    files = backend->Persist(1, std::move(parts)).value();
  }
  const auto backend = Backend(&files);
  ManySplits source;
  Timestamp greatest = Timestamp::Min();
  for (uint32_t subtask = 0; subtask < 3; ++subtask) {
    const KeyGroupRange own = KeyGroupsOfSubtask(subtask, 3, kDefaultMaxParallelism);
    const auto state = backend->OpenTask(own).value();
    operators::PartitionTimes times;
    times.Use(0);
    SourceReader reader(source, times, Clock::System(), 100);
    ASSERT_TRUE(reader.KeepReadSplits(Open(*state, own)).ok());
    greatest = std::max(greatest, times.Combined());
    // A split that this subtask reads has its row here, wherever its id alone would be.
    ASSERT_TRUE(reader
                    .Add({{.split = {std::to_string(-1 - int64_t{subtask}), "v1 offset=1", true},
                           .watermark_millis = 0}})
                    .ok());
  }
  EXPECT_EQ(source.remembered.size(), size_t{kSplits});
  EXPECT_EQ(greatest, Timestamp{kSplits});
}

}  // namespace
}  // namespace weir::task
