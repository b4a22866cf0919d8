// How long logins from an address have to wait, by those that failed there before.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weir::shell {

struct LoginDelays {
  std::chrono::milliseconds first{500};     // for the first failure; each one more doubles it
  std::chrono::milliseconds most{30'000};   // for any
  std::chrono::milliseconds kept{900'000};  // after this time without a failure all is forgotten
};

// Where a client has many addresses, those count as one: 127.0.0.0/8, and of IPv6 those with the
// same first 64 bits. An address of IPv4 that is written as one of IPv6 is that of IPv4.
std::string AddressGroup(const std::string& address);

// Not thread-safe. Times are monotonic, in nanoseconds. Failures are remembered by the names that
// were tried: who has an account of their own cannot, by logging in with it, wipe out what guesses
// at another one have cost.
class LoginRecords {
 public:
  explicit LoginRecords(LoginDelays delays) : delays_(delays) {}

  // When the next attempt may be judged. It counts as a failure until it has ended, so that many at
  // once gain nothing.
  int64_t Begin(const std::string& group, int64_t now);
  // How many have begun, and not ended.
  size_t begun(const std::string& group) const;
  // An attempt failed; when its answer, and the next attempt, is due.
  int64_t Fail(const std::string& group, const std::string& user, int64_t now);
  void Succeed(const std::string& group, const std::string& user);
  // To be called when an attempt that has begun ends without being judged.
  void Forget(const std::string& group);

 private:
  struct Record {
    std::map<std::string, unsigned> failures;  // by user
    size_t begun = 0;
    int64_t next = 0;  // when an attempt may be judged
    int64_t last = 0;  // when one failed
    unsigned total() const;
  };
  int64_t Delay(size_t failures) const;
  void MakeRoom();

  const LoginDelays delays_;
  std::map<std::string, Record> records_;  // by group
};

}  // namespace weir::shell
