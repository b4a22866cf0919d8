// Damaged savepoints: whatever happened to whichever file, it is found before anything is opened,
// and named; nothing with other contents is ever taken for the savepoint.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "state/checkpoint/savepoints.h"
#include "state/files/checkpoint_files.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using testing::HasSubstr;

constexpr size_t kSampledBytes = 2000;

struct DamageCase {
  bool memory;
  SavepointFormat format;
};

std::string NameOfDamage(const testing::TestParamInfo<DamageCase>& kind) {
  return std::string(kind.param.memory ? "Memory" : "RocksDb") +
         (kind.param.format == SavepointFormat::kNative ? "Native" : "Canonical");
}

class SavepointDamageTest : public testing::TestWithParam<DamageCase> {
 protected:
  SavepointDamageTest() : job_({.memory_backend = GetParam().memory}) {
    ValueTable& table = OpenNumbers(job_);
    PutRows(table, 0, 300);
    job_.Checkpoint();
    PutRows(table, 200, 300, 1);
    saved_ = Save("one");
  }

  SavepointInfo Save(const std::string& target) {
    CheckpointMetadata from = job_.Checkpoint();
    from.job_id = "0123456789abcdef";
    from.directory = job_.checkpoints();
    from.sql = "INSERT INTO t SELECT 1";
    OperatorCheckpoint& op = from.operators.emplace_back();
    op.uid = "op";
    op.kind = "GroupAggregate";
    return Expect(WriteSavepoint(
        files_, {from, job_.checkpoints() + "/" + target, GetParam().format, nullptr}));
  }
  std::string PathOf(const std::string& relative) const { return saved_.path + "/" + relative; }
  std::string Read(const std::string& relative) {
    return Expect(ReadFile(files_, PathOf(relative)));
  }
  // A new file: those of native savepoints are linked to the job's. Not synced: there are
  // thousands.
  void Replace(const std::string& relative, const std::string& bytes) {
    ASSERT_OK(files_.Remove(PathOf(relative)));
    std::ofstream(PathOf(relative), std::ios::binary) << bytes;
  }
  void ExpectRefused(const std::string& named, const std::string& what) {
    const auto loaded = LoadSnapshot(files_, saved_.path);
    ASSERT_FALSE(loaded.ok()) << named << ": " << what;
    EXPECT_EQ(loaded.status().id(), "E7001") << what << ": " << loaded.status().ToString();
    EXPECT_THAT(loaded.status().ToString(), HasSubstr(named)) << what;
  }
  void ExpectRefusedWith(const std::string& relative, const std::string& bytes,
                         const std::string& what) {
    Replace(relative, bytes);
    ExpectRefused(relative, what);
  }
  void ExpectWhole() { EXPECT_TRUE(LoadSnapshot(files_, saved_.path).ok()); }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const StateFile& file : saved_.metadata.files) names.push_back(file.path);
    return names;
  }

  FileSystem& files_ = FileSystem::Local();
  Job job_;
  SavepointInfo saved_;
};

TEST_P(SavepointDamageTest, B5EveryByteOfTheMetadataFlipped) {
  const std::string whole = Read("_metadata");
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const char mask : {'\x01', '\x80', '\xFF'}) {
      std::string bad = whole;
      bad[i] = static_cast<char>(bad[i] ^ mask);
      ExpectRefusedWith("_metadata", bad, "byte " + std::to_string(i));
      if (HasFatalFailure()) return;
    }
  }
  Replace("_metadata", whole);
  ExpectWhole();
}

TEST_P(SavepointDamageTest, B5MetadataOfEveryShorterLengthAndLongerOnes) {
  const std::string whole = Read("_metadata");
  for (size_t length = 0; length < whole.size(); ++length) {
    ExpectRefusedWith("_metadata", whole.substr(0, length), "length " + std::to_string(length));
    if (HasFatalFailure()) return;
  }
  ExpectRefusedWith("_metadata", whole + '\0', "a byte more");
  ExpectRefusedWith("_metadata", whole + whole, "twice");
  ExpectRefusedWith("_metadata", std::string(whole.size(), '\0'), "zeros");
}

