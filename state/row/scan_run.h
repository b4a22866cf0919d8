// Rows that a scan collects before it passes them on.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/state_backend.h"
#include "state/row/key_codec.h"

namespace weir::state {

// Collects rows and their key words, and passes them on with the keys' canonical bytes. Memory is
// reused.
class ScanRun {
 public:
  static constexpr size_t kRows = 2048;  // the most that are passed on at once

  // Borrows the codec.
  explicit ScanRun(const KeyCodec& codec) : codec_(codec) {}

  bool full() const { return rows_.size() >= kRows; }
  void Add(const KeyWord& key, std::byte* row) {
    words_.push_back(key);
    rows_.push_back(row);
  }
  // Passes on the rows collected, if any, and starts over.
  Status Show(const std::function<Status(const ScannedRows&)>& visit);
  // Passes on those of `rows`, an arena or the like, for which wanted(row) is true, in runs.
  template <typename Rows, typename Wanted, typename KeyOf>
  Status ShowAll(Rows& rows, const Wanted& wanted, const KeyOf& key_of,
                 const std::function<Status(const ScannedRows&)>& visit) {
    Status status;
    rows.ForEach([&](auto row) {
      if (!status.ok() || !wanted(row)) return;
      Add(key_of(row), row.bytes());
      if (full()) status = Show(visit);
    });
    RETURN_IF_ERROR(std::move(status));
    return Show(visit);
  }

 private:
  const KeyCodec& codec_;
  std::vector<KeyWord> words_;
  std::vector<std::byte*> rows_;
  std::string canonical_;
  std::vector<size_t> ends_;
  std::vector<std::string_view> keys_;
};

// Rows that are only on disk. While a scan shows them they lie in blocks of the table that belong
// to no key.
class LoadedRun {
 public:
  using Visitor = std::function<Status(const ScannedRows&)>;
  // Borrows `visit`; `free` frees a row with its block.
  LoadedRun(const Visitor& visit, std::function<void(std::byte* row)> free)
      : visit_(visit), free_(std::move(free)) {}
  ~LoadedRun() { Free(); }
  LoadedRun(const LoadedRun&) = delete;
  LoadedRun& operator=(const LoadedRun&) = delete;

  // Takes over the row, and passes all on when there are enough.
  Status Add(std::string_view key, std::byte* row);
  // Passes on the rows, if any, and frees them.
  Status Show();

 private:
  void Free();

  const Visitor& visit_;
  std::function<void(std::byte* row)> free_;
  std::vector<std::string> keys_;
  std::vector<std::byte*> rows_;
};

}  // namespace weir::state
