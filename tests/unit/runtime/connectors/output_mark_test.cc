// What a directory of output says of its jobs: written, read by name, raised, and no more than what
// is whole.
#include "runtime/connectors/filesystem/output_mark.h"

#include <fmt/format.h>

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kA(32, 'a');
const std::string kB(32, 'b');

class OutputMarkTest : public ConnectorTest {
 protected:
  void SetUp() override {
    ConnectorTest::SetUp();
    ASSERT_TRUE(files().CreateDirectories(Path("out")).ok());
  }
  void Note(const OutputMark& mark, const std::vector<std::string>& origins = {}) {
    ASSERT_TRUE(NoteCommitted(files(), Path("out"), "Sales", mark, origins).ok());
  }
  std::vector<OutputMark> Marks(std::string_view name = "sales") {
    return ReadOutputMarks(files(), Path("out"), name);
  }
};

TEST_F(OutputMarkTest, ALineIsRaisedAndNeverLowered) {
  EXPECT_THAT(Marks(), IsEmpty());
  Note({.job_id = kA, .checkpoint = 3, .attempt = 1'000'000});
  EXPECT_THAT(Marks(), ElementsAre(OutputMark{kA, 3, 1'000'000, false}));
  Note({.job_id = kA, .checkpoint = 7, .attempt = 2'000'001});
  Note({.job_id = kA, .checkpoint = 2, .attempt = 1});
  EXPECT_THAT(Marks(), ElementsAre(OutputMark{kA, 7, 2'000'001, false}));
  EXPECT_THAT(Marks("other"), IsEmpty());
}

TEST_F(OutputMarkTest, WhoGoesOnReplaces) {
  Note({.job_id = kA, .checkpoint = 3, .attempt = 5});
  Note({.job_id = kB, .checkpoint = 1, .attempt = 6}, {kA});
  EXPECT_THAT(Marks(), ElementsAre(OutputMark{kB, 1, 6, false}, OutputMark{kA, 0, 5, true}));
}

TEST_F(OutputMarkTest, TheLatestAreKept) {
  for (int i = 0; i < 100; ++i) Note({.job_id = fmt::format("{:032x}", i), .checkpoint = 1});
  EXPECT_THAT(Marks(), SizeIs(64));
  EXPECT_EQ(Marks().front().job_id, fmt::format("{:032x}", 99));
}

TEST_F(OutputMarkTest, APartOfItSaysNothing) {
  Note({.job_id = kA, .checkpoint = 3, .attempt = 5});
  Note({.job_id = kB, .checkpoint = 4, .attempt = 6}, {kA});
  const std::string path = OutputMarkPath(Path("out"), "sales");
  const std::string whole = ReadFile(files(), path).value();
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Write(path.substr(Path("").size()), whole.substr(0, bytes));
    EXPECT_THAT(Marks(), IsEmpty()) << bytes;
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] ^= 1;
    Write(path.substr(Path("").size()), changed);
    EXPECT_THAT(Marks(), IsEmpty()) << at;
  }
}

// Bytes of the first version, read and written by every later build.
TEST_F(OutputMarkTest, Golden) {
  const std::string golden = ReadFile(files(), "tests/golden/v1/weir-committed").value();
  const std::string path = OutputMarkPath(Path("out"), "sales");
  Write(path.substr(Path("").size()), golden);
  EXPECT_THAT(Marks(),
              ElementsAre(OutputMark{kB, 4, 2'000'000, false}, OutputMark{kA, 0, 1'000'003, true}));
  Note({.job_id = kB, .checkpoint = 4, .attempt = 2'000'000});
  EXPECT_EQ(ReadFile(files(), path).value(), golden);
}

}  // namespace
}  // namespace weir::connectors::testing
