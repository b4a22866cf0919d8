#include "shell/login/logins.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/clock.h"
#include "runtime/types/datetime.h"

namespace weir::shell {
namespace {

// Logins that wait to be judged, in all and from one group of addresses: more are refused at once,
// so that nobody can fill the queue for everybody else.
constexpr size_t kMostWaiting = 128;
constexpr size_t kMostWaitingOfOne = 16;
constexpr size_t kMostRemembered = 1000;

int64_t Now() {
  return Clock::System().MonotonicNanos();
}

std::string RandomBytes() {
  std::string bytes(32, '\0');
  WEIR_CHECK(::RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size())) == 1);
  return bytes;
}

PasswordHash Decoy() {
  PasswordHash hash;
  hash.salt = RandomBytes();
  hash.key = RandomBytes();
  return hash;
}

bool IsOfThisMachine(const std::string& address) {
  const std::string group = AddressGroup(address);
  return group == "::1" || group == "127.0.0.1";
}

Status TooMany() {
  return Status::External("too many logins from this address, or in all, wait to be judged")
      .WithId("E6005")
      .WithHint("try again in some seconds");
}

}  // namespace

std::string NameOfUser(uint32_t number) {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(number, &entry, space.data(), space.size(), &found) != 0 || found == nullptr)
    return std::to_string(number);
  return found->pw_name;
}

std::string PrintableName(std::string_view name) {
  constexpr size_t kMost = 64;
  std::string out;
  for (const char c : name.substr(0, kMost)) out += c > ' ' && c < '\x7f' ? c : '?';
  return out.empty() ? "somebody" : out;
}

Logins::Logins(LoginOptions options)
    : options_(std::move(options)),
      owner_(NameOfUser(::geteuid())),
      secret_(RandomBytes()),
      decoy_(Decoy()),
      records_(options_.delays) {}

Result<std::unique_ptr<Logins>> Logins::Start(LoginOptions options) {
  auto logins = std::unique_ptr<Logins>(new Logins(std::move(options)));
  {
    const MutexLock lock(logins->mutex_);
    RETURN_IF_ERROR(logins->CurrentUsers().status());
  }
  logins->thread_ = TRY(Thread::Start("logins", [it = logins.get()] { it->Run(); }));
  return logins;
}

Logins::~Logins() {
  Stop();
}

void Logins::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.Join();
  std::multimap<int64_t, Waiting> waiting;
  {
    const MutexLock lock(mutex_);
    waiting.swap(waiting_);
  }
  for (auto& [due, one] : waiting) one.done(Wrong(one.attempt, true));
}

const Result<Users>& Logins::CurrentUsers() {
  const FileStamp stamp = StampOf(options_.users_file);
  if (stamp == read_.stamp) return read_.users;
  read_ = {stamp, ReadUsers(options_.users_file)};
  remembered_.clear();
  return read_.users;
}

bool Logins::has_users() {
  const MutexLock lock(mutex_);
  const Result<Users>& users = CurrentUsers();
  return users.ok() && !users->empty();
}

// The digest does not give the password away: it is made with a key that dies with the process.
std::string Logins::DigestOf(const LoginAttempt& attempt) const {
  const std::string message = attempt.user + '\0' + attempt.password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  WEIR_CHECK(::HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                    reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                    out.data(), &length) != nullptr);
  return {reinterpret_cast<const char*>(out.data()), length};
}

// The name does not matter: a client that has to send one may send any with the token.
bool Logins::IsOwner(const LoginAttempt& attempt) const {
  const std::string& said = attempt.password;
  return !options_.token.empty() && said.size() == options_.token.size() &&
         ::CRYPTO_memcmp(said.data(), options_.token.data(), said.size()) == 0 &&
         IsOfThisMachine(attempt.address);
}

std::optional<Principal> Logins::Recall(const LoginAttempt& attempt) {
  if (IsOwner(attempt)) return Principal{owner_, Role::kAdmin, true};
  if (!CurrentUsers().ok()) return std::nullopt;
  const auto found = remembered_.find(DigestOf(attempt));
  if (found == remembered_.end() || found->second.until < Now()) return std::nullopt;
  return found->second.who;
}

void Logins::Remember(const LoginAttempt& attempt, const Principal& who) {
  if (remembered_.size() >= kMostRemembered) {
    const int64_t now = Now();
    std::erase_if(remembered_, [now](const auto& one) { return one.second.until < now; });
    // More than kMostRemembered logins at a time are rare: all are judged anew then.
    if (remembered_.size() >= kMostRemembered) remembered_.clear();
  }
  remembered_[DigestOf(attempt)] = {who, Now() + options_.remembered.count() * kNanosPerMilli};
}

std::optional<Principal> Logins::Find(const LoginAttempt& attempt) {
  const MutexLock lock(mutex_);
  return Recall(attempt);
}

