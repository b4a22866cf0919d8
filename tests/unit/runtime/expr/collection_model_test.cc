// Functions of arrays and maps against models over std::vector, for arrays of every element type
// that sorts: random elements with repetitions and NULLs.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kCollectionSeed = 20261125;
constexpr int kArrays = 150;

// Elements by their rank in `Alphabet::values`; nothing is NULL.
using Element = std::optional<size_t>;
using Array = std::vector<Element>;

// Few values of one type in ascending order, so that arrays share elements.
struct Alphabet {
  Type type;
  std::vector<std::string_view> values;

  std::string Text(const Element& element) const {
    return element ? std::string(values[*element]) : "NULL";
  }
  std::string Text(const Array& array) const {
    std::string text = "[";
    for (size_t i = 0; i < array.size(); ++i) text += (i > 0 ? ", " : "") + Text(array[i]);
    return text + "]";
  }
  Value ValueOf(const Array& array) const { return testing::Text(Type::Array(type), Text(array)); }
  Value ValueOf(const Element& element) const {
    return element ? testing::Text(type, values[*element]) : N(type);
  }
};

const std::vector<Alphabet>& Alphabets() {
  static const std::vector<Alphabet> alphabets = {
      {Type::Boolean(), {"FALSE", "TRUE"}},
      {Type::TinyInt(), {"-128", "0", "127"}},
      {Type::Int(), {"-2147483648", "-1", "0", "7"}},
      {Type::BigInt(), {"-9223372036854775808", "3", "9223372036854775807"}},
      {Type::Double(), {"-1.5", "0.0", "Infinity", "NaN"}},
      {Type::Decimal(38, 2), {"-999999999999999999999999999999999999.99", "0.00", "0.01"}},
      {Type::String(), {"a", "a text that lies in the heap of its column", "aa", "b"}},
      {Type::Date(), {"1582-10-15", "1970-01-01", "9999-12-31"}},
      {Type::Timestamp(9), {"1969-12-31 23:59:59.999999999", "1970-01-01 00:00:00.000000001"}}};
  return alphabets;
}

Array RandomArray(Random& random, const Alphabet& alphabet, uint64_t most = 6) {
  Array array(random.Below(most + 1));
  for (Element& element : array) {
    if (random.Below(5) > 0) element = random.Below(alphabet.values.size());
  }
  return array;
}

bool Contains(const Array& array, const Element& element) {
  return std::ranges::find(array, element) != array.end();
}

// Every element once, where it is first.
Array Distinct(const Array& array) {
  Array once;
  for (const Element& element : array) {
    if (!Contains(once, element)) once.push_back(element);
  }
  return once;
}