TEST_P(SavepointDamageTest, B5ASampleOfTheBytesOfOtherFilesFlipped) {
  size_t bytes = 0;
  for (const StateFile& file : saved_.metadata.files) bytes += file.bytes;
  ASSERT_GT(bytes, 500U);
  const size_t step = std::max<size_t>(1, bytes / kSampledBytes);
  size_t flipped = 0;
  for (const std::string& name : Names()) {
    const std::string whole = Read(name);
    for (size_t i = flipped % step; i < whole.size(); i += step, ++flipped) {
      std::string bad = whole;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      ExpectRefusedWith(name, bad, "byte " + std::to_string(i));
      if (HasFatalFailure()) return;
    }
    Replace(name, whole);
    ExpectWhole();
  }
  EXPECT_GE(flipped, std::min(bytes, kSampledBytes) - Names().size());
}

TEST_P(SavepointDamageTest, B5FilesTruncatedGrownEmptiedRemoved) {
  for (const std::string& name : Names()) {
    const std::string whole = Read(name);
    for (const size_t length : {size_t{0}, whole.size() / 2, whole.size() - 1}) {
      ExpectRefusedWith(name, whole.substr(0, length), "length " + std::to_string(length));
    }
    ExpectRefusedWith(name, whole + "x", "a byte more");
    ASSERT_OK(files_.Remove(PathOf(name)));
    ExpectRefused(name, "removed");
    ASSERT_OK(files_.CreateDirectories(PathOf(name)));
    ExpectRefused(name, "a directory in its place");
    ASSERT_OK(files_.RemoveRecursively(PathOf(name)));
    ASSERT_OK(WriteSyncedFile(files_, PathOf(name), whole));
  }
  ExpectWhole();
}

TEST_P(SavepointDamageTest, FilesSwapped) {
  const std::vector<std::string> names = Names();
  for (size_t i = 0; i < names.size(); ++i) {
    for (size_t j = i + 1; j < names.size(); ++j) {
      const std::string a = Read(names[i]);
      const std::string b = Read(names[j]);
      Replace(names[i], b);
      Replace(names[j], a);
      if (a != b) ExpectRefused(names[i], "swapped with " + names[j]);
      Replace(names[i], a);
      Replace(names[j], b);
    }
  }
  ExpectWhole();
}

// Files of another savepoint of the same job, under names of this one.
TEST_P(SavepointDamageTest, FilesOfAnotherSavepoint) {
  PutRows(OpenNumbers(job_), 0, 300, 7);
  const SavepointInfo other = Save("two");
  size_t tried = 0;
  for (const StateFile& file : other.metadata.files) {
    const std::vector<std::string> names = Names();
    if (std::find(names.begin(), names.end(), file.path) == names.end()) continue;
    const std::string mine = Read(file.path);
    const std::string foreign = Expect(ReadFile(files_, other.path + "/" + file.path));
    if (mine == foreign) continue;
    ++tried;
    ExpectRefusedWith(file.path, foreign, "of another savepoint");
    Replace(file.path, mine);
  }
  // Names of RocksDB's files say which ones they are.
  if (GetParam().format == SavepointFormat::kCanonical) {
    EXPECT_GT(tried, 0U);
  }
  // Its metadata names files that are not here, or that have other contents.
  const std::string mine = Read("_metadata");
  Replace("_metadata", Expect(ReadFile(files_, other.path + "/_metadata")));
  const auto loaded = LoadSnapshot(files_, saved_.path);
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.status().id(), "E7001") << loaded.status().ToString();
  Replace("_metadata", mine);
  ExpectWhole();
}

// One that was being written when the process died is none.
TEST_P(SavepointDamageTest, WithoutMetadataThereIsNone) {
  ASSERT_OK(files_.Remove(PathOf("_metadata")));
  EXPECT_EQ(LoadSnapshot(files_, saved_.path).status().id(), "E7004");
  EXPECT_EQ(RemoveSavepoint(files_, saved_.path).id(), "E7004");
}

INSTANTIATE_TEST_SUITE_P(All, SavepointDamageTest,
                         testing::Values(DamageCase{false, SavepointFormat::kCanonical},
                                         DamageCase{false, SavepointFormat::kNative},
                                         DamageCase{true, SavepointFormat::kCanonical},
                                         DamageCase{true, SavepointFormat::kNative}),
                         NameOfDamage);

}  // namespace
}  // namespace weir::state
