// Says who a client is that comes by the network: the owner, by the token of the data directory, or
// a user, by a name and a password.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/access/role.h"
#include "shell/login/login_records.h"
#include "shell/login/rare_line.h"
#include "shell/login/users_file.h"

namespace weir::shell {

struct LoginOptions {
  std::string token;       // of the data directory; lets in from this machine alone
  std::string users_file;  // absolute
  LoginDelays delays;
  std::chrono::milliseconds remembered{600'000};  // that a password was right
  // Called with why somebody was refused, by any thread; may be empty.
  std::function<void(const std::string&)> refused;
};

struct LoginAttempt {
  std::string user;  // "": a token alone
  std::string password;
  std::string address;  // of the client, in digits
};

// Thread-safe. A password costs a tenth of a second of one thread, which judges all of them, and a
// name that is nobody's costs as much; one that was right is remembered for a while, hashed, and
// costs nothing then. Whoever fails waits, longer each time (login_records.h), and nobody else
// does. The users file is read again when it has changed, so that users come and go, and change
// their passwords, without a restart. While it cannot be trusted or read, the token alone lets in.
class Logins {
 public:
  // E6001 for a users file that cannot be trusted, E4006 without a thread.
  static Result<std::unique_ptr<Logins>> Start(LoginOptions options);
  // As Stop().
  ~Logins();
  Logins(const Logins&) = delete;
  Logins& operator=(const Logins&) = delete;

  // The principal, if it is known without waiting.
  std::optional<Principal> Find(const LoginAttempt& attempt);
  // Calls `done` once, at once or later, by any thread, without mutex_. Errors are E6005:
  // kInvalidArgument for a wrong login, which comes late, unless it is a token alone, which nobody
  // guesses; kExternal at once where too many from this address, or in all, wait to be judged.
  using Done = std::function<void(Result<Principal> who)>;
  void Ask(LoginAttempt attempt, Done done);
  // Find, else Ask and wait.
  Result<Principal> Await(const LoginAttempt& attempt);
  // Whether there is a user who could log in.
  bool has_users();
  // Refuses those that wait, and everybody who comes later and is not known.
  void Stop();

 private:
  struct Waiting {
    LoginAttempt attempt;
    std::string group;
    Done done;
    bool judged = false;  // and wrong
  };
  struct Remembered {
    Principal who;
    int64_t until = 0;  // monotonic
  };
  struct Read {
    FileStamp stamp;
    Result<Users> users = Users();
  };

  explicit Logins(LoginOptions options);
  void Run();
  void Judge(Waiting waiting);
  // Other attempts with the same login need not wait any more.
  void HurryAlike(const LoginAttempt& attempt) WEIR_REQUIRES(mutex_);
  std::optional<Principal> Recall(const LoginAttempt& attempt) WEIR_REQUIRES(mutex_);
  void Remember(const LoginAttempt& attempt, const Principal& who) WEIR_REQUIRES(mutex_);
  const Result<Users>& CurrentUsers() WEIR_REQUIRES(mutex_);
  std::string DigestOf(const LoginAttempt& attempt) const;
  bool IsOwner(const LoginAttempt& attempt) const;
  Status Wrong(const LoginAttempt& attempt, bool has_users) const;
  void SayWrongToken(const std::string& address);

  const LoginOptions options_;
  const std::string owner_;   // the name of this process's user
  const std::string secret_;  // of this process: what digests are made with
  const PasswordHash decoy_;  // that nobody's password fits
  Mutex mutex_;
  ConditionVariable changed_;
  bool stopping_ WEIR_GUARDED_BY(mutex_) = false;
  LoginRecords records_ WEIR_GUARDED_BY(mutex_);
  std::multimap<int64_t, Waiting> waiting_ WEIR_GUARDED_BY(mutex_);       // by when they are due
  std::map<std::string, Remembered> remembered_ WEIR_GUARDED_BY(mutex_);  // by digest
  Read read_ WEIR_GUARDED_BY(mutex_);
  RareLine wrong_tokens_;
  Thread thread_;
};

// The name of a user of this machine; the number where it has none.
std::string NameOfUser(uint32_t number);
// A name that anybody may give, for a line of the log.
std::string PrintableName(std::string_view name);

}  // namespace weir::shell
