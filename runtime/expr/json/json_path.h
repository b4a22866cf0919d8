// JSON paths as Flink takes them: "lax $.a[0].b" in the dialect of Jayway's JsonPath, which is what
// Goessner's article of 2007 calls JSONPath.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/json/json_document.h"

namespace weir::expr {

struct JsonFilter;

// One step of a path. Members that its kind does not name are empty.
struct JsonStep {
  enum class Kind : uint8_t {
    kMembers,   // .a  ['a']  ['a', 'b']
    kAll,       // .*  [*]
    kElements,  // [0]  [-1]  [0, 2]
    kSlice,     // [1:3]  [:2]  [-2:]
    kFilter,    // [?(@.a > 1)]
    kFunction,  // .length() .size() .sum() .min() .max() .avg()
  };
  Kind kind = Kind::kAll;
  bool anywhere = false;  // ..: this value and everything below it
  std::vector<std::string> names;
  std::vector<int64_t> indexes;
  std::optional<int64_t> begin;
  std::optional<int64_t> end;
  std::shared_ptr<const JsonFilter> filter;
  std::string function;
};

// What a path finds in a document.
struct JsonMatch {
  enum class Kind : uint8_t {
    kError,    // strict: no such member or element, or a step through a scalar; or a null document
    kNothing,  // lax: the same; also JSON null
    kValue,    // `values[0]`
    kList,     // `values`, of a path that can match many (., [*], filters, slices)
    kMembers,  // `values` as an object of their keys: a path that ends with ['a', 'b']
    kNumber,   // `number`: a path that ends with a function
  };
  Kind kind = Kind::kNothing;
  std::vector<const JsonNode*> values;
  double number = 0;
  bool whole_number = false;  // of length() and size()
};

// A compiled path. Immutable, so any thread may use it. Finding costs as much as the path visits,
// and `..` visits everything below.
class JsonPath {
 public:
  // As in Flink, a path without "lax" or "strict" is strict, and one that does not begin with $ is
  // prefixed with "$.". Nothing when it is malformed. kUnsupported for filter operators of Jayway
  // other than comparisons, && || ! and existence, and for functions that JsonStep does not list.
  static Result<std::optional<JsonPath>> Compile(std::string_view text);

  bool lax() const { return lax_; }
  // Fills `match`, whose memory is reused. `root` null: a malformed document.
  void Find(const JsonNode* root, JsonMatch& match) const;

 private:
  bool Collect(const JsonNode& node, size_t step, bool definite,
               std::vector<const JsonNode*>& found) const;
  bool Descend(const JsonNode& node, size_t step, std::vector<const JsonNode*>& found) const;
  bool Apply(const JsonNode& node, size_t step, bool definite,
             std::vector<const JsonNode*>& found) const;

  bool lax_ = false;
  bool definite_ = true;  // matches one value at most
  std::vector<JsonStep> steps_;
};

// Whether a filter accepts `candidate`. A comparison with a missing member is false.
bool Accepts(const JsonFilter& filter, const JsonNode& candidate);

// The filter between "[?(" and ")]"; nothing when it is malformed, kUnsupported as above.
Result<std::shared_ptr<const JsonFilter>> CompileJsonFilter(std::string_view text);

}  // namespace weir::expr
