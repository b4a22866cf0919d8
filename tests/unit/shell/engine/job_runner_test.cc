// The job runner on records alone: no session, no planner and no savepoints.
#include "shell/engine/jobs/job_runner.h"

#include <gmock/gmock.h>

#include "shell/engine/jobs/saved_states.h"
#include "tests/unit/scratch_directory.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class JobRunnerTest : public testing::Test {
 protected:
  void Save(const std::string& id, const std::string& name, RecordedState state) {
    JobRecord record;
    record.id = id;
    record.name = name;
    record.state = state;
    ASSERT_TRUE(registry_.directory().Save(record).ok());
  }

  std::vector<std::string> Listed() const {
    std::vector<std::string> ids;
    const std::vector<JobSummary> jobs = runner_.List().value();
    for (const JobSummary& job : jobs) ids.push_back(job.record.id);
    return ids;
  }

  static EnginePorts Ports() {
    EnginePorts ports;
    ports.files = &FileSystem::Local();
    ports.clock = &Clock::System();
    return ports;
  }

  FileSystem& files_ = FileSystem::Local();
  const ScratchDirectory scratch_;
  const EnginePorts ports_ = Ports();
  JobRegistry registry_{files_, std::make_unique<DataDirectory>(files_, scratch_.path() + "/data")};
  SnapshotReader snapshots_{ports_, registry_};
  SavedStates states_{ports_, registry_, snapshots_};
  JobHolds holds_;
  JobRunner runner_{{ports_, registry_, snapshots_, states_, holds_, nullptr}};
};

TEST_F(JobRunnerTest, WhatDoesNotRunIsNamedWithWaysOn) {
  Save("a1", "sales", RecordedState::kFinished);
  Save("b2", "clicks", RecordedState::kSuspended);
  EXPECT_EQ(runner_.FindRunning("salse").status().id(), "E5001");
  EXPECT_EQ(runner_.FindRunning("sales").status().id(), "E5002");
  EXPECT_EQ(runner_.FindRunning("sales").status().hint(), "it has finished");
  EXPECT_THAT(runner_.FindRunning("clicks").status().hint(), HasSubstr("begins anew"));
  EXPECT_THAT(runner_.running().All(), IsEmpty());
}

TEST_F(JobRunnerTest, ANameStandsForAllOfItsRecords) {
  Save("a1", "sales", RecordedState::kFinished);
  Save("b2", "SALES", RecordedState::kFailed);
  Save("c3", "clicks", RecordedState::kSuspended);
  EXPECT_TRUE(runner_.Drop("sales").ok());
  EXPECT_THAT(Listed(), ElementsAre("c3"));
  EXPECT_EQ(runner_.Drop("sales").status().id(), "E5001");
  EXPECT_TRUE(runner_.Drop("c3").ok()) << "by its id";
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(JobRunnerTest, OnlyWhatKeptACheckpointIsReopened) {
  Save("a1", "sales", RecordedState::kFinished);
  Save("b2", "clicks", RecordedState::kCanceled);
  EXPECT_EQ(runner_.Reopen(registry_.Find("a1").value()).id(), "E5002");
  EXPECT_EQ(runner_.Reopen(registry_.Find("b2").value()).id(), "E7004");
}

TEST_F(JobRunnerTest, WithoutJobsThereIsNothingToStop) {
  Save("a1", "sales", RecordedState::kRunning);  // of a process that died
  EXPECT_TRUE(runner_.StopAll().ok());
  EXPECT_TRUE(runner_.RecordEndings().ok());
  EXPECT_EQ(registry_.Find("a1")->state, RecordedState::kRunning);
  EXPECT_EQ(runner_.running().Totals()["jobs"], 0U);
}

}  // namespace
}  // namespace weir::shell
