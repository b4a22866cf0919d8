#include "shell/http/access_token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "runtime/base/hex_digit.h"
#include "runtime/entropy.h"
#include "runtime/file_system.h"
#include "runtime/open_file.h"

namespace weir::shell {
namespace {

constexpr size_t kTokenDigits = 64;

Status BadToken(const std::string& path, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the token file '{}' {}", path, why))
      .WithId("E6001")
      .WithHint("remove it, and the next start makes a new one");
}

Status CannotMake(const std::string& path) {
  return Status::External(fmt::format("no token can be made: {}: {}", path, std::strerror(errno)));
}

std::string NewToken() {
  std::string token;
  while (token.size() < kTokenDigits) token += fmt::format("{:016x}", DrawEntropy());
  return token;
}

bool IsToken(std::string_view text) {
  if (text.size() != kTokenDigits) return false;
  for (const char c : text) {
    if (HexDigit(c) < 0) return false;
  }
  return true;
}

// Checks and reads by the descriptor, not by the path, so that the file cannot be exchanged between
// the two.
Result<std::string> ReadToken(const OpenFile& file, const std::string& path) {
  constexpr mode_t kOthers = 077;
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return BadToken(path, "is no regular file");
  if (facts.st_uid != ::geteuid()) return BadToken(path, "is somebody else's");
  if ((facts.st_mode & kOthers) != 0)
    return BadToken(
        path, fmt::format("may be used by others: its mode is {:04o}", facts.st_mode & 07777U));
  std::array<char, kTokenDigits + 2> buffer{};
  const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
  std::string_view text(buffer.data(), count > 0 ? static_cast<size_t>(count) : 0);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (!IsToken(text)) return BadToken(path, fmt::format("has no {} digits", kTokenDigits));
  return std::string(text);
}

// Written under another name and then renamed: a token file that exists is always complete.
Status MakeToken(const std::string& path) {
  const std::string unnamed = path + ".new";
  ::unlink(unnamed.c_str());
  const std::string text = NewToken() + "\n";
  {
    // Not FileSystem::Create, which applies 'state.file-mode': that may let others read.
    const OpenFile file(::open(unnamed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return CannotMake(path);
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(file.get()) != 0)
      return CannotMake(path);
  }
  if (::rename(unnamed.c_str(), path.c_str()) != 0) return CannotMake(path);
  return {};
}

}  // namespace

Result<std::string> ReadOrMakeToken(const std::string& data_directory) {
  const std::string path = JoinPath(data_directory, kTokenFile);
  for (int attempt = 0;; ++attempt) {
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.get() >= 0) return ReadToken(file, path);
    if (errno != ENOENT || attempt > 0) return BadToken(path, "cannot be opened");
    RETURN_IF_ERROR(MakeToken(path));
  }
}

bool SameToken(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned different = 0;
  for (size_t i = 0; i < left.size(); ++i)
    different |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
  return different == 0;
}

}  // namespace weir::shell
