// Rows that a scan is about to hand out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/state_backend.h"
#include "state/row/key_codec.h"

namespace weir::state {

// Collects rows and the words of their keys, and shows them with the keys' canonical bytes.
// Memory is reused.
class ScanRun {
 public:
  static constexpr size_t kRows = 2048;  // as many as are shown at once

  // Borrows the codec.
  explicit ScanRun(const KeyCodec& codec) : codec_(codec) {}

  bool full() const { return rows_.size() >= kRows; }
  void Add(const KeyWord& key, std::byte* row) {
    words_.push_back(key);
    rows_.push_back(row);
  }
  // Shows the rows, if there are any, and forgets them.
  Status Show(const std::function<Status(const ScannedRows&)>& visit);
  // Shows those of `rows`, an arena or its like, for which wanted(row) is true, in runs.
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

// Rows that only the disk has: they lie in blocks of the table, below no key, while they are shown.
class LoadedRun {
 public:
  using Visitor = std::function<Status(const ScannedRows&)>;
  // Borrows `visit`; `free` takes a row and its block back.
  LoadedRun(const Visitor& visit, std::function<void(std::byte* row)> free)
      : visit_(visit), free_(std::move(free)) {}
  ~LoadedRun() { Free(); }
  LoadedRun(const LoadedRun&) = delete;
  LoadedRun& operator=(const LoadedRun&) = delete;

  // Takes the row, and shows all where there are enough.
  Status Add(std::string_view key, std::byte* row);
  // Shows the rows, if there are any, and frees them.
  Status Show();

 private:
  void Free();

  const Visitor& visit_;
  std::function<void(std::byte* row)> free_;
  std::vector<std::string> keys_;
  std::vector<std::byte*> rows_;
};

}  // namespace weir::state
