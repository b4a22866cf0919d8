#include "runtime/entropy.h"

#include <random>
#include <utility>

namespace weir {
namespace {

std::function<uint64_t()>& Source() {
  static std::function<uint64_t()> source;
  return source;
}

}  // namespace

uint64_t DrawEntropy() {
  if (Source()) return Source()();
  std::random_device machine;
  return uint64_t{machine()} << 32 | machine();
}

void SetEntropy(std::function<uint64_t()> source) {
  Source() = std::move(source);
}

}  // namespace weir
