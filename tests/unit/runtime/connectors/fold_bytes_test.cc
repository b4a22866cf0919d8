#include "runtime/connectors/fold_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::connectors {
namespace {

TEST(FoldBytes, DependsOnEveryByte) {
  for (size_t size = 0; size <= 40; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(37 * i + size);
    const uint64_t sum = FoldBytes(bytes.data(), size);
    for (size_t i = 0; i < size; ++i) {
      for (const int flip : {1, 64, 128, 255}) {
        std::string other = bytes;
        other[i] = static_cast<char>(other[i] ^ flip);
        EXPECT_NE(FoldBytes(other.data(), size), sum) << "byte " << i << " of " << size;
      }
    }
  }
}

}  // namespace
}  // namespace weir::connectors
