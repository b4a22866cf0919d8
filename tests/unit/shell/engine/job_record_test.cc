// The bytes that remember a job.
#include "shell/engine/jobs/job_record.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "runtime/file_system.h"

namespace weir::shell {
namespace {

JobRecord Sample() {
  JobRecord record;
  record.id = "0123456789abcdef0123456789abcdef";
  record.name = "sales";
  record.sql = "INSERT INTO per_minute SELECT * FROM orders";
  record.definitions = {"CREATE TABLE orders (a INT) WITH ('connector' = 'inline', 'rows' = '1')",
                        "CREATE TABLE per_minute (a INT) WITH ('connector' = 'blackhole')"};
  record.options = {{"execution.checkpointing.interval", "10 s"}, {"pipeline.name", ""}};
  record.state = RecordedState::kFailed;
  record.started_millis = 1'795'168'374'871;
  record.ended_millis = 1'795'168'374'999;
  record.attempts = 300;
  record.failure = "E3002: division by zero";
  return record;
}

void ExpectEqual(const JobRecord& a, const JobRecord& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.sql, b.sql);
  EXPECT_EQ(a.definitions, b.definitions);
  EXPECT_EQ(a.options, b.options);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.started_millis, b.started_millis);
  EXPECT_EQ(a.ended_millis, b.ended_millis);
  EXPECT_EQ(a.attempts, b.attempts);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.restored_from, b.restored_from);
  EXPECT_EQ(a.restore_clauses, b.restore_clauses);
  EXPECT_EQ(a.claims, b.claims);
  EXPECT_EQ(a.last_checkpoint, b.last_checkpoint);
  EXPECT_EQ(a.numbers_given, b.numbers_given);
  EXPECT_EQ(a.checkpoint_directories, b.checkpoint_directories);
  EXPECT_EQ(a.resumes, b.resumes);
  EXPECT_EQ(a.figures, b.figures);
  EXPECT_EQ(a.voided, b.voided);
}

JobRecord Claiming() {
  JobRecord record = Sample();
  record.restored_from = "/savepoints/savepoint-012345-7";
  record.restore_clauses = {"partial", "drop src:t"};
  record.claims = true;
  record.last_checkpoint = 1'000'000'007;
  return record;
}

JobRecord Checkpointed() {
  JobRecord record = Sample();
  record.last_checkpoint = 1;
  return record;
}

JobRecord Placed() {
  JobRecord record = Checkpointed();
  record.numbers_given = 33;
  record.checkpoint_directories = {"/checkpoints/0123456789abcdef0123456789abcdef",
                                   "./jobs/0123456789abcdef0123456789abcdef/checkpoints"};
  return record;
}

JobRecord Resuming() {
  JobRecord record = Placed();
  record.state = RecordedState::kSuspended;
  record.failure.clear();
  record.resumes = true;
  return record;
}

JobRecord Ended() {
  JobRecord record = Placed();
  record.figures = {12'000, 2, {863, 5}};
  return record;
}

JobRecord Voiding() {
  JobRecord record = Placed();
  record.last_checkpoint = 0;
  record.voided = {{1, 33}, {40, 40}};
  return record;
}

TEST(JobRecord, ComesBackAsItWas) {
  JobRecord unplaced;
  unplaced.resumes = true;
  JobRecord counted;
  counted.figures.emplace();
  JobRecord voiding;
  voiding.voided = {{1, 1}};
  JobRecord ended_voiding = Ended();
  ended_voiding.voided = {{3, 1'000'000'007}};
  for (const JobRecord& record :
       {JobRecord(), Sample(), Claiming(), Checkpointed(), Placed(), Resuming(), unplaced, Ended(),
        counted, Voiding(), voiding, ended_voiding}) {
    const Result<JobRecord> back = DecodeJobRecord(EncodeJobRecord(record));
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    ExpectEqual(*back, record);
  }
}

TEST(JobRecord, EveryFlippedBitIsFound) {
  const std::string bytes = EncodeJobRecord(Sample());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_EQ(DecodeJobRecord(flipped).status().code(), StatusCode::kCorruption)
          << "byte " << i << " bit " << bit;
    }
  }
}

TEST(JobRecord, EveryCutIsFound) {
  const std::string voiding = EncodeJobRecord(Voiding());
  for (size_t size = 0; size < voiding.size(); ++size)
    EXPECT_EQ(DecodeJobRecord(voiding.substr(0, size)).status().code(), StatusCode::kCorruption);
  const std::string bytes = EncodeJobRecord(Sample());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeJobRecord(bytes.substr(0, size)).status().code(), StatusCode::kCorruption)
        << size;
  }
  EXPECT_FALSE(DecodeJobRecord(bytes + "x").ok());
}

// What was written once must be read for ever, and is written alike. WEIR_WRITE_GOLDEN=1 writes a
// file when it is missing (never one that exists).
TEST(JobRecord, EveryVersionIsGolden) {
  FileSystem& files = FileSystem::Local();
  for (const auto& [name, record] :
       {std::pair("job", Sample()), std::pair("job-placed", Placed()),
        std::pair("job-resumes", Resuming()), std::pair("job-ended", Ended()),
        std::pair("job-voids", Voiding())}) {
    SCOPED_TRACE(name);
    const std::string path = std::string("tests/golden/v1/") + name;
    const std::string bytes = EncodeJobRecord(record);
    if (std::getenv("WEIR_WRITE_GOLDEN") != nullptr && !files.Stat(path).ok()) {
      ASSERT_TRUE(WriteFileAtomically(files, path, bytes).ok());
    }
    const Result<std::string> golden = ReadFile(files, path);
    ASSERT_TRUE(golden.ok()) << golden.status().ToString();
    EXPECT_EQ(*golden, bytes);
    const Result<JobRecord> back = DecodeJobRecord(*golden);
    ASSERT_TRUE(back.ok());
    ExpectEqual(*back, record);
  }
}

// Of what was stopped by somebody, nothing; of what a server or the end of a process stopped, all.
TEST(JobRecord, ServersRunWhatNobodyStopped) {
  JobRecord record;
  const auto runs = [&record](RecordedState state, bool resumes) {
    record.state = state;
    record.resumes = resumes;
    return record.runs_in_servers();
  };
  EXPECT_TRUE(runs(RecordedState::kRunning, false));
  EXPECT_TRUE(runs(RecordedState::kSuspended, true));
  EXPECT_TRUE(runs(RecordedState::kFailed, true));
  EXPECT_FALSE(runs(RecordedState::kSuspended, false));
  EXPECT_FALSE(runs(RecordedState::kFailed, false));
  EXPECT_FALSE(runs(RecordedState::kFinished, true));
  EXPECT_FALSE(runs(RecordedState::kCanceled, true));
  record.damage = "job record is damaged";
  EXPECT_FALSE(runs(RecordedState::kRunning, false));
}

TEST(JobRecord, UnfinishedStatesContinue) {
  JobRecord record;
  for (const RecordedState state :
       {RecordedState::kRunning, RecordedState::kSuspended, RecordedState::kFailed}) {
    record.state = state;
    EXPECT_TRUE(record.unfinished());
  }
  for (const RecordedState state : {RecordedState::kFinished, RecordedState::kCanceled}) {
    record.state = state;
    EXPECT_FALSE(record.unfinished());
  }
}

}  // namespace
}  // namespace weir::shell
