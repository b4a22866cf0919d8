#include "runtime/operators/over/recomputed_calls.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

#include "runtime/expr/aggregate_function.h"
#include "runtime/graph/over_state.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

using graph::OverFunction;

// States of calls that keep lists are as long as their frames: few of them are kept at a time.
constexpr size_t kStatesWithLists = 64;

}  // namespace

Status RecomputedCalls::Open() {
  std::vector<expr::AggregateCall> calls = graph::AggregatesOf(spec_.calls);
  has_aggregates_ = !calls.empty();
  std::vector<Field> fields = {{"row_count", Type::BigInt().WithNullable(false)}};
  for (const expr::AggregateCall& call : calls) {
    for (Field& field : expr::StateFields(call, false)) fields.push_back(std::move(field));
    keeps_lists_ = keeps_lists_ || expr::KeepsList(call, false);
  }
  if (keeps_lists_) states_at_once_ = kStatesWithLists;
  RETURN_IF_ERROR(calls_.Open(std::move(calls), fields));
  running_.Open(calls_.layout());
  copies_.Open(calls_.layout());
  fronts_.Open(calls_.layout());
  return {};
}

// --- which rows ----------------------------------------------------------------------------------

bool RecomputedCalls::Touched(const OrderedRows& rows, const FrameBounds& frames,
                              uint32_t place) const {
  const auto count = static_cast<uint32_t>(rows.size());
  return std::ranges::any_of(spec_.calls, [&](const graph::OverCall& call) {
    const auto offset = static_cast<uint32_t>(std::min<int64_t>(call.offset, count));
    switch (call.function) {
      case OverFunction::kAggregate:
      case OverFunction::kNthValue: {
        const auto [begin, end] = frames.Reach(place);
        return rows.Changed(begin, end);
      }
      case OverFunction::kRowNumber:
      case OverFunction::kRank:
      case OverFunction::kDenseRank:
        return rows.Changed(0, place + 1);
      case OverFunction::kLag:
        return rows.Changed(call.ignore_nulls ? 0 : place - std::min(place, offset), place + 1);
      case OverFunction::kLead: {
        const uint32_t behind = std::min(count - place - 1, offset);
        return rows.Changed(place, call.ignore_nulls ? count : place + behind + 1);
      }
      case OverFunction::kPercentRank:
      case OverFunction::kCumeDist:
      case OverFunction::kNtile:
        break;
    }
    return true;
  });
}

void RecomputedCalls::FindTouched(const OrderedRows& rows, const FrameBounds& frames,
                                  std::vector<uint32_t>& places) const {
  places.clear();
  for (uint32_t place = 0; place < rows.size(); ++place) {
    if (rows[place].stored == nullptr || Touched(rows, frames, place)) places.push_back(place);
  }
}

Status RecomputedCalls::Compute(const Partition& at, std::span<const uint32_t> places,
                                PoolVector<ColumnPtr>& results) {
  PoolVector<ColumnPtr> aggregates;
  if (has_aggregates_) RETURN_IF_ERROR(ComputeAggregates(at, places, aggregates));
  size_t next = 0;
  for (const graph::OverCall& call : spec_.calls) {
    results.push_back(call.function == OverFunction::kAggregate ? aggregates[next++]
                                                                : TRY(Other(at, call, places)));
  }
  return {};
}

// --- aggregates ----------------------------------------------------------------------------------

Status RecomputedCalls::ComputeAggregates(const Partition& at, std::span<const uint32_t> places,
                                          PoolVector<ColumnPtr>& results) {
  // Frames that begin at the front are added up from there, and those that end at the end from it.
  const uint32_t begin = at.frames.Begin(places.front());
  RETURN_IF_ERROR(LoadSpan(at, begin, std::max(begin, at.frames.End(places.back()))));
  running_.Clear();
  copies_.Clear();
  fronts_.Clear();
  states_.clear();
  backs_.clear();
  blocks_.clear();
  state_ = nullptr;
  const bool from_back = !spec_.frame.following && !keeps_lists_;
  RETURN_IF_ERROR(!spec_.frame.preceding       ? FromFront(at, places)
                  : from_back                  ? FromBack(at, places)
                  : slides_ && InAnyPortions() ? Sliding(at, places)
                                               : EachFrame(at, places));
  RETURN_IF_ERROR(TurnIntoResults());
  Batch all = ConcatenateAll(std::exchange(blocks_, {}));
  if (spec_.frame.preceding && from_back) {
    std::vector<uint32_t> reversed(places.size());
    std::iota(reversed.rbegin(), reversed.rend(), 0U);
    all = GatherBatch(all, reversed.data(), all.row_count);
  }
  results = std::move(all.columns);
  return {};
}

