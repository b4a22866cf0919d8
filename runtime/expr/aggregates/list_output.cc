#include "runtime/expr/aggregates/list_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/bytes.h"
#include "runtime/base/fence.h"
#include "runtime/base/quoting.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/json/json_text.h"
#include "runtime/types/number_text.h"
#include "runtime/types/value_order.h"

namespace weir::expr {
namespace {

// Sets `elements` to the positions of the values of list `row`: all of them, or with `distinct` the
// first of every group of equal ones.
void CountedElements(const ListReader& lists, uint32_t row, bool distinct,
                     PoolVector<uint32_t>& elements) {
  elements.clear();
  ElementSet seen;
  const ListRange range = lists[row];
  for (uint32_t i = range.begin; i < range.end; ++i) {
    if (!distinct || seen.Add(lists.elements(), i)) elements.push_back(i);
  }
}

// --- LISTAGG -------------------------------------------------------------------------------------

class JoinOutput : public ListOutput {
 public:
  explicit JoinOutput(const AggregateCall& call)
      : separator_(call.parameter), distinct_(call.distinct) {}

  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    const ListReader reader(lists);
    const auto* texts = reader.elements().data<StringRef>();
    PoolVector<uint32_t> elements;
    TextBuilder joined;
    for (uint32_t row = 0; row < count; ++row) {
      CountedElements(reader, row, distinct_, elements);
      if (elements.empty()) {
        out.SetNull(row);
        continue;
      }
      joined.clear();
      for (size_t i = 0; i < elements.size(); ++i) {
        if (i > 0) joined.Append(separator_);
        joined.Append(texts[elements[i]].view());
      }
      out.SetString(row, joined.view());
    }
    return {};
  }

  bool reads_bytes() const override { return !distinct_; }

  // Goes over the bytes twice, first to find the size of the text, so that it is written once.
  Status WriteOne(std::string_view bytes, uint32_t row, Column& out) const override {
    if (bytes.empty()) {
      out.SetNull(row);
      return {};
    }
    size_t size = 0;
    RETURN_IF_ERROR(ForEachText(bytes, [&](std::string_view text) { size += text.size(); }));
    CheckValueBytes(size);
    if (size <= StringRef::kInlineBytes) {
      std::string text;
      RETURN_IF_ERROR(ForEachText(bytes, [&](std::string_view part) { text += part; }));
      out.SetString(row, text);
      return {};
    }
    char* const begin = out.AllocateHeap(size);
    char* at = begin;
    RETURN_IF_ERROR(ForEachText(bytes, [&](std::string_view text) {
      std::memcpy(at, text.data(), text.size());
      at += text.size();
    }));
    out.mutable_data<StringRef>()[row] = StringRef(std::string_view(begin, size));
    return {};
  }

 private:
  // Calls `visit` for each text and, between two, for the separator. Fails for bytes that are no
  // list.
  template <typename F>
  Status ForEachText(std::string_view bytes, F&& visit) const {
    ByteReader in(bytes);
    const uint64_t count = in.Varint();
    for (uint64_t i = 0; i < count && !in.failed(); ++i) {
      if (i > 0) visit(std::string_view(separator_));
      if (in.Little<char>() != 0) visit(in.Bytes(in.Varint()));
    }
    return in.failed() ? Status::Corruption("a list of state is cut short") : Status();
  }

  std::string separator_;
  bool distinct_;
};

// --- ARRAY_AGG, COLLECT --------------------------------------------------------------------------

class ArrayOutput : public ListOutput {
 public:
  explicit ArrayOutput(const AggregateCall& call)
      : keeps_null_(call.parameter.empty()), distinct_(call.distinct) {}

  bool keeps_null() const override { return keeps_null_; }

