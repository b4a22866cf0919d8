#include "runtime/base/tiers.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace weir {
namespace {

// __builtin_cpu_supports says yes only if the operating system saves the registers as well.
Width OfProcessor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool sse4 = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") &&
                    __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
  const bool avx2 = sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512 && __builtin_cpu_supports("avx512vbmi2")) return Width::kVbmi2;
  if (avx512) return Width::kAvx512;
  if (avx2) return Width::kAvx2;
  return sse4 ? Width::kSse4 : Width::kPlain;
#elif defined(__aarch64__)
  return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0 ? Width::kArmCrc : Width::kPlain;
#else
  return Width::kPlain;
#endif
}

Width Allowed() {
  const char* const text = std::getenv("WEIR_WIDTH");
  const std::string_view word = text == nullptr ? "" : text;
  if (word == "plain") return Width::kPlain;
  if (word == "sse4") return Width::kSse4;
  if (word == "avx2") return Width::kAvx2;
  if (word == "avx512") return Width::kAvx512;
  return Width::kArmCrc;  // the greatest, so that there is no limit
}

}  // namespace

Width WidestHere() {
  static const Width width = std::max(kBuildWidth, std::min(OfProcessor(), Allowed()));
  return width;
}

}  // namespace weir
