#include "runtime/operators/match/run_codec.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "runtime/base/bytes.h"

namespace weir::operators {
namespace {

using Cell = MatchPlan::Cell;

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
    for (const Cell kind : plan_.kinds()) {
      const std::optional<uint32_t> cell = OneCell(kind);
      if (!cell) return false;
      cells.push_back(*cell);
    }
    return !bytes_.failed();
  }
  bool Around(MatchAttempt& attempt) {
    const uint64_t befores = bytes_.Varint();
    const uint64_t count = bytes_.Varint();
    for (uint64_t i = 0; i < count && !bytes_.failed(); ++i) {
      const std::optional<uint32_t> row = Row();
      if (!row) return false;
      attempt.around.push_back(*row);
    }
    attempt.befores = static_cast<uint32_t>(befores);
    return !bytes_.failed() && befores <= count;
  }

 private:
  static std::optional<uint32_t> In(uint64_t place, uint64_t count, uint32_t first) {
    if (place >= count) return std::nullopt;
    return first + static_cast<uint32_t>(place);
  }
  std::optional<uint32_t> OneCell(Cell kind) {
    const uint64_t least = plan_.extended() ? 2 : 1;
    const uint64_t place = bytes_.Varint();
    if (place == 0) return kNoRow;
    if (place < least) return MatchPlan::kOutside;
    if (kind == Cell::kVariable) return In(place - least, plan_.variable_count(), 0);
    return kind == Cell::kList ? In(place - least, links_, first_link_)
                               : In(place - least, rows_, first_row_);
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
  if (attempt.matched) {
    attempt.end = static_cast<int64_t>(bytes.Varint());
    attempt.end_time = bytes.Little<int64_t>();
    if (!cells.Cells(attempt.match)) return Malformed();
  }
  if (plan.extended() && !cells.Around(attempt)) return Malformed();
  return bytes.failed() ? Malformed() : Status();
}

}  // namespace

void RunCodec::Collect(const uint32_t* cells, std::vector<uint32_t>& rows) {
  const std::span<const Cell> kinds = plan_.kinds();
  for (size_t cell = 0; cell < kinds.size(); ++cell) {
    if (cells[cell] == kNoRow || cells[cell] == MatchPlan::kOutside) continue;
    if (kinds[cell] == Cell::kVariable) continue;
    (kinds[cell] == Cell::kList ? links_ : rows).push_back(cells[cell]);
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
  const std::span<const Cell> kinds = plan_.kinds();
  const uint64_t least = plan_.extended() ? 2 : 1;
  for (size_t cell = 0; cell < kinds.size(); ++cell) {
    if (cells[cell] == kNoRow) {
      AppendVarint(out, 0);
    } else if (kinds[cell] == Cell::kVariable) {
      AppendVarint(out, cells[cell] + least);
    } else if (cells[cell] == MatchPlan::kOutside) {
      AppendVarint(out, 1);
    } else {
      AppendVarint(out, PlaceOf(kinds[cell] == Cell::kList ? links_ : rows, cells[cell]) + least);
    }
  }
}

void RunCodec::EncodeLinks(const RowLists& lists, const std::vector<uint32_t>& rows,
                           std::string& out) const {
  AppendVarint(out, links_.size());
  for (const uint32_t link : links_) {
    const RowLists::Link& at = lists.at(link);
    AppendVarint(out, PlaceOf(rows, at.row));
    AppendVarint(out, at.before == kNoRow ? 0 : PlaceOf(links_, at.before) + 1);
    if (plan_.extended()) AppendVarint(out, at.position);
  }
}

void RunCodec::EncodeAttempt(const MatchAttempt& attempt, const std::vector<uint32_t>& rows,
                             std::string& out) const {
  AppendVarint(out, static_cast<uint64_t>(attempt.start));
  AppendLittle(out, attempt.start_time);
  AppendVarint(out, attempt.positions.size());
  for (size_t run = 0; run < attempt.positions.size(); ++run) {
    AppendVarint(out, attempt.positions[run]);
    EncodeCells(attempt.cells.data() + run * plan_.width(), rows, out);
  }
  out.push_back(attempt.matched ? 1 : 0);
  if (attempt.matched) {
    AppendVarint(out, static_cast<uint64_t>(attempt.end));
    AppendLittle(out, attempt.end_time);
    EncodeCells(attempt.match.data(), rows, out);
  }
  if (!plan_.extended()) return;
  AppendVarint(out, attempt.befores);
  AppendVarint(out, attempt.around.size());
  for (const uint32_t row : attempt.around) AppendVarint(out, PlaceOf(rows, row));
}

void RunCodec::Encode(const PartitionRuns& runs, const RowLists& lists,
                      const std::vector<int64_t>& numbers, std::string& out,
                      std::vector<uint32_t>& rows) {
  rows = runs.recent;
  links_.clear();
  for (const MatchAttempt& attempt : runs.attempts) {
    for (size_t run = 0; run < attempt.positions.size(); ++run) {
      Collect(attempt.cells.data() + run * plan_.width(), rows);
    }
    if (attempt.matched) Collect(attempt.match.data(), rows);
    rows.insert(rows.end(), attempt.around.begin(), attempt.around.end());
  }
  FollowLists(lists);
  for (const uint32_t link : links_) rows.push_back(lists.at(link).row);
  SortOnce(rows);
  out.push_back(version());
  AppendVarint(out, rows.size());
  int64_t before = 0;
  for (const uint32_t row : rows) {
    AppendVarint(out, static_cast<uint64_t>(numbers[row] - before));
    before = numbers[row];
  }
  EncodeLinks(lists, rows, out);
  AppendVarint(out, runs.attempts.size());
  for (const MatchAttempt& attempt : runs.attempts) EncodeAttempt(attempt, rows, out);
  if (!plan_.extended()) return;
  AppendVarint(out, runs.recent.size());
  AppendVarint(out, static_cast<uint64_t>(runs.matches));
}

Status RunCodec::Decode(std::string_view bytes, uint32_t first_row, PartitionRuns& runs,
                        RowLists& lists, std::vector<int64_t>& numbers) const {
  ByteReader reader(bytes);
  if (reader.Little<char>() != version()) return Malformed();
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
    const uint64_t position = plan_.extended() ? reader.Varint() : 0;
    if (!row || !before || position >= plan_.spec().positions.size() || reader.failed())
      return Malformed();
    lists.BeginRow();
    lists.Push(*row, *before, static_cast<uint32_t>(position));
  }
  const uint64_t attempts = reader.Varint();
  for (uint64_t attempt = 0; attempt < attempts && !reader.failed(); ++attempt) {
    RETURN_IF_ERROR(DecodeAttempt(reader, plan_, cells, runs.attempts.emplace_back()));
  }
  if (plan_.extended()) {
    const uint64_t recent = reader.Varint();
    if (recent > rows) return Malformed();
    runs.recent.resize(recent);
    std::iota(runs.recent.begin(), runs.recent.end(),
              first_row + static_cast<uint32_t>(rows - recent));
    runs.matches = static_cast<int64_t>(reader.Varint());
  }
  return reader.failed() || !reader.at_end() ? Malformed() : Status();
}

}  // namespace weir::operators
