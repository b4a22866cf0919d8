// How tree nodes hold each other: a pointer that behaves like the value behind it.
#pragma once

#include <memory>
#include <utility>

namespace weir::ast {

// Owns one T or nothing. Copies are deep, == compares the values held, and const applies to them as
// well, so that a tree of such nodes can be copied, compared and returned like a plain struct. T
// may be incomplete where a Box of it is declared. Never shared and never cyclic. Destruction is
// recursive, to a depth that the parser bounds by kMaxTreeDepth. A node costs one allocation, and a
// copy copies the whole tree: move a tree to pass it on.
template <typename T>
class Box {
 public:
  Box() = default;
  Box(std::nullptr_t) {}  // NOLINT: `return nullptr;` reads well for an absent clause
  Box(T value) : held_(std::make_unique<T>(std::move(value))) {}  // NOLINT
  Box(const Box& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Box(Box&& other) noexcept = default;
  Box& operator=(const Box& other) {
    Box copy(other);
    held_ = std::move(copy.held_);
    return *this;
  }
  Box& operator=(Box&& other) noexcept = default;
  ~Box() = default;

  explicit operator bool() const { return held_ != nullptr; }
  // May be null.
  T* get() { return held_.get(); }
  const T* get() const { return held_.get(); }
  // REQUIRES: something is held.
  T& operator*() { return *held_; }
  const T& operator*() const { return *held_; }
  T* operator->() { return held_.get(); }
  const T* operator->() const { return held_.get(); }

  // Two empty boxes are equal.
  friend bool operator==(const Box& a, const Box& b) {
    if (!a.held_ || !b.held_) return a.held_ == b.held_;
    return *a.held_ == *b.held_;
  }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace weir::ast
