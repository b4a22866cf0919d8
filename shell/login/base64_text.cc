#include "shell/login/base64_text.h"

#include <openssl/evp.h>

namespace weir::shell {
namespace {

constexpr size_t kGroup = 4;  // characters for three bytes
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string ToBase64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * kGroup + 1, '\0');  // with a zero at its end
  const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  // Padding fills the last group, or is left out.
  if (text.ends_with('=') && text.size() % kGroup != 0) return std::nullopt;
  std::string padded(text);
  for (int padding = 0; padding < 2 && padded.ends_with('='); ++padding) padded.pop_back();
  // EVP_DecodeBlock lets blanks and line ends pass.
  if (padded.find_first_not_of(kAlphabet) != std::string::npos) return std::nullopt;
  const size_t whole = padded.size();
  if (whole % kGroup == 1) return std::nullopt;
  while (padded.size() % kGroup != 0) padded += '=';
  std::string bytes(padded.size() / kGroup * 3, '\0');
  const int length = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       reinterpret_cast<const unsigned char*>(padded.data()),
                                       static_cast<int>(padded.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<size_t>(length) - (padded.size() - whole));
  return bytes;
}

}  // namespace weir::shell