Array Concatenated(Array a, const Array& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Array Filtered(const Array& array, const std::function<bool(const Element&)>& keep) {
  Array kept;
  for (const Element& element : array) {
    if (keep(element)) kept.push_back(element);
  }
  return kept;
}

Array Sorted(Array array, bool ascending, bool nulls_first) {
  std::ranges::sort(array, [&](const Element& a, const Element& b) {
    if (!a || !b) return nulls_first ? !a && b : a && !b;
    return ascending ? *a < *b : *a > *b;
  });
  return array;
}

class CollectionModelTest : public ::testing::Test {
 protected:
  CollectionModelTest() : random_(SeedOf(kCollectionSeed)) {}

  // Calls `check(alphabet, a, b, element)`.
  void ForArrays(
      const std::function<void(const Alphabet&, const Array&, const Array&, const Element&)>& f) {
    for (const Alphabet& alphabet : Alphabets()) {
      for (int i = 0; i < kArrays / static_cast<int>(Alphabets().size()); ++i) {
        const Array a = RandomArray(random_, alphabet);
        const Array b = RandomArray(random_, alphabet);
        const Array one = RandomArray(random_, alphabet, 1);
        SCOPED_TRACE(alphabet.type.ToString() + " " + alphabet.Text(a) + " " + alphabet.Text(b));
        f(alphabet, a, b, one.empty() ? Element(0) : one[0]);
      }
    }
  }

  Random random_;
};

TEST_F(CollectionModelTest, Sets) {
  ForArrays([](const Alphabet& alphabet, const Array& a, const Array& b, const Element&) {
    const std::vector<Value> both = {alphabet.ValueOf(a), alphabet.ValueOf(b)};
    EXPECT_EQ(Call("ARRAY_DISTINCT", {both[0]}), alphabet.Text(Distinct(a)));
    EXPECT_EQ(Call("ARRAY_UNION", both), alphabet.Text(Distinct(Concatenated(a, b))));
    const auto in_b = [&](const Element& element) { return Contains(b, element); };
    const auto not_in_b = [&](const Element& element) { return !Contains(b, element); };
    EXPECT_EQ(Call("ARRAY_EXCEPT", both), alphabet.Text(Distinct(Filtered(a, not_in_b))));
    EXPECT_EQ(Call("ARRAY_INTERSECT", both), alphabet.Text(Distinct(Filtered(a, in_b))));
  });
}

TEST_F(CollectionModelTest, OneBehindTheOther) {
  ForArrays([](const Alphabet& alphabet, const Array& a, const Array& b, const Element& element) {
    const Value array = alphabet.ValueOf(a);
    const Value one = alphabet.ValueOf(element);
    EXPECT_EQ(Call("ARRAY_CONCAT", {array, alphabet.ValueOf(b), array}),
              alphabet.Text(Concatenated(Concatenated(a, b), a)));
    EXPECT_EQ(Call("ARRAY_APPEND", {array, one}), alphabet.Text(Concatenated(a, {element})));
    EXPECT_EQ(Call("ARRAY_PREPEND", {array, one}), alphabet.Text(Concatenated({element}, a)));
    const Array reversed(a.rbegin(), a.rend());
    EXPECT_EQ(Call("ARRAY_REVERSE", {array}), alphabet.Text(reversed));
    EXPECT_EQ(Call("CARDINALITY", {array}), std::to_string(a.size()));
  });
}

TEST_F(CollectionModelTest, Finding) {
  ForArrays([](const Alphabet& alphabet, const Array& a, const Array&, const Element& element) {
    const std::vector<Value> args = {alphabet.ValueOf(a), alphabet.ValueOf(element)};
    EXPECT_EQ(Call("ARRAY_CONTAINS", args), Contains(a, element) ? "TRUE" : "FALSE");
    const auto others = [&](const Element& other) { return other != element; };
    EXPECT_EQ(Call("ARRAY_REMOVE", args), alphabet.Text(Filtered(a, others)));
    const auto place = std::ranges::find(a, element) - a.begin();
    const std::string position = std::to_string(Contains(a, element) ? place + 1 : 0);
    EXPECT_EQ(Call("ARRAY_POSITION", args), element ? position : "NULL");
  });
}

TEST_F(CollectionModelTest, Elements) {
  ForArrays([this](const Alphabet& alphabet, const Array& a, const Array&, const Element&) {
    const auto index = static_cast<int32_t>(random_.Below(8)) + 1;
    const auto at = static_cast<size_t>(index) - 1;
    EXPECT_EQ(Call("ITEM", {alphabet.ValueOf(a), I(index)}),
              at < a.size() ? alphabet.Text(a[at]) : "NULL");
    if (a.size() <= 1) {
      EXPECT_EQ(Call("ELEMENT", {alphabet.ValueOf(a)}), a.empty() ? "NULL" : alphabet.Text(a[0]));
    } else {
      EXPECT_THAT(Call("ELEMENT", {alphabet.ValueOf(a)}), ::testing::StartsWith("E3001"));
    }
  });
}

TEST_F(CollectionModelTest, Slices) {
  ForArrays([this](const Alphabet& alphabet, const Array& a, const Array&, const Element&) {
    const auto size = static_cast<int32_t>(a.size());
    // From 1 and to the size: the ends beyond are in tests/sql/collection/arrays.slt.
    if (size == 0) return;
    const int32_t from = 1 + static_cast<int32_t>(random_.Below(a.size()));
    const int32_t to = from + static_cast<int32_t>(random_.Below(a.size()));
    const Array slice(a.begin() + from - 1, a.begin() + std::min(to, size));
    const Value array = alphabet.ValueOf(a);
    EXPECT_EQ(Call("ARRAY_SLICE", {array, I(from), I(to)}), alphabet.Text(slice));
    // The same places, counted from the end.
    if (to > size) return;
    EXPECT_EQ(Call("ARRAY_SLICE", {array, I(from - size - 1), I(to - size - 1)}),
              alphabet.Text(slice));
  });
}

TEST_F(CollectionModelTest, Order) {
  ForArrays([](const Alphabet& alphabet, const Array& a, const Array&, const Element&) {
    const Value array = alphabet.ValueOf(a);
    if (alphabet.type.kind() == TypeKind::kBoolean) {  // has no order in Flink
      EXPECT_EQ(Call("ARRAY_SORT", {array}), "E2005");
      return;
    }
    EXPECT_EQ(Call("ARRAY_SORT", {array}), alphabet.Text(Sorted(a, true, true)));
    for (const bool ascending : {true, false}) {
      EXPECT_EQ(Call("ARRAY_SORT", {array, B(ascending)}),
                alphabet.Text(Sorted(a, ascending, ascending)));
      for (const bool nulls_first : {true, false}) {
        EXPECT_EQ(Call("ARRAY_SORT", {array, B(ascending), B(nulls_first)}),
                  alphabet.Text(Sorted(a, ascending, nulls_first)));
      }
    }
    const Array values =
        Sorted(Filtered(a, [](const Element& e) { return e.has_value(); }), true, true);
    EXPECT_EQ(Call("ARRAY_MIN", {array}), values.empty() ? "NULL" : alphabet.Text(values.front()));
    EXPECT_EQ(Call("ARRAY_MAX", {array}), values.empty() ? "NULL" : alphabet.Text(values.back()));
  });
}

TEST_F(CollectionModelTest, JoinedTexts) {
  const Alphabet alphabet = {Type::String(), {"a", "", ", ", "\xC3\xA9"}};
  for (int i = 0; i < kArrays; ++i) {
    Array array = RandomArray(random_, alphabet);
    std::vector<Value> cells;
    std::string without;
    std::string with;
    bool first = true;
    for (size_t at = 0; at < array.size(); ++at) {
      const Element& element = array[at];
      cells.push_back(element ? S(std::string(alphabet.values[*element])) : N(Type::String()));
      if (element) {
        without += (first ? "" : "-") + alphabet.Text(element);
        first = false;
      }
      with += (at > 0 ? "-" : "") + (element ? alphabet.Text(element) : "?");
    }
    const Value value = {Type::Array(Type::String()).WithNullable(false), cells};
    EXPECT_EQ(Call("ARRAY_JOIN", {value, S("-")}), without);
    EXPECT_EQ(Call("ARRAY_JOIN", {value, S("-"), S("?")}), with);
  }
}

// --- Maps ----------------------------------------------------------------------------------------

// Keys in the order in which they came; of equal keys the last value counts.
using Entries = std::vector<std::pair<size_t, Element>>;

std::string EntriesText(const Alphabet& keys, const Alphabet& values, const Entries& entries) {
  std::string text = "{";
  for (size_t i = 0; i < entries.size(); ++i) {
    text += (i > 0 ? ", " : "") + keys.Text(Element(entries[i].first)) + "=" +
            values.Text(entries[i].second);
  }
  return text + "}";
}

void Put(Entries& entries, size_t key, const Element& value) {
  const auto found = std::ranges::find(entries, key, &std::pair<size_t, Element>::first);
  if (found == entries.end()) {
    entries.emplace_back(key, value);
  } else {
    found->second = value;
  }
}

TEST_F(CollectionModelTest, Maps) {
  for (const Alphabet& keys : Alphabets()) {
    const Alphabet& values = Alphabets()[2];
    for (int i = 0; i < kArrays / 9; ++i) {
      Entries a;
      Entries b;
      for (Entries* entries : {&a, &b}) {
        for (uint64_t n = random_.Below(4); n > 0; --n) {
          const Array value = RandomArray(random_, values, 1);
          Put(*entries, random_.Below(keys.values.size()), value.empty() ? Element() : value[0]);
        }
      }
      SCOPED_TRACE(EntriesText(keys, values, a) + " " + EntriesText(keys, values, b));
      const Type type = Type::Map(keys.type, values.type);
      const Value map = testing::Text(type, EntriesText(keys, values, a));
      Entries united = a;
      for (const auto& [key, value] : b) Put(united, key, value);
      EXPECT_EQ(Call("MAP_UNION", {map, testing::Text(type, EntriesText(keys, values, b))}),
                EntriesText(keys, values, united));
      Array key_list;
      Array value_list;
      for (const auto& [key, value] : a) {
        key_list.emplace_back(key);
        value_list.push_back(value);
      }
      EXPECT_EQ(Call("MAP_KEYS", {map}), keys.Text(key_list));
      EXPECT_EQ(Call("MAP_VALUES", {map}), values.Text(value_list));
      EXPECT_EQ(Call("MAP_FROM_ARRAYS", {keys.ValueOf(key_list), values.ValueOf(value_list)}),
                EntriesText(keys, values, a));
      EXPECT_EQ(Call("CARDINALITY", {map}), std::to_string(a.size()));
      for (size_t key = 0; key < keys.values.size(); ++key) {
        const auto found = std::ranges::find(a, key, &std::pair<size_t, Element>::first);
        EXPECT_EQ(Call("ITEM", {map, keys.ValueOf(Element(key))}),
                  found == a.end() ? "NULL" : values.Text(found->second));
      }
    }
  }
}

}  // namespace
}  // namespace weir::expr::testing
