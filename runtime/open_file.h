// A file that this process has open.
#pragma once

#include <unistd.h>

namespace weir {

// Owns a file descriptor, which its destructor closes without reporting failures. -1: none.
class OpenFile {
 public:
  explicit OpenFile(int number) : number_(number) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return number_; }

 private:
  const int number_;
};

}  // namespace weir
