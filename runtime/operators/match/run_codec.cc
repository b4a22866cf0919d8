#include "runtime/operators/match/run_codec.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "runtime/base/bytes.h"

namespace weir::operators {
namespace {

constexpr char kVersion = 1;

void SortOnce(std::vector<uint32_t>& values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

uint64_t PlaceOf(const std::vector<uint32_t>& values, uint32_t value) {
  return static_cast<uint64_t>(std::ranges::lower_bound(values, value) - values.begin());
}

Status Malformed() {
  return Status::Corruption("the runs of a pattern are malformed");
}

// Reads rows, links and cells from bytes that may be damaged.
class CellReader {
 public:
  CellReader(ByteReader& bytes, const MatchPlan& plan, uint32_t first_row, uint32_t first_link)
      : bytes_(bytes), plan_(plan), first_row_(first_row), first_link_(first_link) {}

  void Hold(uint64_t rows, uint64_t links) {
    rows_ = rows;
    links_ = links;
  }
  // The id of a row; nothing where it is out of range.
  std::optional<uint32_t> Row() { return In(bytes_.Varint(), rows_, first_row_); }
  std::optional<uint32_t> LinkOrNone(uint64_t links) {
    const uint64_t place = bytes_.Varint();
    if (place == 0) return kNoRow;
    return In(place - 1, links, first_link_);
  }
  bool Cells(std::vector<uint32_t>& cells) {
    for (const uint8_t list : plan_.lists()) {
      std::optional<uint32_t> cell = kNoRow;
      if (list != 0) {
        cell = LinkOrNone(links_);
      } else if (const uint64_t place = bytes_.Varint(); place > 0) {
        cell = In(place - 1, rows_, first_row_);
      }
      if (!cell) return false;
      cells.push_back(*cell);
    }
    return !bytes_.failed();
  }

 private:
  static std::optional<uint32_t> In(uint64_t place, uint64_t count, uint32_t first) {
    if (place >= count) return std::nullopt;
    return first + static_cast<uint32_t>(place);
  }

  ByteReader& bytes_;
  const MatchPlan& plan_;
  uint32_t first_row_;
  uint32_t first_link_;
  uint64_t rows_ = 0;
  uint64_t links_ = 0;
};

Status DecodeAttempt(ByteReader& bytes, const MatchPlan& plan, CellReader& cells,
                     MatchAttempt& attempt) {
  attempt.start = static_cast<int64_t>(bytes.Varint());
  attempt.start_time = bytes.Little<int64_t>();
  const uint64_t runs = bytes.Varint();
  for (uint64_t run = 0; run < runs; ++run) {
    const uint64_t position = bytes.Varint();
    if (position >= plan.spec().positions.size() || !cells.Cells(attempt.cells)) return Malformed();
    attempt.positions.push_back(static_cast<uint32_t>(position));
  }
  attempt.matched = bytes.Little<uint8_t>() != 0;
  if (!attempt.matched) return bytes.failed() ? Malformed() : Status();
  attempt.end = static_cast<int64_t>(bytes.Varint());
  attempt.end_time = bytes.Little<int64_t>();
  return cells.Cells(attempt.match) && !bytes.failed() ? Status() : Malformed();
}

}  // namespace

void RunCodec::Collect(const uint32_t* cells, std::vector<uint32_t>& rows) {
  const std::span<const uint8_t> is_list = plan_.lists();
  for (size_t cell = 0; cell < is_list.size(); ++cell) {
    if (cells[cell] == kNoRow) continue;
    (is_list[cell] != 0 ? links_ : rows).push_back(cells[cell]);
  }
}

// Adds to links_ all links that lead from them to the beginnings of their lists. Each is visited
// once, although lists share their beginnings.
void RunCodec::FollowLists(const RowLists& lists) {
  ++round_;
  seen_.resize(lists.size(), 0);
  std::vector<uint32_t> all;
  for (uint32_t link : links_) {
    for (; link != kNoRow && seen_[link] != round_; link = lists.at(link).before) {
      seen_[link] = round_;
      all.push_back(link);
    }
  }
  links_ = std::move(all);
  std::ranges::sort(links_);
}

void RunCodec::EncodeCells(const uint32_t* cells, const std::vector<uint32_t>& rows,
                           std::string& out) const {
  const std::span<const uint8_t> is_list = plan_.lists();
  for (size_t cell = 0; cell < is_list.size(); ++cell) {
    if (cells[cell] == kNoRow) {
      AppendVarint(out, 0);
    } else {
      AppendVarint(out, PlaceOf(is_list[cell] != 0 ? links_ : rows, cells[cell]) + 1);
    }
  }
}

void RunCodec::Encode(const PartitionRuns& runs, const RowLists& lists,
                      const std::vector<int64_t>& numbers, std::string& out,
                      std::vector<uint32_t>& rows) {
  const size_t width = plan_.lists().size();
  rows.clear();
  links_.clear();
  for (const MatchAttempt& attempt : runs.attempts) {
    for (size_t run = 0; run < attempt.positions.size(); ++run) {
      Collect(attempt.cells.data() + run * width, rows);
    }
    if (attempt.matched) Collect(attempt.match.data(), rows);
  }
  FollowLists(lists);
  for (const uint32_t link : links_) rows.push_back(lists.at(link).row);
  SortOnce(rows);
  out.push_back(kVersion);
  AppendVarint(out, rows.size());
  int64_t before = 0;
  for (const uint32_t row : rows) {
    AppendVarint(out, static_cast<uint64_t>(numbers[row] - before));
    before = numbers[row];
  }
  AppendVarint(out, links_.size());
  for (const uint32_t link : links_) {
    const RowLists::Link& at = lists.at(link);
    AppendVarint(out, PlaceOf(rows, at.row));
    AppendVarint(out, at.before == kNoRow ? 0 : PlaceOf(links_, at.before) + 1);
  }
  AppendVarint(out, runs.attempts.size());
  for (const MatchAttempt& attempt : runs.attempts) {
    AppendVarint(out, static_cast<uint64_t>(attempt.start));
    AppendLittle(out, attempt.start_time);
    AppendVarint(out, attempt.positions.size());
    for (size_t run = 0; run < attempt.positions.size(); ++run) {
      AppendVarint(out, attempt.positions[run]);
      EncodeCells(attempt.cells.data() + run * width, rows, out);
    }
    out.push_back(attempt.matched ? 1 : 0);
    if (!attempt.matched) continue;
    AppendVarint(out, static_cast<uint64_t>(attempt.end));
    AppendLittle(out, attempt.end_time);
    EncodeCells(attempt.match.data(), rows, out);
  }
}

Status RunCodec::Decode(std::string_view bytes, uint32_t first_row, PartitionRuns& runs,
                        RowLists& lists, std::vector<int64_t>& numbers) const {
  ByteReader reader(bytes);
  if (reader.Little<char>() != kVersion) return Malformed();
  CellReader cells(reader, plan_, first_row, lists.size());
  const uint64_t rows = reader.Varint();
  int64_t number = 0;
  for (uint64_t row = 0; row < rows && !reader.failed(); ++row) {
    number += static_cast<int64_t>(reader.Varint());
    numbers.push_back(number);
  }
  const uint64_t links = reader.Varint();
  if (reader.failed()) return Malformed();
  cells.Hold(rows, links);
  for (uint64_t link = 0; link < links; ++link) {
    const std::optional<uint32_t> row = cells.Row();
    const std::optional<uint32_t> before = cells.LinkOrNone(link);
    if (!row || !before || reader.failed()) return Malformed();
    lists.BeginRow();
    lists.Push(*row, *before);
  }
  const uint64_t attempts = reader.Varint();
  for (uint64_t attempt = 0; attempt < attempts && !reader.failed(); ++attempt) {
    RETURN_IF_ERROR(DecodeAttempt(reader, plan_, cells, runs.attempts.emplace_back()));
  }
  return reader.failed() || !reader.at_end() ? Malformed() : Status();
}

}  // namespace weir::operators
