#include "shell/login/login_records.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/types/datetime.h"

namespace weir::shell {
namespace {

constexpr size_t kMostRecords = 10'000;
constexpr size_t kMostNames = 32;  // of one group; further ones count as one

}  // namespace

std::string AddressGroup(const std::string& address) {
  // Every user of this machine can come from any of these addresses.
  constexpr std::string_view kLoopback = "127.";
  if (address.starts_with(kLoopback)) return "127.0.0.1";
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    ::inet_ntop(AF_INET, six.s6_addr + 12, text.data(), text.size());
    return AddressGroup(text.data());
  }
  if (IN6_IS_ADDR_LOOPBACK(&six)) return "::1";
  std::memset(six.s6_addr + 8, 0, 8);
  ::inet_ntop(AF_INET6, &six, text.data(), text.size());
  return text.data();
}

unsigned LoginRecords::Record::total() const {
  unsigned sum = 0;
  for (const auto& [user, count] : failures) sum += count;
  return sum;
}

int64_t LoginRecords::Delay(size_t failures) const {
  if (failures == 0) return 0;
  // Keeps the shift below from overflowing; `most` limits the delay long before.
  constexpr size_t kMostDoublings = 20;
  const int64_t delay = delays_.first.count() << std::min(failures - 1, kMostDoublings);
  return std::min<int64_t>(delay, delays_.most.count()) * kNanosPerMilli;
}

// Forgets the record that failed longest ago, but none with an attempt that waits.
void LoginRecords::MakeRoom() {
  if (records_.size() < kMostRecords) return;
  auto oldest = records_.end();
  for (auto it = records_.begin(); it != records_.end(); ++it) {
    const bool older = oldest == records_.end() || it->second.last < oldest->second.last;
    if (it->second.begun == 0 && older) oldest = it;
  }
  if (oldest != records_.end()) records_.erase(oldest);
}

int64_t LoginRecords::Begin(const std::string& group, int64_t now) {
  if (!records_.contains(group)) MakeRoom();
  Record& record = records_[group];
  if (now - record.last > delays_.kept.count() * kNanosPerMilli && record.begun == 0) record = {};
  const int64_t due = std::max(now, record.next);
  ++record.begun;
  record.next = due + Delay(record.total() + record.begun);
  return due;
}

size_t LoginRecords::begun(const std::string& group) const {
  const auto found = records_.find(group);
  return found == records_.end() ? 0 : found->second.begun;
}

int64_t LoginRecords::Fail(const std::string& group, const std::string& user, int64_t now) {
  Record& record = records_[group];
  if (record.begun > 0) --record.begun;
  const bool known = record.failures.contains(user) || record.failures.size() < kMostNames;
  unsigned& count = record.failures[known ? user : ""];
  count = std::min(count + 1, 1000U);
  record.last = now;
  const int64_t due = now + Delay(record.total());
  record.next = std::max(record.next, due);
  return due;
}

void LoginRecords::Succeed(const std::string& group, const std::string& user) {
  Record& record = records_[group];
  if (record.begun > 0) --record.begun;
  record.failures.erase(user);
  record.next = record.total() == 0 ? 0 : record.last + Delay(record.total());
}

void LoginRecords::Forget(const std::string& group) {
  Record& record = records_[group];
  if (record.begun > 0) --record.begun;
}

}  // namespace weir::shell