Status RecomputedCalls::LoadSpan(const Partition& at, uint32_t begin, uint32_t end) {
  span_ = {};
  span_.begin = begin;
  span_.end = end;
  const uint32_t count = span_.end - span_.begin;
  for (const graph::OverCall& over : spec_.calls) {
    if (over.function != OverFunction::kAggregate) continue;
    const expr::AggregateCall& call = over.call;
    ColumnPtr values;
    if (!call.arguments.empty())
      values = TRY(at.rows.Values(at.batch, call.arguments[0], span_.begin, span_.end));
    std::vector<uint8_t> passes;
    if (call.filter >= 0) {
      const ColumnPtr filter = TRY(at.rows.Values(at.batch, call.filter, span_.begin, span_.end));
      for (uint32_t i = 0; i < count; ++i) passes.push_back(Passes(*filter, i) ? 1 : 0);
    }
    span_.arguments.values.push_back(values);
    span_.arguments.passes.push_back(std::move(passes));
    span_.before.emplace_back();
    span_.after.emplace_back();
    if (call.distinct && expr::NeedsValueMap(call, false))
      RETURN_IF_ERROR(NoteRepeats(span_.before.size() - 1, *values));
  }
  return {};
}

// Rows that pass the call's FILTER are found by their values.
Status RecomputedCalls::NoteRepeats(size_t call, const Column& values) {
  const auto count = static_cast<uint32_t>(span_.end - span_.begin);
  std::vector<uint8_t>& passes = span_.arguments.passes[call];
  if (passes.empty()) passes.assign(count, 1);
  std::vector<int64_t>& before = span_.before[call];
  std::vector<int64_t>& after = span_.after[call];
  before.assign(count, -1);
  after.assign(count, INT64_MAX);
  std::unordered_map<std::string, uint32_t> last;
  std::string key;
  for (uint32_t i = 0; i < count; ++i) {
    if (values.IsNull(i)) passes[i] = 0;
    if (passes[i] == 0) continue;
    key.clear();
    AppendKeyValue(values, i, key);
    const auto [entry, is_new] = last.try_emplace(key, i);
    if (is_new) continue;
    before[i] = entry->second;
    after[entry->second] = i;
    entry->second = i;
  }
  return {};
}

void RecomputedCalls::Restart(const RowPlace* before) {
  running_.Clear();
  state_ = running_.Add();
  if (before == nullptr) {
    calls_.Initialize(state_);
  } else {
    CopyFields(*before, {calls_.layout(), state_, 0}, calls_.fields(), running_);
  }
}

void RecomputedCalls::Clear(const RowPlace& to, StringOwner& owner) {
  Restart();
  CopyFields({calls_.layout(), state_, 0}, to, calls_.fields(), owner);
}

Status RecomputedCalls::AddUp(const Partition& at, uint32_t rows, StringOwner& owner) {
  RETURN_IF_ERROR(LoadSpan(at, 0, rows));
  Restart(at.before);
  for (uint32_t row = 0; row < rows; ++row)
    RETURN_IF_ERROR(calls_.Add(span_.arguments, row, state_, running_));
  CopyFields({calls_.layout(), state_, 0}, *at.before, calls_.fields(), owner);
  return {};
}

Status RecomputedCalls::Note() {
  // Bytewise: what the strings of the state lie in stays until TurnIntoResults.
  std::byte* copy = copies_.Add();
  std::memcpy(copy, state_, calls_.layout().row_bytes());
  states_.push_back(copy);
  return states_.size() < states_at_once_ ? Status() : TurnIntoResults();
}

