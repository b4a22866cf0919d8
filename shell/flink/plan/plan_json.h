// The elements of a plan's JSON (simdjson's DOM). Nothing fails: members that are not there, or are
// of another kind, are null elements, numbers -1, texts "" and lists without elements, as plans of
// other versions may lack any.
#pragma once

#include <simdjson.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::shell::flink {

using JsonElement = simdjson::dom::element;

// kExternal E4010.
Status NoPlan(std::string_view why);
// The root of a plan, of 64 MB at most, that has nodes and edges; it lives as long as the parser's
// document. kExternal E4010 for anything else.
Result<JsonElement> ParsePlan(simdjson::dom::parser& parser, const std::string& json);
// The numbers of the nodes that each node reads, the left one first.
std::map<int, std::vector<int>> InputsOf(JsonElement root);

// An element that is null, of a document that is never gone.
JsonElement Null();
// A member of an object.
JsonElement At(JsonElement object, std::string_view member);
// Whether it has a member that is not null.
bool Has(JsonElement object, std::string_view member);
// A member that is a text.
std::string_view TextAt(JsonElement object, std::string_view member);
// Whether a member is true.
bool IsTrueAt(JsonElement object, std::string_view member);
// A whole number.
int NumberOf(JsonElement value);
// A member that is a whole number.
int NumberAt(JsonElement object, std::string_view member);
// The elements of a member that is a list.
std::vector<JsonElement> ListAt(JsonElement object, std::string_view member);
// The same of whole numbers.
std::vector<int> NumbersAt(JsonElement object, std::string_view member);
// The member "fields" of a member, which are columns.
std::vector<int> FieldsAt(JsonElement object, std::string_view member);
// The columns of a member that is an order of rows.
std::vector<int> OrderAt(JsonElement object, std::string_view member);

// A field of a row's type.
struct PlanField {
  std::string name;
  std::string type;  // as the plan has it
};
// The fields of "ROW<`a` INT, `b` ROW<`c` INT>>", or of the object that stands for it.
std::vector<PlanField> FieldsOf(JsonElement type);

// "stream-exec-global-group-aggregate_1" is "global-group-aggregate".
std::string TypeOf(std::string_view type);
// "$SUM$1", "$$SUM0$1" and "SUM" are "sum".
std::string FunctionName(std::string_view name);
// The last part of the name of a source's or sink's table, which `member` describes.
std::string TableAt(JsonElement node, std::string_view member);
// What a join of any kind says of its type, keys and condition; null for another node.
JsonElement JoinSpecOf(JsonElement node);
// The expressions of each set of an "expand" node.
std::vector<std::vector<JsonElement>> ProjectsOf(JsonElement node);
// The function of an aggregate's call, as FunctionName.
std::string CalledBy(JsonElement call);
// The column of the input of FROM_CHANGELOG that says what its rows are: the first one that is not
// in the output.
size_t CodeOf(JsonElement node);
// The calls of an aggregate; of the middle one of three phases those of the first.
std::vector<JsonElement> CallsOf(JsonElement node);
// The columns by whose values a node with one input keeps what it keeps: those of GROUP BY, of
// PARTITION BY, of a unique key.
std::vector<int> PartitionOf(JsonElement node, std::string_view type);

}  // namespace weir::shell::flink