void Logins::SayWrongToken(const std::string& address) {
  const std::optional<std::string> more = wrong_tokens_.Count(Now());
  if (!more || !options_.refused) return;
  options_.refused(fmt::format("somebody from {}: the token is wrong{}", address, *more));
}

void Logins::Ask(LoginAttempt attempt, Done done) {
  if (attempt.user.empty()) {
    if (std::optional<Principal> who = Find(attempt)) return done(*std::move(who));
    SayWrongToken(attempt.address);
    return done(Wrong(attempt, false));
  }
  std::string group = AddressGroup(attempt.address);
  {
    const MutexLock lock(mutex_);
    if (!stopping_ && waiting_.size() < kMostWaiting && records_.begun(group) < kMostWaitingOfOne) {
      const int64_t due = records_.Begin(group, Now());
      waiting_.emplace(due, Waiting{std::move(attempt), std::move(group), std::move(done)});
      changed_.notify_all();
      return;
    }
  }
  done(TooMany());
}

Result<Principal> Logins::Await(const LoginAttempt& attempt) {
  if (std::optional<Principal> who = Find(attempt)) return *std::move(who);
  struct Answer {
    Mutex mutex;
    ConditionVariable changed;
    std::optional<Result<Principal>> who WEIR_GUARDED_BY(mutex);
  } answer;
  Ask(attempt, [&](Result<Principal> who) {
    const MutexLock lock(answer.mutex);
    answer.who = std::move(who);
    answer.changed.notify_all();
  });
  MutexLock lock(answer.mutex);
  answer.changed.wait(lock, [&]() WEIR_REQUIRES(answer.mutex) { return answer.who.has_value(); });
  return *std::move(answer.who);
}

Status Logins::Wrong(const LoginAttempt& attempt, bool has_users) const {
  const bool token = attempt.user.empty() || !has_users;
  return Status::InvalidArgument(
             token ? "the password is not the token from the file 'token' in the data directory"
                   : "there is no such user with this password")
      .WithId("E6005");
}

void Logins::Run() {
  const WithMemoryReserve reserve;
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock,
                    [this]() WEIR_REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
      continue;
    }
    const int64_t rest = waiting_.begin()->first - Now();
    if (rest > 0) {
      const int64_t due = waiting_.begin()->first;
      changed_.wait_for(lock, std::chrono::nanoseconds(rest), [this, due]() WEIR_REQUIRES(mutex_) {
        return stopping_ || waiting_.empty() || waiting_.begin()->first < due;
      });
      continue;
    }
    Waiting waiting = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    if (waiting.judged) {
      waiting.done(Wrong(waiting.attempt, has_users()));
    } else {
      Judge(std::move(waiting));
    }
    lock.lock();
  }
}

void Logins::Judge(Waiting waiting) {
  const LoginAttempt& attempt = waiting.attempt;
  std::optional<Principal> who;
  Result<Users> users = Users();
  FileStamp stamp;
  {
    const MutexLock lock(mutex_);
    who = Recall(attempt);
    users = CurrentUsers();
    stamp = read_.stamp;
  }
  const bool judged = !who;
  // Nobody learns by the time whether there is such a user.
  if (judged) {
    const User* user = users.ok() ? FindUser(*users, attempt.user) : nullptr;
    const bool right = IsPassword(user != nullptr ? user->hash : decoy_, attempt.password);
    if (right && user != nullptr) who = Principal{user->name, user->role, true};
  }
  if (!who && options_.refused) {
    options_.refused(fmt::format(
        "{} from {}: {}", PrintableName(attempt.user), attempt.address,
        users.ok() ? Wrong(attempt, !users->empty()).message() : users.status().message()));
  }
  {
    const MutexLock lock(mutex_);
    if (!who) {
      const int64_t due = records_.Fail(waiting.group, attempt.user, Now());
      waiting.judged = true;
      waiting_.emplace(due, std::move(waiting));
      return;
    }
    records_.Succeed(waiting.group, attempt.user);
    // The users file may have changed while the password was checked: then the user may be gone,
    // and must not be remembered.
    if (judged && StampOf(options_.users_file) == stamp && read_.stamp == stamp)
      Remember(attempt, *who);
    HurryAlike(attempt);
  }
  waiting.done(*std::move(who));
}

void Logins::HurryAlike(const LoginAttempt& attempt) {
  std::vector<std::multimap<int64_t, Waiting>::node_type> alike;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const bool same = !it->second.judged && it->second.attempt.user == attempt.user &&
                      it->second.attempt.password == attempt.password;
    const auto here = it++;
    if (same) alike.push_back(waiting_.extract(here));
  }
  for (auto& node : alike) {
    node.key() = 0;
    waiting_.insert(std::move(node));
  }
}

}  // namespace weir::shell