Status RecomputedCalls::TurnIntoResults() {
  if (states_.empty()) return {};
  Batch block;
  block.row_count = static_cast<uint32_t>(states_.size());
  if (!backs_.empty()) RETURN_IF_ERROR(calls_.Join(states_, backs_, copies_));
  RETURN_IF_ERROR(calls_.AppendResults(states_, block.columns));
  blocks_.push_back(std::move(block));
  states_.clear();
  backs_.clear();
  copies_.Clear();
  // Former strings of the running state are dropped.
  FrameRows fresh;
  fresh.Open(calls_.layout());
  std::byte* state = fresh.Add();
  CopyFields({calls_.layout(), state_, 0}, {calls_.layout(), state, 0}, calls_.fields(), fresh);
  std::swap(running_, fresh);
  state_ = state;
  return {};
}

Status RecomputedCalls::FromFront(const Partition& at, std::span<const uint32_t> places) {
  for (size_t call = 0; call < span_.before.size(); ++call) {
    const std::vector<int64_t>& before = span_.before[call];
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i] >= 0) span_.arguments.passes[call][i] = 0;
    }
  }
  Restart(at.before);
  uint32_t next = 0;
  for (const uint32_t place : places) {
    const uint32_t end = at.frames.End(place);
    for (; next < end; ++next) RETURN_IF_ERROR(calls_.Add(span_.arguments, next, state_, running_));
    RETURN_IF_ERROR(Note());
  }
  return {};
}

Status RecomputedCalls::FromBack(const Partition& at, std::span<const uint32_t> places) {
  for (size_t call = 0; call < span_.after.size(); ++call) {
    const std::vector<int64_t>& after = span_.after[call];
    for (size_t i = 0; i < after.size(); ++i) {
      if (after[i] != INT64_MAX) span_.arguments.passes[call][i] = 0;
    }
  }
  Restart();
  uint32_t next = span_.end;
  for (size_t i = places.size(); i-- > 0;) {
    const uint32_t begin = at.frames.Begin(places[i]);
    while (next > begin)
      RETURN_IF_ERROR(calls_.AddInFront(span_.arguments, --next - span_.begin, state_, running_));
    RETURN_IF_ERROR(Note());
  }
  return {};
}

Status RecomputedCalls::EachFrame(const Partition& at, std::span<const uint32_t> places) {
  const std::vector<std::vector<uint8_t>> passes = span_.arguments.passes;
  uint32_t begin = 0;
  uint32_t end = 0;
  for (const uint32_t place : places) {
    // Peers have one frame.
    if (state_ != nullptr && begin == at.frames.Begin(place) && end == at.frames.End(place)) {
      RETURN_IF_ERROR(Note());
      continue;
    }
    begin = at.frames.Begin(place);
    end = at.frames.End(place);
    Begin();
    for (uint32_t row = begin; row < end; ++row) {
      const uint32_t i = row - span_.begin;
      for (size_t call = 0; call < span_.before.size(); ++call) {
        // The first of equal values in the frame.
        if (!span_.before[call].empty())
          span_.arguments.passes[call][i] =
              passes[call][i] != 0 && span_.before[call][i] + span_.begin < begin ? 1 : 0;
      }
      RETURN_IF_ERROR(calls_.Add(span_.arguments, i, state_, running_));
    }
    RETURN_IF_ERROR(Note());
  }
  return {};
}

bool RecomputedCalls::InAnyPortions() const {
  using enum expr::AggregateFunction;
  return std::ranges::all_of(spec_.calls, [](const graph::OverCall& over) {
    if (over.function != OverFunction::kAggregate) return true;
    const expr::AggregateCall& call = over.call;
    if (expr::KeepsList(call, false) || expr::NeedsValueMap(call, false)) return false;
    const bool rounds = std::ranges::any_of(call.argument_types, [](const Type& type) {
      return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
    });
    const bool simple = call.function == kCount || call.function == kSum || call.function == kAvg ||
                        call.function == kMin || call.function == kMax ||
                        call.function == kFirstValue || call.function == kLastValue;
    return simple && !rounds;
  });
}

