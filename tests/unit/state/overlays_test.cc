// Files of spilled rows and deletions, many and merged, read as a map that the same was done to.
#include "state/disk/overlays.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int kOverlaidKeys = 60;
constexpr int kSpills = 150;

std::string KeyOf(uint64_t number) {
  return fmt::format("{:04}", number);
}

class OverlaysTest : public testing::Test {
 protected:
  OverlaysTest() : random_(DrawRecordedSeed()) {
    directory_ = ::testing::TempDir() + "weir-overlays-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    database_ = Expect(Database::Open(files_, directory_, Compression::kNone));
    family_ = Expect(database_->Family("op/table"));
    overlays_.emplace(files_, *database_, family_);
  }
  ~OverlaysTest() override {
    overlays_.reset();
    database_.reset();
    EXPECT_TRUE(files_.RemoveRecursively(directory_).ok());
  }

  // Some keys are put, others deleted; with `drops` a range goes before that now and then. Readers
  // see what was dropped until the database has it (DiskScope is for them).
  void Spill(bool with_drops = false) {
    RecordSet records;
    std::vector<KeyRange> drops;
    if (with_drops && random_.Below(12) == 0) {
      const uint64_t begin = random_.Below(kOverlaidKeys);
      drops.push_back({KeyOf(begin), KeyOf(begin + 5)});
      for (uint64_t k = begin; k < begin + 5; ++k) model_.erase(KeyOf(k));
    }
    for (uint64_t k = 0; k < kOverlaidKeys; ++k) {
      const uint64_t what = random_.Below(10);
      if (what > 2) continue;
      const std::string value = fmt::format("{} of {}", k, ++values_);
      records.Append({KeyOf(k), what == 0 ? "" : std::string_view(value), what == 0});
      if (what == 0) {
        model_.erase(KeyOf(k));
      } else {
        model_[KeyOf(k)] = value;
      }
    }
    if (records.size() > 0 || !drops.empty()) ASSERT_OK(overlays_->Add(records, drops));
  }

  // Of every key: its row, or none.
  void ExpectModel() {
    std::vector<std::string> keys;
    for (uint64_t k = 0; k < kOverlaidKeys; ++k) keys.push_back(KeyOf(k));
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    std::vector<std::string> values(kOverlaidKeys);
    std::vector<uint8_t> found(kOverlaidKeys, Overlays::kMissing);
    ASSERT_OK(overlays_->Get(views, DiskScope(), values, found));
    for (size_t k = 0; k < kOverlaidKeys; ++k) {
      const auto expected = model_.find(keys[k]);
      ASSERT_EQ(found[k] == Overlays::kFound, expected != model_.end()) << keys[k];
      if (expected != model_.end()) {
        ASSERT_EQ(values[k], expected->second);
      }
    }
  }

  // Through seeks to ascending keys, and steps between them.
  void ExpectCursor() {
    MergedCursor cursor(*database_, false);
    overlays_->AddTo(cursor, DiskScope());
    for (uint64_t from = 0; from < kOverlaidKeys; from += random_.Below(7)) {
      ASSERT_OK(cursor.Seek(KeyOf(from)));
      auto expected = model_.lower_bound(KeyOf(from));
      for (uint64_t steps = random_.Below(4); steps > 0 && expected != model_.end(); --steps) {
        ASSERT_TRUE(cursor.valid());
        ASSERT_EQ(cursor.key(), expected->first);
        ASSERT_EQ(cursor.value(), expected->second);
        ASSERT_OK(cursor.Next());
        ++expected;
      }
      ASSERT_EQ(cursor.valid(), expected != model_.end());
      if (cursor.valid()) {
        ASSERT_EQ(cursor.key(), expected->first);
      }
    }
  }

  std::map<std::string, std::string> InDatabase() {
    std::map<std::string, std::string> rows;
    const std::unique_ptr<rocksdb::Iterator> all(
        database_->db().NewIterator(rocksdb::ReadOptions(), family_));
    for (all->SeekToFirst(); all->Valid(); all->Next()) {
      rows[all->key().ToString()] = all->value().ToString();
    }
    return rows;
  }

  Random random_;
  TestFileSystem files_;
  std::string directory_;
  Database::Pointer database_;
  rocksdb::ColumnFamilyHandle* family_ = nullptr;
  std::optional<Overlays> overlays_;
  std::map<std::string, std::string> model_;
  uint64_t values_ = 0;
};

TEST_F(OverlaysTest, ReadAsOne) {
  for (int spill = 0; spill < kSpills; ++spill) {
    Spill();
    ExpectModel();
    ExpectCursor();
    if (HasFatalFailure()) return;
  }
  // Three files each, of which merging leaves seven of each of three sizes.
  EXPECT_LT(Expect(files_.List(directory_ + "/incoming")).size(), size_t{3} * 7 * 3);
  ASSERT_OK(overlays_->Ingest());
  EXPECT_TRUE(overlays_->empty());
  EXPECT_EQ(InDatabase(), model_);
}

TEST_F(OverlaysTest, DropsApplyToWhatIsOlder) {
  for (int spill = 0; spill < kSpills; ++spill) Spill(true);
  ASSERT_OK(overlays_->Ingest());
  EXPECT_EQ(InDatabase(), model_);
}

// The files of an epoch that has ended are the backend's: later ones are not merged with them.
TEST_F(OverlaysTest, EpochsStayApart) {
  std::vector<std::shared_ptr<SpillFile>> first;
  for (int spill = 0; spill < 7; ++spill) Spill();
  const std::map<std::string, std::string> then = model_;
  overlays_->EndEpoch(1, first);
  EXPECT_FALSE(first.empty());
  for (int spill = 0; spill < 30; ++spill) Spill();
  ExpectModel();
  Database::FamilyFiles taken{family_, {}};
  for (const auto& file : first) taken.paths.push_back(file->path());
  ASSERT_OK(database_->Ingest({taken}));
  overlays_->DropPersisted(1);
  EXPECT_EQ(InDatabase(), then);
  ASSERT_OK(overlays_->Ingest());
  EXPECT_EQ(InDatabase(), model_);
}

}  // namespace
}  // namespace weir::state
