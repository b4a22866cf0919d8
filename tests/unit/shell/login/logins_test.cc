// Who is let in, what a wrong login costs, and whom it does not cost anything.
#include "shell/login/logins.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>

#include "runtime/clock.h"

namespace weir::shell {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

const std::string kToken(64, 'a');

int64_t NowMillis() {
  return Clock::System().MonotonicNanos() / 1'000'000;
}

class LoginsTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.users_file = testing::TempDir() + "logins_test/users";
    std::filesystem::remove_all(testing::TempDir() + "logins_test");
    options_.token = kToken;
    options_.delays = {milliseconds(100), milliseconds(400), milliseconds(60'000)};
    options_.refused = [this](const std::string& why) {
      const MutexLock lock(mutex_);
      said_ += why + "\n";
    };
    Set("ada", "right", Role::kOperator);
  }
  void Set(const std::string& name, const std::string& password, Role role) {
    const PasswordHash hash = HashPassword(password).value();
    ASSERT_TRUE(ChangeUsers(options_.users_file, [&](Users& users) -> Status {
                  std::erase_if(users, [&](const User& one) { return one.name == name; });
                  users.push_back({name, role, hash});
                  return {};
                }).ok());
  }
  void Start() { logins_ = Logins::Start(options_).value(); }
  // The role's name, or the error's id.
  std::string Try(const std::string& user, const std::string& password,
                  const std::string& address = "10.0.0.1") {
    const Result<Principal> who = logins_->Await({user, password, address});
    return who.ok() ? std::string(RoleName(who->role)) : std::string(who.status().id());
  }

  LoginOptions options_;
  Mutex mutex_;
  std::string said_ WEIR_GUARDED_BY(mutex_);
  std::unique_ptr<Logins> logins_;
};

TEST_F(LoginsTest, UsersAreTheirRole) {
  Start();
  EXPECT_TRUE(logins_->has_users());
  const Principal who = logins_->Await({"ada", "right", "10.0.0.1"}).value();
  EXPECT_EQ(who.name, "ada");
  EXPECT_EQ(who.role, Role::kOperator);
  EXPECT_TRUE(who.remote);
  EXPECT_EQ(Try("ada", "wrong"), "E6005");
  EXPECT_EQ(Try("bob", "right"), "E6005");
  EXPECT_EQ(Try("ada", ""), "E6005");
  const MutexLock lock(mutex_);
  EXPECT_THAT(said_, HasSubstr("ada from 10.0.0.1: there is no such user with this password"));
  EXPECT_THAT(said_, Not(HasSubstr("wrong")));
}

TEST_F(LoginsTest, TheTokenIsForThisMachine) {
  Start();
  for (const std::string address : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(Try("", kToken, address), "admin") << address;
    EXPECT_EQ(Try("whoever", kToken, address), "admin") << address;
  }
  // Also after it was taken from here.
  EXPECT_EQ(Try("", kToken, "10.0.0.1"), "E6005");
  EXPECT_EQ(Try("whoever", kToken, "10.0.0.1"), "E6005");
  EXPECT_EQ(Try("", "", "127.0.0.1"), "E6005");
}

TEST_F(LoginsTest, WhatWasRightIsKnownAtOnce) {
  Start();
  EXPECT_EQ(logins_->Find({"ada", "right", "10.0.0.1"}), std::nullopt);
  EXPECT_EQ(Try("ada", "right"), "operator");
  EXPECT_TRUE(logins_->Find({"ada", "right", "10.0.0.2"}).has_value());
  EXPECT_EQ(logins_->Find({"ada", "righ", "10.0.0.1"}), std::nullopt);
}

TEST_F(LoginsTest, ChangesCountAtOnce) {
  Start();
  EXPECT_EQ(Try("ada", "right"), "operator");
  Set("ada", "right", Role::kReader);
  EXPECT_EQ(Try("ada", "right"), "reader");
  Set("ada", "another", Role::kReader);
  EXPECT_EQ(Try("ada", "right"), "E6005");
  EXPECT_EQ(Try("ada", "another"), "reader");
  std::filesystem::permissions(options_.users_file, std::filesystem::perms(0644));
  EXPECT_EQ(logins_->Find({"ada", "another", "10.0.0.1"}), std::nullopt);
  EXPECT_FALSE(logins_->has_users());
}

TEST_F(LoginsTest, AFileThatOthersMayReadIsRefused) {
  std::filesystem::permissions(options_.users_file, std::filesystem::perms(0644));
  EXPECT_EQ(Logins::Start(options_).status().id(), "E6001");
}

TEST_F(LoginsTest, FailuresCostMoreEachTime) {
  Start();
  int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const int64_t begin = NowMillis();
    EXPECT_EQ(Try("ada", "wrong"), "E6005");
    const int64_t took = NowMillis() - begin;
    EXPECT_GE(took, 100 << i);
    EXPECT_GT(took, last);
    last = took - 90;
  }
}