Status RecomputedCalls::Turn(uint32_t begin, uint32_t end, std::vector<std::byte*>& fronts) {
  if (states_.empty()) fronts_.Clear();
  fronts.assign(end - begin, nullptr);
  std::byte* state = fronts_.Add();
  calls_.Initialize(state);
  for (uint32_t row = end; row-- > begin;) {
    state = fronts_.Copy(state);
    RETURN_IF_ERROR(calls_.AddInFront(span_.arguments, row - span_.begin, state, fronts_));
    fronts[row - begin] = state;
  }
  return {};
}

void RecomputedCalls::Begin() {
  if (states_.empty()) return Restart();
  state_ = running_.Add();
  calls_.Initialize(state_);
}

// Both ends of frames only go on. Rows [front, middle) are in `fronts`, [middle, last) in state_.
// What states lie in is freed once they are results (TurnIntoResults).
Status RecomputedCalls::Sliding(const Partition& at, std::span<const uint32_t> places) {
  std::vector<std::byte*> fronts;
  uint32_t front = span_.begin;
  uint32_t middle = front;
  uint32_t last = front;
  FrameRows none;
  none.Open(calls_.layout());
  std::byte* const no_rows = none.Add();
  calls_.Initialize(no_rows);
  Restart();
  for (const uint32_t place : places) {
    const uint32_t begin = at.frames.Begin(place);
    const uint32_t end = at.frames.End(place);
    if (begin > last) {
      front = middle = last = begin;
      Begin();
    }
    for (; last < end; ++last)
      RETURN_IF_ERROR(calls_.Add(span_.arguments, last - span_.begin, state_, running_));
    if (begin >= middle && middle < last) {
      if (states_.size() >= states_at_once_ / 2) RETURN_IF_ERROR(TurnIntoResults());
      RETURN_IF_ERROR(Turn(begin, last, fronts));
      front = begin;
      middle = last;
      Begin();
    }
    const bool empty = begin >= end;
    states_.push_back(copies_.Copy(empty || begin >= middle ? no_rows : fronts[begin - front]));
    backs_.push_back(copies_.Copy(empty ? no_rows : state_));
    if (states_.size() >= states_at_once_) RETURN_IF_ERROR(TurnIntoResults());
  }
  return {};
}

// --- others --------------------------------------------------------------------------------------

Result<ColumnPtr> RecomputedCalls::Other(const Partition& at, const graph::OverCall& call,
                                         std::span<const uint32_t> places) const {
  const bool picks = call.function == OverFunction::kLag || call.function == OverFunction::kLead ||
                     call.function == OverFunction::kNthValue;
  if (picks) return Picked(at, call, places);
  return Counted(at, call, places);
}

