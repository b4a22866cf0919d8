// The entries of one MAP or MULTISET while they are made up. Its keys are unique by equality.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/types/column_builder.h"
#include "runtime/types/type.h"
#include "runtime/types/value.h"

namespace weir::connectors {

// Usage: append a key and a value to the two builders, Take them, and so on, then AppendTo. Not
// thread-safe.
class MapEntries {
 public:
  // `type`: a MAP, or a MULTISET, whose elements and counts are keys and values.
  explicit MapEntries(const Type& type);

  ColumnBuilder& key() { return key_; }
  ColumnBuilder& value() { return value_; }
  // Takes the key and the value that were appended. Of equal keys the last value counts, as in the
  // MAPs of Flink's generators.
  void Take();
  // Takes the element that was appended to key(), once more if it is there. MULTISET alone.
  void Count();
  // Appends all entries, as one value, in the order in which their keys came first.
  void AppendTo(ColumnBuilder& out) const;

 private:
  // The entry of the key that was appended to key_, whose value is NULL when it is new.
  Value& ValueOfKey();

  ColumnBuilder key_;
  ColumnBuilder value_;
  std::vector<std::pair<Value, Value>> entries_;
  std::unordered_map<std::string, size_t> places_;  // of keys, as SQL, in entries_
};

}  // namespace weir::connectors
