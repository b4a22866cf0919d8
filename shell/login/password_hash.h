// Passwords as they are kept: scrypt (RFC 7914) with a salt of its own for each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

// What a password becomes. The costs are kept with it, so that later ones may be greater.
struct PasswordHash {
  unsigned log_n = 15;  // binary logarithm of scrypt's N; with r = 8 that is 32 MiB of memory
  unsigned r = 8;
  unsigned p = 1;
  std::string salt;
  std::string key;
};

// The longest password that is taken, in bytes.
inline constexpr size_t kMostPasswordBytes = 1024;

// kInvalidArgument for an empty or longer one, and for one with a control character, which neither
// a line of text nor SASL PLAIN could bring. Takes about a tenth of a second.
Result<PasswordHash> HashPassword(std::string_view password);
// As long as HashPassword, whatever the password is. The comparison takes a time that says nothing.
// False, too, where there is no memory for it.
bool IsPassword(const PasswordHash& hash, std::string_view password);

// "$scrypt$ln=15,r=8,p=1$salt$key", with salt and key in base64: the form of PHC's strings.
std::string PasswordHashText(const PasswordHash& hash);
// kInvalidArgument for what is none, and for costs of more than 256 MiB of memory.
Result<PasswordHash> ParsePasswordHash(std::string_view text);

}  // namespace weir::shell