  // A group without values gets NULL and not an empty array (Flink).
  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    const ListReader reader(lists);
    if (!distinct_) return Share(lists, reader, count, out);
    ColumnBuilder builder(out.type(), count);
    PoolVector<uint32_t> elements;
    for (uint32_t row = 0; row < count; ++row) {
      CountedElements(reader, row, distinct_, elements);
      for (const uint32_t i : elements) builder.child(0).AppendFrom(reader.elements(), i);
      elements.empty() ? builder.AppendNull() : builder.AppendList();
    }
    MoveNested(builder.Finish(), count, out);
    return {};
  }

 private:
  // The result shares the memory of the lists' values, so that long ones are not copied.
  static Status Share(const Column& lists, const ListReader& reader, uint32_t count, Column& out) {
    std::copy_n(lists.offsets(), count + 1, out.mutable_offsets());
    out.AddChild(lists.children()[0]->WithType(out.type().fields()[0].type));
    for (uint32_t row = 0; row < count; ++row) {
      const ListRange range = reader[row];
      if (range.begin == range.end) out.SetNull(row);
    }
    return {};
  }

  bool keeps_null_;
  bool distinct_;
};

class MultisetOutput : public ListOutput {
 public:
  explicit MultisetOutput(const AggregateCall& call) : distinct_(call.distinct) {}

  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    const ListReader reader(lists);
    ColumnBuilder builder(out.type(), count);
    ElementSet seen;
    PoolVector<int32_t> counts;
    for (uint32_t row = 0; row < count; ++row) {
      const ListRange range = reader[row];
      seen.Clear();
      counts.clear();
      for (uint32_t i = range.begin; i < range.end; ++i) {
        const uint32_t place = seen.Insert(reader.elements(), i);
        if (place == counts.size()) {
          counts.push_back(0);
          builder.child(0).AppendFrom(reader.elements(), i);
        }
        counts[place] = distinct_ ? 1 : counts[place] + 1;
      }
      for (const int32_t number : counts) builder.child(1).Append(number);
      builder.AppendList();
    }
    MoveNested(builder.Finish(), count, out);
    return {};
  }

 private:
  bool distinct_;
};

// --- FIRST_VALUE, LAST_VALUE ---------------------------------------------------------------------

class EdgeOutput : public ListOutput {
 public:
  explicit EdgeOutput(const AggregateCall& call)
      : last_(call.function == AggregateFunction::kLastValue), distinct_(call.distinct) {}

  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    if (out.type().is_nested()) return WriteNested(lists, count, out);
    const ListReader reader(lists);
    PoolVector<uint32_t> elements;
    DispatchPhysical(out.type().physical(), [&]<typename T>() {
      const T* values = reader.elements().data<T>();
      for (uint32_t row = 0; row < count; ++row) {
        CountedElements(reader, row, distinct_, elements);
        if (elements.empty()) {
          out.SetNull(row);
          continue;
        }
        const T& value = values[last_ ? elements.back() : elements.front()];
        if constexpr (std::is_same_v<T, StringRef>) {
          out.SetString(row, value.view());
        } else {
          out.mutable_data<T>()[row] = value;
        }
      }
    });
    return {};
  }

 private:
  Status WriteNested(const Column& lists, uint32_t count, Column& out) const {
    const ListReader reader(lists);
    PoolVector<uint32_t> elements;
    ColumnBuilder builder(out.type(), count);
    for (uint32_t row = 0; row < count; ++row) {
      CountedElements(reader, row, distinct_, elements);
      if (elements.empty()) {
        builder.AppendNull();
      } else {
        builder.AppendFrom(reader.elements(), last_ ? elements.back() : elements.front());
      }
    }
    MoveNested(builder.Finish(), count, out);
    return {};
  }

  bool last_;
  bool distinct_;
};

// --- PERCENTILE ----------------------------------------------------------------------------------

// A value of a sorted list, and how many there are up to it, as often as each of them counts.
struct CountedValue {
  double value;
  Int128 up_to;
};

