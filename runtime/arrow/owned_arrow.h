// Owners of what the C data interface hands over.
#pragma once

#include "runtime/abi/weir/arrow.h"

namespace weir::arrow {

// Releases what it holds, if anything, when it is destroyed.
template <typename Raw>
class OwnedArrow {
 public:
  OwnedArrow() = default;
  ~OwnedArrow() { Reset(); }
  OwnedArrow(const OwnedArrow&) = delete;
  OwnedArrow& operator=(const OwnedArrow&) = delete;

  // To be filled.
  Raw* Fill() {
    Reset();
    return &raw_;
  }
  bool empty() const { return raw_.release == nullptr; }
  const Raw& operator*() const { return raw_; }
  const Raw* operator->() const { return &raw_; }
  // For who takes it over.
  Raw* get() { return &raw_; }
  void Reset() {
    if (raw_.release != nullptr) raw_.release(&raw_);
    raw_ = {};
  }

 private:
  Raw raw_{};
};

}  // namespace weir::arrow
