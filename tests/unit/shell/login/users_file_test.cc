// The users file: whole changes, and files that cannot be trusted.
#include "shell/login/users_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace weir::shell {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHash =
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

User Named(const std::string& name, Role role = Role::kReader) {
  return {name, role, ParsePasswordHash(kHash).value()};
}

class UsersFileTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "users_file_test";
    std::filesystem::remove_all(directory_);
  }
  std::string Path() const { return directory_ + "/data/users"; }
  void Write(const std::string& text, mode_t mode = 0600) const {
    std::filesystem::create_directories(directory_ + "/data");
    std::ofstream(Path()) << text;
    ASSERT_EQ(::chmod(Path().c_str(), mode), 0);
  }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(Path()).rdbuf();
    return text.str();
  }
  void ExpectRefused(const std::string& why) const {
    const Result<Users> users = ReadUsers(Path());
    ASSERT_FALSE(users.ok()) << why;
    EXPECT_EQ(users.status().id(), "E6001");
    EXPECT_THAT(users.status().message(), HasSubstr(why));
  }
  Status Add(const User& user) const {
    return ChangeUsers(Path(), [&](Users& users) -> Status {
      users.push_back(user);
      return {};
    });
  }

  std::string directory_;
};

TEST_F(UsersFileTest, NobodyIsThereBeforeTheFirst) {
  EXPECT_TRUE(ReadUsers(Path()).value().empty());
  EXPECT_EQ(StampOf(Path()), FileStamp());
  ASSERT_TRUE(Add(Named("bob", Role::kAdmin)).ok());
  ASSERT_TRUE(Add(Named("ada", Role::kOperator)).ok());
  // What is written stays readable for ever: this text is a golden one.
  EXPECT_EQ(Text(), "weir users 1\nada:operator:" + std::string(kHash) +
                        "\nbob:admin:" + std::string(kHash) + "\n");
  struct stat facts {};
  ASSERT_EQ(::stat(Path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  const Users users = ReadUsers(Path()).value();
  ASSERT_EQ(users.size(), 2U);
  EXPECT_EQ(FindUser(users, "ada")->role, Role::kOperator);
  EXPECT_EQ(FindUser(users, "Ada"), nullptr);
}

TEST_F(UsersFileTest, AChangeThatFailsChangesNothing) {
  ASSERT_TRUE(Add(Named("ada")).ok());
  const FileStamp before = StampOf(Path());
  const Status status = ChangeUsers(Path(), [](Users&) { return Status::InvalidArgument("no"); });
  EXPECT_EQ(status.message(), "no");
  EXPECT_EQ(StampOf(Path()), before);
  ASSERT_TRUE(Add(Named("bob")).ok());
  EXPECT_NE(StampOf(Path()), before);
}

TEST_F(UsersFileTest, ManyChangesAtOnceAllCount) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { EXPECT_TRUE(Add(Named("u" + std::to_string(i))).ok()); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ReadUsers(Path()).value().size(), 8U);
}

TEST_F(UsersFileTest, OthersMayNotUseIt) {
  ASSERT_TRUE(Add(Named("ada")).ok());
  for (const mode_t mode : {0640, 0604, 0660, 0601}) {
    ASSERT_EQ(::chmod(Path().c_str(), mode), 0);
    ExpectRefused("may be used by others");
  }
  std::filesystem::remove(Path());
  std::filesystem::create_directories(Path());
  ExpectRefused("is no regular file");
}

TEST_F(UsersFileTest, WhatIsNoUsersFile) {
  const std::string hash(kHash);
  const std::string head = "weir users 1\n";
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "does not begin"},
           {"weir users 2\n", "does not begin"},
           {"ada:admin:" + hash + "\n", "does not begin"},
           {head + "ada:admin:" + hash, "middle of a line"},
           {head + "ada\n", "line 2 wrong"},
           {head + "\n", "line 2 wrong"},
           {head + "ada:root:" + hash + "\n", "no role 'root'"},
           {head + "-ada:admin:" + hash + "\n", "no name of a user"},
           {head + "ada:admin:secret\n", "malformed"},
           {head + "ada:admin:" + hash + "\n# b\nada:reader:" + hash + "\n", "ada twice"}}) {
    Write(text);
    ExpectRefused(why);
  }
  Write(head + "# a remark\nada:admin:" + hash + "\n");
  EXPECT_EQ(ReadUsers(Path()).value().size(), 1U);
}

TEST_F(UsersFileTest, Names) {
  for (const std::string name : {"a", "Ada", "ada.l@example.org", "7of9", "a_b-c"})
    EXPECT_TRUE(CheckUserName(name).ok()) << name;
  for (const std::string& name : {std::string(), std::string("a:b"), std::string("a b"),
                                  std::string("ü"), std::string(".a"), std::string(65, 'a')})
    EXPECT_FALSE(CheckUserName(name).ok()) << name;
}

}  // namespace
}  // namespace weir::shell