void Sort(const Column& values, const PoolVector<uint32_t>& elements, PoolVector<double>& sorted) {
  sorted.clear();
  for (const uint32_t i : elements) sorted.push_back(values.data<double>()[i]);
  std::ranges::sort(sorted, ValueLess<double>);
}

void Sort(const Column& rows, const PoolVector<uint32_t>& elements,
          PoolVector<CountedValue>& sorted) {
  const auto* values = rows.children()[0]->data<double>();
  const auto* counts = rows.children()[1]->data<int64_t>();
  sorted.clear();
  for (const uint32_t i : elements) sorted.push_back({values[i], counts[i]});
  std::ranges::sort(sorted, ValueLess<double>, &CountedValue::value);
  Int128 up_to = 0;
  for (CountedValue& one : sorted) one.up_to = up_to += one.up_to;
}

// How many there are behind the first one.
double CountBehind(const PoolVector<double>& sorted) {
  return static_cast<double>(sorted.size() - 1);
}
double CountBehind(const PoolVector<CountedValue>& sorted) {
  return static_cast<double>(sorted.back().up_to - 1);
}

// The value at a place, which is counted from 1.
double ValueAt(const PoolVector<double>& sorted, double place) {
  return sorted[static_cast<size_t>(place) - 1];
}
double ValueAt(const PoolVector<CountedValue>& sorted, double place) {
  const auto found =
      std::ranges::lower_bound(sorted, static_cast<Int128>(place), {}, &CountedValue::up_to);
  // The place may be rounded beyond the last one, of more than 2^53.
  return found == sorted.end() ? sorted.back().value : found->value;
}

// The percentile at fraction p of n sorted values is at place 1 + p * (n - 1), counted from 1;
// between two places it is interpolated (Flink, Hive). Counting from 0 would give other last digits
// after rounding.
template <typename T>
double PercentileOf(const PoolVector<T>& sorted, double fraction) {
  const double place = 1 + fraction * CountBehind(sorted);
  const double lower = std::floor(place);
  const double upper = std::ceil(place);
  const double low = ValueAt(sorted, lower);
  if (lower == upper) return low;
  return (upper - place) * low + (place - lower) * ValueAt(sorted, upper);
}

// The argument is a value, or a row of a value and how often it counts, at least once.
class PercentileOutput : public ListOutput {
 public:
  explicit PercentileOutput(const AggregateCall& call)
      : distinct_(call.distinct), weighted_(call.argument_types[0].is_nested()) {
    std::string_view text = call.parameter;
    many_ = text.starts_with('[');
    if (many_) text = text.substr(1, text.size() - 2);
    while (!text.empty()) {
      const size_t comma = std::min(text.find(','), text.size());
      fractions_.push_back(ParseDouble(text.substr(0, comma)).value_or(0));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
  }

  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    weighted_ ? WriteOf<CountedValue>(lists, count, out) : WriteOf<double>(lists, count, out);
    return {};
  }

 private:
  template <typename T>
  void WriteOf(const Column& lists, uint32_t count, Column& out) const {
    const ListReader reader(lists);
    ColumnBuilder builder(out.type(), count);
    PoolVector<uint32_t> elements;
    PoolVector<T> sorted;
    for (uint32_t row = 0; row < count; ++row) {
      CountedElements(reader, row, distinct_, elements);
      // No list is empty: of no fractions it is NULL, as in Flink.
      if (elements.empty() || fractions_.empty()) {
        builder.AppendNull();
        continue;
      }
      Sort(reader.elements(), elements, sorted);
      ColumnBuilder& results = many_ ? builder.child(0) : builder;
      for (const double fraction : fractions_) results.Append(PercentileOf(sorted, fraction));
      if (many_) builder.AppendList();
    }
    const ColumnPtr built = builder.Finish();
    if (many_) {
      MoveNested(built, count, out);
    } else {
      std::copy_n(built->data<double>(), count, out.mutable_data<double>());
      if (built->has_validity()) out.ShareValidity(built->validity_buffer());
    }
  }