TEST_F(LoginsTest, OthersDoNotWait) {
  options_.delays.first = options_.delays.most = milliseconds(5'000);
  Start();
  std::vector<std::future<std::string>> guesses;
  for (int i = 0; i < 10; ++i)
    guesses.push_back(
        std::async(std::launch::async, [&, i] { return Try("ada", "wrong" + std::to_string(i)); }));
  const int64_t begin = NowMillis();
  EXPECT_EQ(Try("ada", "right", "10.0.0.2"), "operator");
  EXPECT_EQ(Try("", kToken, "127.0.0.1"), "admin");
  EXPECT_LT(NowMillis() - begin, 4'000);
  // Known by now, wherever it comes from.
  EXPECT_EQ(Try("ada", "right"), "operator");
  logins_->Stop();
  for (std::future<std::string>& guess : guesses) EXPECT_EQ(guess.get(), "E6005");
}

TEST_F(LoginsTest, NotManyWaitForOneAddress) {
  options_.delays.first = options_.delays.most = milliseconds(60'000);
  Start();
  int at_once = 0;
  for (int i = 0; i < 40; ++i)
    logins_->Ask({"ada", "wrong" + std::to_string(i), "10.0.0.1"},
                 [&](const Result<Principal>& who) {
                   const MutexLock lock(mutex_);
                   if (who.status().code() == StatusCode::kExternal) ++at_once;
                 });
  {
    const MutexLock lock(mutex_);
    EXPECT_EQ(at_once, 24);
  }
  EXPECT_EQ(Try("ada", "right", "10.0.0.2"), "operator");
}

TEST_F(LoginsTest, NobodyIsKnownByTime) {
  options_.delays.first = options_.delays.most = milliseconds(0);
  Start();
  const auto time = [&](const std::string& user) {
    const int64_t begin = Clock::System().MonotonicNanos();
    for (int i = 0; i < 4; ++i) EXPECT_EQ(Try(user, "wrong" + std::to_string(i)), "E6005");
    return static_cast<double>(Clock::System().MonotonicNanos() - begin);
  };
  const double there = time("ada");
  const double absent = time("nobody");
  EXPECT_GT(absent, there / 3);
  EXPECT_LT(absent, there * 3);
}

TEST(LoginRecordsTest, AtOnceGainsNothing) {
  LoginRecords records({milliseconds(1), milliseconds(1'000), milliseconds(100'000)});
  constexpr int64_t kMilli = 1'000'000;
  const int64_t start = 1'000'000 * kMilli;
  EXPECT_EQ(records.Begin("a", start), start);
  EXPECT_EQ(records.Begin("a", start), start + 1 * kMilli);
  EXPECT_EQ(records.Begin("a", start), start + 3 * kMilli);
  EXPECT_EQ(records.Begin("b", start), start);
  EXPECT_EQ(records.begun("a"), 3U);
}

TEST(LoginRecordsTest, ASuccessForgivesOneNameAlone) {
  LoginRecords records({milliseconds(1), milliseconds(1'000), milliseconds(100'000)});
  constexpr int64_t kMilli = 1'000'000;
  const int64_t start = 1'000'000 * kMilli;
  for (int i = 0; i < 5; ++i) {
    records.Begin("a", start);
    records.Fail("a", "root", start);
  }
  records.Begin("a", start);
  records.Succeed("a", "ada");
  EXPECT_EQ(records.Begin("a", start), start + 16 * kMilli);
  records.Succeed("a", "root");
  EXPECT_EQ(records.Begin("a", start), start);
  records.Fail("a", "root", start);
  records.Forget("a");
  EXPECT_EQ(records.Begin("a", start + 100'001 * kMilli), start + 100'001 * kMilli);
}

TEST(LoginRecordsTest, AddressesThatOneClientHas) {
  EXPECT_EQ(AddressGroup("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(AddressGroup("127.9.9.9"), "127.0.0.1");
  EXPECT_EQ(AddressGroup("::1"), "::1");
  EXPECT_EQ(AddressGroup("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(AddressGroup("2001:db8:0:1::7"), "2001:db8:0:1::");
  EXPECT_EQ(AddressGroup("2001:db8:0:1:ffff::8"), AddressGroup("2001:db8:0:1::7"));
  EXPECT_NE(AddressGroup("2001:db8:0:2::7"), AddressGroup("2001:db8:0:1::7"));
}

}  // namespace
}  // namespace weir::shell