namespace {

// Which of `parts` parts of equal size, of which the first ones have one more where they are not
// equal, the row at `place` of `rows` is in; from 1.
int64_t PartOf(int64_t place, int64_t rows, int64_t parts) {
  const int64_t size = rows / parts;
  const int64_t longer = rows % parts;
  const int64_t in_longer = longer * (size + 1);
  if (place < in_longer) return place / (size + 1) + 1;
  return longer + (place - in_longer) / size + 1;
}

double ShareOf(uint32_t part, size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Places whose value is not NULL.
std::vector<uint32_t> PlacesWithValue(const Column& values) {
  std::vector<uint32_t> places;
  for (uint32_t i = 0; i < values.length(); ++i) {
    if (!values.IsNull(i)) places.push_back(i);
  }
  return places;
}

// Where a call finds its value for the row at `place`: among the places `with_value`, or among all
// if that is null; kNoRow where there is none.
uint32_t FoundPlace(const graph::OverCall& call, const RecomputedCalls::Partition& at,
                    uint32_t place, const std::vector<uint32_t>* with_value) {
  const auto count_before = [&](uint32_t end) -> int64_t {
    if (with_value == nullptr) return end;
    return std::ranges::lower_bound(*with_value, end) - with_value->begin();
  };
  int64_t index = 0;
  int64_t end = count_before(static_cast<uint32_t>(at.rows.size()));
  if (call.function == OverFunction::kLag) {
    index = count_before(place) - call.offset;
  } else if (call.function == OverFunction::kLead) {
    index = count_before(place + 1) - 1 + call.offset;
  } else {
    index = count_before(at.frames.Begin(place)) - 1 + call.offset;
    end = count_before(at.frames.End(place));
  }
  if (index < 0 || index >= end) return kNoRow;
  return with_value == nullptr ? static_cast<uint32_t>(index)
                               : (*with_value)[static_cast<size_t>(index)];
}

}  // namespace

ColumnPtr RecomputedCalls::Counted(const Partition& at, const graph::OverCall& call,
                                   std::span<const uint32_t> places) {
  const auto count = static_cast<uint32_t>(places.size());
  const MutableColumnPtr column = Column::Make(call.call.result_type, count);
  const size_t rows = at.rows.size();
  int64_t dense = 0;     // of the rows before `counted`
  uint32_t counted = 0;  // how far they are counted
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t place = places[i];
    const uint32_t first = at.rows.PeersBegin(place);
    switch (call.function) {
      case OverFunction::kRowNumber:
        column->mutable_data<int64_t>()[i] = int64_t{place} + 1;
        break;
      case OverFunction::kRank:
        column->mutable_data<int64_t>()[i] = int64_t{first} + 1;
        break;
      case OverFunction::kDenseRank:
        for (; counted <= first; counted = at.rows.PeersEnd(counted)) ++dense;
        column->mutable_data<int64_t>()[i] = dense;
        break;
      case OverFunction::kPercentRank:
        column->mutable_data<double>()[i] = ShareOf(first, rows - 1);
        break;
      case OverFunction::kCumeDist:
        column->mutable_data<double>()[i] = ShareOf(at.rows.PeersEnd(place), rows);
        break;
      default:
        column->mutable_data<int64_t>()[i] = PartOf(place, static_cast<int64_t>(rows), call.offset);
        break;
    }
  }
  return column;
}

Result<ColumnPtr> RecomputedCalls::Picked(const Partition& at, const graph::OverCall& call,
                                          std::span<const uint32_t> places) {
  const auto rows = static_cast<uint32_t>(at.rows.size());
  const int argument = call.call.arguments[0];
  std::vector<uint32_t> with_value;
  ColumnPtr values;
  if (call.ignore_nulls) {
    values = TRY(at.rows.Values(at.batch, argument, 0, rows));
    with_value = PlacesWithValue(*values);
  }
  std::vector<uint32_t> found;
  uint32_t first = rows;
  uint32_t last = 0;
  for (const uint32_t place : places) {
    found.push_back(FoundPlace(call, at, place, call.ignore_nulls ? &with_value : nullptr));
    if (found.back() == kNoRow) continue;
    first = std::min(first, found.back());
    last = std::max(last, found.back() + 1);
  }
  first = std::min(first, last);
  Batch source;
  source.row_count = last - first;
  source.columns.push_back(TRY(at.rows.Values(at.batch, argument, first, last)));
  for (uint32_t& place : found) {
    if (place != kNoRow) place -= first;
  }
  if (call.default_column >= 0) {
    Batch defaults;
    defaults.row_count = places.back() + 1 - places.front();
    defaults.columns.push_back(
        TRY(at.rows.Values(at.batch, call.default_column, places.front(), places.back() + 1))
            ->WithType(source.columns[0]->type()));
    for (size_t i = 0; i < places.size(); ++i) {
      if (found[i] == kNoRow) found[i] = source.row_count + places[i] - places.front();
    }
    source = source.row_count == 0 ? std::move(defaults) : Concatenate(source, defaults);
  }
  return GatherOrNull(*source.columns[0], found.data(), static_cast<uint32_t>(found.size()),
                      call.call.result_type);
}

}  // namespace weir::operators
