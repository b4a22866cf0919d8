#include "runtime/connectors/filesystem/found_links.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/scratch_directory.h"

namespace weir::connectors::testing {
namespace {

namespace fs = std::filesystem;

class FoundLinksTest : public ::testing::Test {
 protected:
  FoundLinksTest() {
    for (const char* directory : {"table", "table/below", "data", "allowed", "other"})
      fs::create_directories(Path(directory));
    for (const char* file : {"table/file", "data/token", "allowed/file", "other/file"})
      std::ofstream(Path(file)) << "text";
  }
  ~FoundLinksTest() override { SetLinkPlaces({}); }

  std::string Path(const std::string& name) const {
    return (fs::path(root_.path()) / name).string();
  }
  // "" or the id of the error for a link in the table's directory that leads to `target`.
  std::string Check(const std::string& target) const {
    const std::string link = Path("table/link");
    fs::remove(link);
    fs::create_symlink(target, link);
    return CheckLink(link, Path("table")).id() == "E6004" ? "E6004" : "";
  }

  ScratchDirectory root_;
};

TEST_F(FoundLinksTest, LeadAnywhereWhereNothingIsSaid) {
  EXPECT_EQ(Check(Path("other/file")), "");
  EXPECT_EQ(Check("../other/file"), "");
  EXPECT_EQ(Check("nowhere"), "");
  EXPECT_TRUE(CheckLink(Path("table/file"), Path("table")).ok());
}

TEST_F(FoundLinksTest, NeverLeadIntoTheDataDirectory) {
  for (const std::vector<std::string>& allowed : {std::vector<std::string>(), {root_.path()}}) {
    SetLinkPlaces({Path("data"), allowed});
    EXPECT_EQ(Check(Path("data/token")), "E6004");
    EXPECT_EQ(Check("../data"), "E6004");
    EXPECT_EQ(Check(Path("other/file")), "");
  }
}

TEST_F(FoundLinksTest, LeadToTheTableOrAnAllowedPlaceWhereTheseAreSaid) {
  SetLinkPlaces({Path("data"), {Path("allowed")}});
  EXPECT_EQ(Check("below"), "");
  EXPECT_EQ(Check(Path("table/file")), "");
  EXPECT_EQ(Check(Path("allowed/file")), "");
  EXPECT_EQ(Check(Path("other/file")), "E6004");
  EXPECT_EQ(Check(Path("allowed/../other/file")), "E6004");
  EXPECT_EQ(Check(Path("allowedly")), "E6004");
  EXPECT_EQ(Check("link"), "E6004") << "leads to itself";
}

// A table's own directory may be a link, and lie where others may not lead.
TEST_F(FoundLinksTest, TheDirectoryItselfIsNamedAndNotFound) {
  SetLinkPlaces({Path("data"), {Path("allowed")}});
  fs::create_directory_symlink(Path("other"), Path("named"));
  fs::create_symlink("file", Path("other/link"));
  EXPECT_TRUE(CheckLink(Path("named"), Path("named")).ok());
  EXPECT_TRUE(CheckLink(Path("named/link"), Path("named")).ok());
}

}  // namespace
}  // namespace weir::connectors::testing
