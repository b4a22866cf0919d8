// Hot: every row of an ORDER BY over input that ends passes here.
#include "runtime/operators/rank/row_sort.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// A row in memory takes about this much, and its bytes three times: as they came, as columns, and
// as sort keys.
constexpr uint64_t kRowBytes = 80;
constexpr uint64_t kCopies = 3;
// Rows that go to the sorter are decoded this many at a time.
constexpr size_t kSpilledAtOnce = 2048;
// In front of a row's bytes in a record of the sorter.
constexpr size_t kCountBytes = 8;

uint64_t HeadAt(std::string_view key, size_t begin) {
  if (key.size() >= begin + sizeof(uint64_t)) return LoadBig64(key.data() + begin);
  char padded[sizeof(uint64_t)] = {};
  if (key.size() > begin) key.copy(padded, sizeof(padded), begin);
  return LoadBig64(padded);
}

}  // namespace

void RowSort::Append(std::string_view row, int64_t count) {
  bytes_.append(row);
  ends_.push_back(bytes_.size());
  counts_.push_back(count);
}

bool RowSort::IsFull() const {
  return memory_bytes_ > 0 && kCopies * bytes_.size() + kRowBytes * ends_.size() > memory_bytes_;
}

void RowSort::Forget() {
  bytes_.clear();
  ends_.clear();
  counts_.clear();
  arrivals_.clear();
}

Status RowSort::Add(std::string_view row, int64_t count, int64_t arrival) {
  Append(row, count);
  arrivals_.push_back(arrival);
  const bool enough = spilled_ && ends_.size() >= kSpilledAtOnce;
  return enough || IsFull() ? Spill() : Status();
}

Result<Batch> RowSort::Decode() const {
  std::vector<std::string_view> rows;
  rows.reserve(ends_.size());
  size_t begin = 0;
  for (const size_t end : ends_) {
    rows.push_back(std::string_view(bytes_).substr(begin, end - begin));
    begin = end;
  }
  Batch batch;
  for (ColumnPtr& column : TRY(DecodeKeys(rows, types_))) {
    batch.columns.push_back(std::move(column));
  }
  batch.row_count = static_cast<uint32_t>(rows.size());
  return batch;
}

void RowSort::EncodeSortKeys(const Batch& rows) {
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : keys_)
    columns.push_back(rows.columns[static_cast<size_t>(key.column)]);
  order_.Encode(columns, keys_, rows.row_count);
}

// The key of a record in the sorter is the sort key followed by the arrival. That sorts correctly,
// since no sort key is a prefix of another one.
Status RowSort::Spill() {
  spilled_ = true;
  const Batch rows = TRY(Decode());
  EncodeSortKeys(rows);
  size_t begin = 0;
  for (uint32_t row = 0; row < ends_.size(); ++row) {
    key_.assign(order_[row]);
    AppendBig64(key_, static_cast<uint64_t>(arrivals_[row]));
    value_.clear();
    AppendLittle(value_, counts_[row]);
    value_.append(bytes_, begin, ends_[row] - begin);
    begin = ends_[row];
    RETURN_IF_ERROR(sorter_->Add(key_, value_));
  }
  Forget();
  return {};
}

Status RowSort::Visit(uint32_t portion_rows, const Visitor& visit) {
  if (!spilled_) return ends_.empty() ? Status() : VisitMemory(portion_rows, visit);
  if (!ends_.empty()) RETURN_IF_ERROR(Spill());
  return VisitSorter(portion_rows, visit);
}

std::vector<RowSort::Place> RowSort::Sorted() const {
  std::vector<Place> places;
  places.reserve(order_.size());
  for (uint32_t row = 0; row < order_.size(); ++row)
    places.push_back({HeadAt(order_[row], 0), HeadAt(order_[row], sizeof(uint64_t)), row});
  std::sort(places.begin(), places.end(), [this](const Place& a, const Place& b) {
    if (a.head != b.head) return a.head < b.head;
    if (a.next != b.next) return a.next < b.next;
    const int order = order_[a.row].compare(order_[b.row]);
    return order != 0 ? order < 0 : arrivals_[a.row] < arrivals_[b.row];
  });
  return places;
}

Status RowSort::VisitMemory(uint32_t portion_rows, const Visitor& visit) {
  const Batch rows = TRY(Decode());
  bytes_ = {};
  ends_ = {};
  EncodeSortKeys(rows);
  const std::vector<Place> places = Sorted();
  std::vector<uint32_t> ids;
  std::vector<int64_t> counts;
  for (size_t begin = 0; begin < places.size(); begin += ids.size()) {
    ids.clear();
    counts.clear();
    const size_t end = std::min(places.size(), begin + portion_rows);
    for (size_t i = begin; i < end; ++i) {
      ids.push_back(places[i].row);
      counts.push_back(counts_[places[i].row]);
    }
    Batch portion = GatherBatch(rows, ids.data(), static_cast<uint32_t>(ids.size()));
    if (!TRY(visit(std::move(portion), counts))) return {};
  }
  return {};
}

Status RowSort::VisitSorter(uint32_t portion_rows, const Visitor& visit) {
  const auto pass_on = [&]() -> Result<bool> {
    Batch rows = TRY(Decode());
    const bool more = TRY(visit(std::move(rows), counts_));
    Forget();
    return more;
  };
  bool wanted = true;
  RETURN_IF_ERROR(sorter_->Visit([&](std::string_view, std::string_view value) -> Result<bool> {
    ByteReader in(value.substr(0, kCountBytes));
    const auto count = in.Little<int64_t>();
    if (in.failed()) return Status::Corruption("a row of a sort is cut off");
    Append(value.substr(kCountBytes), count);
    if (ends_.size() >= portion_rows || IsFull()) wanted = TRY(pass_on());
    return wanted;
  }));
  if (!wanted || ends_.empty()) return {};
  return pass_on().status();
}

}  // namespace weir::operators