  bool many_ = false;
  bool distinct_;
  bool weighted_;
  std::vector<double> fractions_;
};

// --- JSON_ARRAYAGG, JSON_OBJECTAGG ---------------------------------------------------------------

// The values are JSON text already.
class JsonArrayOutput : public ListOutput {
 public:
  explicit JsonArrayOutput(const AggregateCall& call) : distinct_(call.distinct) {}

  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    const ListReader reader(lists);
    const auto* texts = reader.elements().data<StringRef>();
    PoolVector<uint32_t> elements;
    TextBuilder built;
    for (uint32_t row = 0; row < count; ++row) {
      CountedElements(reader, row, distinct_, elements);
      built.clear();
      built.Append('[');
      for (size_t i = 0; i < elements.size(); ++i) {
        if (i > 0) built.Append(',');
        built.Append(texts[elements[i]].view());
      }
      built.Append(']');
      out.SetString(row, built.view());
    }
    return {};
  }

 private:
  bool distinct_;
};

// The values are JSON objects of one member each, or empty ones for members that are absent.
class JsonObjectOutput : public ListOutput {
 public:
  Status Write(const Column& lists, uint32_t count, Column& out) const override {
    const ListReader reader(lists);
    const auto* texts = reader.elements().data<StringRef>();
    JsonDocument document;
    TextBuilder built;
    for (uint32_t row = 0; row < count; ++row) {
      const ListRange range = reader[row];
      built.clear();
      built.Append('{');
      size_t members = 0;
      for (uint32_t i = range.begin; i < range.end; ++i) {
        const std::string_view member = texts[i].view();
        if (member.size() <= 2) continue;
        if (members++ > 0) built.Append(',');
        built.Append(member.substr(1, member.size() - 2));
      }
      built.Append('}');
      RETURN_IF_ERROR(WriteSorted(document, members, built, row, out));
    }
    return {};
  }

 private:
  // Writes the object with its members sorted by key. Fails for two members of one key, as in
  // Flink.
  static Status WriteSorted(JsonDocument& document, size_t members, TextBuilder& built,
                            uint32_t row, Column& out) {
    const JsonNode* object = document.Parse(built.view());
    WEIR_CHECK(object != nullptr);
    size_t distinct = 0;
    for (const JsonNode* member = object->first; member != nullptr; member = member->next) {
      ++distinct;
    }
    if (distinct != members) {
      return Status::DataError(
                 fmt::format("JSON_OBJECTAGG met a key twice: {}", Quotable(built.view())))
          .WithId("E3001");
    }
    TextBuilder sorted;
    AppendJson(*object, sorted);
    out.SetString(row, sorted.view());
    return {};
  }
};

}  // namespace

void MoveNested(const ColumnPtr& built, uint32_t count, Column& out) {
  if (out.type().physical() == PhysicalType::kList)
    std::copy_n(built->offsets(), count + 1, out.mutable_offsets());
  if (built->has_validity()) out.ShareValidity(built->validity_buffer());
  for (const ColumnPtr& child : built->children()) out.AddChild(child);
}

std::unique_ptr<ListOutput> MakeListOutput(const AggregateCall& call) {
  switch (call.function) {
    case AggregateFunction::kListAgg:
      return std::make_unique<JoinOutput>(call);
    case AggregateFunction::kArrayAgg:
      return std::make_unique<ArrayOutput>(call);
    case AggregateFunction::kCollect:
      return std::make_unique<MultisetOutput>(call);
    case AggregateFunction::kPercentile:
      return std::make_unique<PercentileOutput>(call);
    case AggregateFunction::kJsonArrayAgg:
      return std::make_unique<JsonArrayOutput>(call);
    case AggregateFunction::kJsonObjectAgg:
      return std::make_unique<JsonObjectOutput>();
    default:
      return std::make_unique<EdgeOutput>(call);
  }
}

}  // namespace weir::expr
