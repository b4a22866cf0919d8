// A payload as a _metadata file whose length and checksum are right (state/FORMAT.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"

namespace weir::fuzz {

constexpr std::string_view kMagic = "WEIRCKPT";
constexpr size_t kEnvelopeBytes = 20;  // before the payload

inline std::string Sealed(std::string_view payload) {
  std::string checked;
  AppendLittle(checked, uint32_t{1});
  AppendLittle(checked, static_cast<uint32_t>(payload.size()));
  uint32_t crc = Crc32c(0, checked.data(), checked.size());
  crc = Crc32c(crc, payload.data(), payload.size());
  std::string sealed(kMagic);
  sealed += checked;
  AppendLittle(sealed, crc);
  sealed += payload;
  return sealed;
}

}  // namespace weir::fuzz
