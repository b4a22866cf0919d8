// What a start concludes from the markers of promises: what is to be sent, and that either side is
// an older copy of itself.
#include "runtime/connectors/epochs/promised_epochs.h"

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::epochs {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint64_t kHistory = 0x1234;
constexpr uint64_t kAnother = 0x9999;

EpochPromise PromiseOf(uint32_t subtask, int64_t checkpoint, int64_t committed) {
  EpochPromise promise;
  promise.job = "job";
  promise.sink = "sink";
  promise.incarnation = kHistory;
  promise.subtask = subtask;
  promise.checkpoint = checkpoint;
  promise.records = 7;
  promise.bytes = 70;
  promise.log = "log";
  promise.committed = committed;
  promise.system = "here";
  return promise;
}

std::string MarkerOf(uint32_t subtask) {
  return PromiseOf(subtask, 0, 0).MarkerKey();
}

class PromisedEpochsTest : public testing::ConnectorTest {
 protected:
  EpochPlan Plan(InDoubt in_doubt = InDoubt::kFail) const {
    EpochPlan plan;
    plan.table = "t";
    plan.job = "job";
    plan.job_name = "sales";
    plan.sink = "sink";
    plan.markers = "table markers";
    plan.in_doubt = in_doubt;
    plan.checkpoints = Path("checkpoints");
    plan.files = &files();
    return plan;
  }

  // Goes on from a checkpoint in which subtask 0 had promised rows.
  Status GoOn(PromisedEpochs& epochs, uint64_t number, const Markers& own) {
    const std::vector<std::string> texts = {PromiseOf(0, static_cast<int64_t>(number), 8).Text()};
    const SavedOutput saved{.job_id = "job",
                            .checkpoint = number,
                            .place = {},
                            .origins = {},
                            .committables = texts,
                            .rows = {},
                            .directory = {}};
    EXPECT_TRUE(epochs.Adopt(&saved).ok());
    epochs.NameSystem("here");
    return epochs.CheckHistory(&saved, own);
  }
};

TEST_F(PromisedEpochsTest, AreOfTheHistoryThatWasMarked) {
  PromisedEpochs epochs(Plan());
  EXPECT_TRUE(GoOn(epochs, 10, {{MarkerOf(0), {kHistory, 9}}}).ok());
  EXPECT_TRUE(GoOn(epochs, 10, {{MarkerOf(0), {kHistory, 10}}}).ok());
  EXPECT_TRUE(GoOn(epochs, 10, {{MarkerOf(3), {kAnother, CommitMarker::kNothing}}}).ok());
  EXPECT_TRUE(GoOn(epochs, 10, {{"job/another sink/0", {kHistory, 12}}}).ok()) << "not its own";
  // Also that of a subtask which there is none of any more.
  const Status older =
      GoOn(epochs, 10, {{MarkerOf(0), {kHistory, 10}}, {MarkerOf(3), {kHistory, 12}}});
  EXPECT_EQ(older.code(), StatusCode::kRestoreRefused);
  EXPECT_THAT(older.ToString(), AllOf(HasSubstr("E7004"), HasSubstr("checkpoint 12"),
                                      HasSubstr("table markers"), HasSubstr("knows of is 10")));
  EXPECT_THAT(older.hint(), AllOf(HasSubstr("RESTORE JOB `sales` FROM"), HasSubstr("chk-10'")));
}

TEST_F(PromisedEpochsTest, KnowOfDamagedCheckpointsThatWerePassedOver) {
  PromisedEpochs epochs(Plan());
  const Markers own = {{MarkerOf(0), {kHistory, 12}}};
  Write("checkpoints/chk-12/_metadata", "damaged");
  EXPECT_FALSE(GoOn(epochs, 10, own).ok()) << "it is another one's";
  Write("checkpoints/chk-12/passed-over", "why");
  EXPECT_TRUE(GoOn(epochs, 10, own).ok());
}

TEST_F(PromisedEpochsTest, AreNoneBeforeTheFirstCheckpoint) {
  PromisedEpochs epochs(Plan());
  ASSERT_TRUE(epochs.Adopt(nullptr).ok());
  EXPECT_TRUE(epochs.CheckHistory(nullptr, {}).ok());
  const Markers begun = {{MarkerOf(0), {kAnother, CommitMarker::kNothing}}};
  EXPECT_TRUE(epochs.CheckHistory(nullptr, begun).ok()) << "it was killed before it committed";
  const Status older = epochs.CheckHistory(nullptr, {{MarkerOf(0), {kAnother, 0}}});
  EXPECT_THAT(older.ToString(), AllOf(HasSubstr("E7004"), HasSubstr("no checkpoint")));
  EXPECT_THAT(older.hint(), HasSubstr("DROP JOB `sales`"));
}

TEST_F(PromisedEpochsTest, AreSentWhereTheMarkerSaysThatTheyWereNot) {
  PromisedEpochs epochs(Plan());
  ASSERT_TRUE(GoOn(epochs, 10, {}).ok());
  const epochs::Promised promised{PromiseOf(0, 10, 8), "log", false};
  EXPECT_FALSE(epochs.IsToBeSent(promised, CommitMarker{kHistory, 10}).value());
  EXPECT_TRUE(epochs.IsToBeSent(promised, CommitMarker{kHistory, 8}).value());
  EXPECT_THAT(epochs.IsToBeSent(promised, CommitMarker{kAnother, 8}).status().ToString(),
              AllOf(HasSubstr("E7005"), HasSubstr("sink.in-doubt")));
  EXPECT_THAT(epochs.IsToBeSent(promised, std::nullopt).status().ToString(), HasSubstr("E7005"));
}

TEST_F(PromisedEpochsTest, FindThatTheOtherSystemIsOlder) {
  const epochs::Promised promised{PromiseOf(0, 10, 8), "log", false};
  for (const InDoubt in_doubt : {InDoubt::kFail, InDoubt::kResend, InDoubt::kSkip}) {
    PromisedEpochs epochs(Plan(in_doubt));
    ASSERT_TRUE(GoOn(epochs, 10, {}).ok());
    const Result<bool> wanted = epochs.IsToBeSent(promised, CommitMarker{kHistory, 7});
    const Result<bool> logged = epochs.HasLog({PromiseOf(0, 10, 8), Path("gone"), false});
    if (in_doubt == InDoubt::kFail) {
      EXPECT_THAT(wanted.status().ToString(),
                  AllOf(HasSubstr("E7005"), HasSubstr("checkpoint 8"), HasSubstr("there is 7")));
      EXPECT_THAT(wanted.status().hint(), HasSubstr("'sink.in-doubt' = 'skip'"));
      EXPECT_THAT(logged.status().ToString(), HasSubstr("checkpoint 10"));
    } else {
      EXPECT_TRUE(wanted.value()) << "what is not there is sent, without what was before it";
      EXPECT_FALSE(logged.value());
    }
  }
}

// Of a savepoint that is restored where there are no markers.
TEST_F(PromisedEpochsTest, KnowLostMarkersFromAnotherSystem) {
  PromisedEpochs epochs(Plan());
  ASSERT_TRUE(GoOn(epochs, 10, {}).ok());
  EpochPromise promise = PromiseOf(0, 10, 8);
  EXPECT_FALSE(epochs.IsToBeSent({promise, "log", true}, std::nullopt).ok()) << "they were lost";
  promise.system = "elsewhere";
  EXPECT_TRUE(epochs.IsToBeSent({promise, "log", true}, std::nullopt).value());
  promise.system = "-";
  EXPECT_TRUE(epochs.IsToBeSent({promise, "log", true}, std::nullopt).value());
}

TEST_F(PromisedEpochsTest, SayWhatWasCommittedBefore) {
  PromisedEpochs epochs(Plan());
  ASSERT_TRUE(GoOn(epochs, 10, {{MarkerOf(0), {kHistory, 9}}}).ok());
  EXPECT_EQ(epochs.Promise(0, 11).committed, 9);
  EXPECT_EQ(epochs.Promise(0, 11).system, "here");
  EXPECT_EQ(epochs.Promise(1, 11).committed, CommitMarker::kNothing);
  epochs.NoteCommitted(PromiseOf(0, 11, 9));
  EXPECT_EQ(epochs.Promise(0, 12).committed, 11);
}

}  // namespace
}  // namespace weir::connectors::epochs
