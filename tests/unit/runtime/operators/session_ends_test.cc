// Which keys are visited when time passes: those whose session may have ended by then, and no
// others.
#include "runtime/operators/session_ends.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "runtime/types/column_builder.h"
#include "runtime/types/key_encoding.h"
#include "state/backends.h"
#include "tests/unit/runtime/operators/must.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kLength = 100;  // of a stretch

class SessionEndsTest : public ::testing::Test {
 protected:
  SessionEndsTest()
      : backend_(Must(state::MakeMemoryBackend({}))),
        task_(Must(backend_->OpenTask({0, kDefaultMaxParallelism}))) {
    StateSchema schema{.name = "ends",
                       .key = {{"k", Type::BigInt()}},
                       .value = {{"due", Type::BigInt().WithNullable(false)}}};
    schema.sliced = true;
    table_ = Must(task_->OpenSliced("op", schema));
    ends_.Open(*table_, {Type::BigInt()}, kLength);
  }

  void Note(const std::map<int64_t, int64_t>& sessions) {
    Batch batch;
    std::vector<Value> keys;
    std::vector<int64_t> ends;
    for (const auto& [key, end] : sessions) {
      keys.push_back({Type::BigInt(), key});
      ends.push_back(end);
      sessions_[key] = end;
    }
    batch.row_count = static_cast<uint32_t>(keys.size());
    batch.columns = {MakeColumn(Type::BigInt(), keys)};
    const std::vector<int> places = {0};
    std::vector<uint64_t> hashes(keys.size());
    HashKeys(batch, places, hashes.data());
    Must(ends_.Note({&batch, places, hashes.data()}, ends));
  }
  // The keys visited; their sessions end where sessions_ says.
  std::vector<int64_t> Visit(int64_t watermark) {
    std::vector<int64_t> visited;
    const auto visit = [&](std::span<const std::string_view> keys, std::vector<int64_t>& next) {
      const std::vector<Type> types = {Type::BigInt()};
      const auto columns = Must(DecodeKeys(keys, types));
      for (uint32_t i = 0; i < keys.size(); ++i) {
        visited.push_back(columns[0]->template data<int64_t>()[i]);
        const int64_t end = sessions_.at(visited.back());
        next[i] = end - 1 <= watermark ? SessionEnds::kNever : end;
      }
      return Status();
    };
    Must(ends_.Visit(watermark, visit));
    std::ranges::sort(visited);
    return visited;
  }

  std::unique_ptr<StateBackend> backend_;
  std::unique_ptr<TaskState> task_;
  SlicedTable* table_ = nullptr;
  SessionEnds ends_;
  std::map<int64_t, int64_t> sessions_;  // key -> when its session ends now
};

TEST_F(SessionEndsTest, OnlyKeysThatAreDueAreVisited) {
  Note({{1, 110}, {2, 150}, {3, 190}, {4, 350}});
  EXPECT_THAT(Visit(108), IsEmpty());
  EXPECT_THAT(Visit(109), ElementsAre(1));
  EXPECT_THAT(Visit(188), ElementsAre(2));
  EXPECT_THAT(Visit(500), ElementsAre(3, 4));
  EXPECT_EQ(ends_.next_end(), SessionEnds::kNever);
}

TEST_F(SessionEndsTest, ASessionThatWentOnIsVisitedWhereItEnds) {
  Note({{1, 110}, {2, 120}});
  sessions_[1] = 160;  // in the same stretch
  sessions_[2] = 420;
  EXPECT_THAT(Visit(130), ElementsAre(1, 2));
  EXPECT_THAT(Visit(158), IsEmpty());
  EXPECT_THAT(Visit(159), ElementsAre(1));
  EXPECT_THAT(Visit(418), IsEmpty());
  EXPECT_EQ(ends_.next_end(), 420);
  EXPECT_THAT(Visit(419), ElementsAre(2));
}

TEST_F(SessionEndsTest, TheEarliestEndOfAKeyCounts) {
  Note({{1, 180}});
  Note({{1, 120}});
  Note({{1, 150}});
  EXPECT_THAT(Visit(119), ElementsAre(1));
  EXPECT_THAT(Visit(149), ElementsAre(1));
}

// Before "due" was kept, rows were all zeros.
TEST_F(SessionEndsTest, AKeyWhoseEndIsNotKnownIsVisitedAtOnce) {
  Note({{1, 150}, {2, 190}});
  ValueTable* slice = Must(table_->FindSlice({200}));
  Must(slice->Scan([&](const ScannedRows& run) {
    for (std::byte* row : run.rows) slice->layout().Store<int64_t>(row, 0, 0);
    slice->MarkChanged(run.rows);
    return Status();
  }));
  EXPECT_THAT(Visit(149), ElementsAre(1, 2));
  EXPECT_THAT(Visit(188), IsEmpty());
  EXPECT_THAT(Visit(189), ElementsAre(2));
}

}  // namespace
}  // namespace weir::operators
