// The token file: made once, for its owner alone, and believed only as long as that is so.
#include "shell/http/access_token.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class AccessTokenTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "access_token_test";
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  std::string Path() const { return directory_ + "/token"; }
  void Write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(Path()) << text;
    ASSERT_EQ(::chmod(Path().c_str(), mode), 0);
  }
  void ExpectRefused(const std::string& why) const {
    const Result<std::string> token = ReadOrMakeToken(directory_);
    ASSERT_FALSE(token.ok());
    EXPECT_EQ(token.status().id(), "E6001");
    EXPECT_THAT(token.status().message(), HasSubstr(why));
  }

  std::string directory_;
};

TEST_F(AccessTokenTest, IsMadeForItsOwnerAndStays) {
  const mode_t former = ::umask(0);
  const Result<std::string> made = ReadOrMakeToken(directory_);
  ::umask(former);
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_THAT(*made, MatchesRegex("[0-9a-f]{64}"));
  struct stat facts {};
  ASSERT_EQ(::stat(Path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_EQ(ReadOrMakeToken(directory_).value(), *made);
  EXPECT_FALSE(std::filesystem::exists(Path() + ".new"));
}

TEST_F(AccessTokenTest, TwoDirectoriesHaveTwo) {
  const std::string first = ReadOrMakeToken(directory_).value();
  std::filesystem::remove(Path());
  EXPECT_NE(ReadOrMakeToken(directory_).value(), first);
}

TEST_F(AccessTokenTest, OneThatSomebodyWroteIsTaken) {
  const std::string own(64, 'A');
  Write(own);
  EXPECT_EQ(ReadOrMakeToken(directory_).value(), own);
}

TEST_F(AccessTokenTest, AFileForOthersIsRefused) {
  for (const mode_t mode : {0640, 0604, 0602, 0644}) {
    Write(std::string(64, 'a') + "\n", mode);
    ExpectRefused("may be used by others");
  }
}

TEST_F(AccessTokenTest, WhatIsNoTokenIsRefused) {
  for (const std::string& text : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                  std::string(63, 'a') + "g", std::string(64, 'a') + "\n\n"}) {
    SCOPED_TRACE(text);
    Write(text);
    ExpectRefused("has no 64 digits");
  }
  std::filesystem::remove(Path());
  std::filesystem::create_directory(Path());
  ExpectRefused("no regular file");
}

TEST_F(AccessTokenTest, WithoutADirectoryNoneIsMade) {
  const Result<std::string> token = ReadOrMakeToken(directory_ + "/nowhere");
  EXPECT_EQ(token.status().code(), StatusCode::kExternal);
}

TEST(SameTokenTest, EveryByteCounts) {
  const std::string token = "0123456789abcdef";
  EXPECT_TRUE(SameToken(token, token));
  for (size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = 'x';
    EXPECT_FALSE(SameToken(token, other));
  }
  EXPECT_FALSE(SameToken(token, token.substr(1)));
  EXPECT_FALSE(SameToken("", token));
}

}  // namespace
}  // namespace weir::shell
