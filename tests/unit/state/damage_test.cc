// Damaged checkpoints: every kind of file, found before anything is opened, and named (B5:
// FLINK-5940, FLINK-22502).
#include <algorithm>
#include <fstream>

#include "state/files/checkpoint_files.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

class DamageTest : public testing::TestWithParam<bool> {
 protected:
  DamageTest() : job_({.memory_backend = GetParam()}) {
    ValueTable& table = OpenNumbers(job_);
    PutRows(table, 0, 40);
    metadata_ = job_.Checkpoint();
    PutRows(table, 20, 40, 1);
    metadata_ = job_.Checkpoint();
  }

  std::string PathOf(const std::string& relative) const {
    return job_.checkpoints() + "/" + relative;
  }
  std::string Read(const std::string& relative) {
    return Expect(ReadFile(job_.files(), PathOf(relative)));
  }
  // A new file: hard links of the old one keep their bytes.
  void Replace(const std::string& relative, const std::string& bytes) {
    ASSERT_OK(job_.files().Remove(PathOf(relative)));
    ASSERT_OK(WriteSyncedFile(job_.files(), PathOf(relative), bytes));
  }
  void ExpectRefused(const std::string& relative, const std::string& bytes,
                     const std::string& what) {
    Replace(relative, bytes);
    ExpectRefused(relative, what);
  }
  void ExpectRefused(const std::string& named, const std::string& what) {
    const auto loaded = job_.storage().Load(PathOf("chk-2"));
    ASSERT_FALSE(loaded.ok()) << named << ": " << what;
    EXPECT_EQ(loaded.status().code(), StatusCode::kCorruption) << what;
    EXPECT_NE(loaded.status().ToString().find(named), std::string::npos)
        << loaded.status().ToString() << ": " << what;
  }
  void ExpectIntact() { EXPECT_TRUE(job_.storage().Load(PathOf("chk-2")).ok()); }

  Job job_;
  CheckpointMetadata metadata_;
};

TEST_P(DamageTest, B5EveryByteAndEveryLengthOfTheMetadata) {
  const std::string path = "chk-2/_metadata";
  const std::string whole = Read(path);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] ^= static_cast<char>(i % 2 == 0 ? 1 : 0xFF);
    ExpectRefused(path, bad, "flipped byte " + std::to_string(i));
    ExpectRefused(path, whole.substr(0, i), "length " + std::to_string(i));
    if (HasFatalFailure()) return;
  }
  ExpectRefused(path, whole + whole, "twice");
  Replace(path, whole);
  ExpectIntact();
}

TEST_P(DamageTest, B5EveryByteAndEveryLengthOfThePointer) {
  const std::string whole = Read("LATEST");
  const auto expect_found = [&](const std::string& bad, size_t i) {
    Replace("LATEST", bad);
    // Nothing is cleaned up on the word of a broken pointer: what it named is found without it.
    ASSERT_OK(job_.storage().Retain(1, {}));
    const auto list = job_.storage().List();
    ASSERT_TRUE(list.ok()) << i << ": " << list.status().ToString();
    ASSERT_EQ(list->size(), 1U) << i;
    EXPECT_EQ(list->back().damage, "") << i;
    ASSERT_TRUE(MakeCheckpointStorage(job_.files(), job_.checkpoints()).ok()) << i;
    ASSERT_EQ(Read("LATEST"), whole) << i;
  };
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] ^= 1;
    expect_found(bad, i);
    expect_found(whole.substr(0, i), i);
    if (HasFatalFailure()) return;
  }
  ExpectIntact();
}

// Missing, cut off, empty, too long, one bit flipped, another file of the same length.
TEST_P(DamageTest, B5EveryStateFile) {
  ASSERT_GE(metadata_.files.size(), GetParam() ? 1U : 4U);
  for (const StateFile& file : metadata_.files) {
    const std::string whole = Read(file.path);
    ExpectRefused(file.path, "", "empty");
    ExpectRefused(file.path, whole + '\0', "too long");
    ExpectRefused(file.path, whole.substr(0, whole.size() - 1), "cut off");
    ExpectRefused(file.path, std::string(whole.rbegin(), whole.rend()), "other bytes");
    for (size_t i = 0; i < whole.size(); i += std::max<size_t>(1, whole.size() / 50)) {
      std::string bad = whole;
      bad[i] ^= static_cast<char>(1 << (i % 8));
      ExpectRefused(file.path, bad, "flipped byte " + std::to_string(i));
    }
    ASSERT_OK(job_.files().Remove(PathOf(file.path)));
    ExpectRefused(file.path, "missing");
    Replace(file.path, whole);
    if (HasFatalFailure()) return;
  }
  ExpectIntact();
}

TEST_P(DamageTest, FilesThatChangedPlaces) {
  for (const StateFile& one : metadata_.files) {
    for (const StateFile& other : metadata_.files) {
      if (one.path >= other.path) continue;
      const std::string first = Read(one.path);
      const std::string second = Read(other.path);
      if (first == second) continue;
      Replace(one.path, second);
      Replace(other.path, first);
      const auto loaded = job_.storage().Load(PathOf("chk-2"));
      ASSERT_FALSE(loaded.ok()) << one.path << " and " << other.path;
      EXPECT_EQ(loaded.status().code(), StatusCode::kCorruption);
      Replace(one.path, first);
      Replace(other.path, second);
    }
  }
  ExpectIntact();
}

// A checkpoint that lost its metadata is not silently passed over for an older one.
TEST_P(DamageTest, TheNewestCheckpointIsGone) {
  ASSERT_OK(job_.files().Remove(PathOf("chk-2/_metadata")));
  const auto list = job_.storage().List();
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.status().code(), StatusCode::kCorruption);
  EXPECT_NE(list.status().ToString().find("chk-2/_metadata"), std::string::npos);
}

TEST_P(DamageTest, AnotherBackendOrNumberOfKeyGroupsIsRefused) {
  job_.Stop();
  CheckpointMetadata other = metadata_;
  other.backend = GetParam() ? "rocksdb" : "memory";
  EXPECT_EQ(job_.TryStart(other).code(), StatusCode::kRestoreRefused);
  job_.Stop();
  other = metadata_;
  other.max_parallelism = 64;
  EXPECT_EQ(job_.TryStart(other).code(), StatusCode::kRestoreRefused);
  job_.Stop();
  other = metadata_;
  other.key_encoding_version = 99;
  EXPECT_EQ(job_.TryStart(other).code(), StatusCode::kRestoreRefused);
}

INSTANTIATE_TEST_SUITE_P(Backends, DamageTest, testing::Bool(),
                         [](const auto& p) { return p.param ? "memory" : "rocksdb"; });

// The checksum is of what was written, not of what came to lie there.
TEST(DamageWhileWriting, IsFound) {
  Job job({});
  PutRows(OpenNumbers(job), 0, 4000);
  std::string damaged;
  job.files().before = [&](std::string_view operation, const std::string& path) -> Status {
    if (operation != "sync" || path.find("/shared/") == std::string::npos || !damaged.empty())
      return {};
    damaged = path;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('?');
    return {};
  };
  const CheckpointMetadata metadata = job.Checkpoint();
  ASSERT_FALSE(damaged.empty());
  const auto loaded = job.storage().Load(Expect(job.storage().List()).back().path);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.status().code(), StatusCode::kCorruption);
  EXPECT_NE(loaded.status().ToString().find("shared/"), std::string::npos);
}

}  // namespace
}  // namespace weir::state
