#include "runtime/graph/join_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/graph/join_state.h"
#include "runtime/graph/lookup_options.h"

namespace weir::graph {
namespace {

// Columns of the left input, then of the right one; a name that both have carries its side.
std::vector<std::string> ColumnNames(const JoinShape& shape) {
  std::vector<std::string> names;
  const auto add = [&](const JoinInput& own, const JoinInput& other, const char* qualifier) {
    for (const Field& field : own.schema.fields) {
      bool taken = false;
      for (const Field& rival : other.schema.fields) taken = taken || rival.name == field.name;
      names.push_back(taken ? fmt::format("{}.{}", qualifier, field.name) : field.name);
    }
  };
  add(shape.left, shape.right, "left");
  add(shape.right, shape.left, "right");
  return names;
}

std::string KeysText(const JoinShape& shape, const std::vector<std::string>& names) {
  std::vector<std::string> pairs;
  for (size_t i = 0; i < shape.left.keys.size(); ++i) {
    const size_t right = shape.left.schema.size() + static_cast<size_t>(shape.right.keys[i]);
    pairs.push_back(fmt::format("{} {} {}", names.at(static_cast<size_t>(shape.left.keys[i])),
                                shape.null_safe[i] != 0 ? "IS NOT DISTINCT FROM" : "=",
                                names.at(right)));
  }
  return pairs.empty() ? "" : fmt::format("keys: {}", fmt::join(pairs, ", "));
}

std::string_view RowsName(JoinRows rows) {
  switch (rows) {
    case JoinRows::kOne:
      return "one row a key";
    case JoinRows::kUnique:
      return "rows by unique key";
    case JoinRows::kList:
      return "a list";
    case JoinRows::kMultiset:
      return "counted rows";
  }
  return "";
}

std::string WhereText(const JoinShape& shape, const std::vector<std::string>& names) {
  return shape.residual ? "where: " + expr::ToString(*shape.residual, names) : "";
}

std::string TtlText(const JoinInput& input, const char* side) {
  return input.ttl_millis > 0 ? fmt::format("{} ttl: {} ms", side, input.ttl_millis) : "";
}

std::string HintsText(const JoinShape& shape) {
  return shape.hints.empty() ? "" : fmt::format("hints: {}", fmt::join(shape.hints, ", "));
}

}  // namespace

std::string_view JoinTypeName(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "inner";
    case JoinType::kLeft:
      return "left";
    case JoinType::kRight:
      return "right";
    case JoinType::kFull:
      return "full";
    case JoinType::kSemi:
      return "semi";
    case JoinType::kAnti:
      return "anti";
  }
  return "";
}

std::vector<std::string> JoinParts(const JoinSpec& spec) {
  const JoinShape& shape = spec.shape;
  const std::vector<std::string> names = ColumnNames(shape);
  return {std::string(JoinTypeName(shape.type)),
          KeysText(shape, names),
          WhereText(shape, names),
          fmt::format("left: {}", RowsName(StateOfSide(spec, 0).rows)),
          fmt::format("right: {}", RowsName(StateOfSide(spec, 1).rows)),
          TtlText(shape.left, "left"),
          TtlText(shape.right, "right"),
          HintsText(shape)};
}

std::vector<std::string> JoinParts(const IntervalJoinSpec& spec) {
  const JoinShape& shape = spec.shape;
  const std::vector<std::string> names = ColumnNames(shape);
  std::string interval = "processing time";
  if (spec.left_time >= 0) {
    const size_t right = shape.left.schema.size() + static_cast<size_t>(spec.right_time);
    interval =
        fmt::format("{} - {}", names.at(static_cast<size_t>(spec.left_time)), names.at(right));
  }
  return {std::string(JoinTypeName(shape.type)), KeysText(shape, names),
          fmt::format("{} in [{} ms, {} ms]", interval, spec.lower_millis, spec.upper_millis),
          WhereText(shape, names), HintsText(shape)};
}

std::vector<std::string> JoinParts(const WindowJoinSpec& spec) {
  const JoinShape& shape = spec.shape;
  const std::vector<std::string> names = ColumnNames(shape);
  const size_t right = shape.left.schema.size() + static_cast<size_t>(spec.right_window_end);
  return {std::string(JoinTypeName(shape.type)), KeysText(shape, names),
          fmt::format("window: {} = {}", names.at(static_cast<size_t>(spec.left_window_end)),
                      names.at(right)),
          WhereText(shape, names), HintsText(shape)};
}

std::vector<std::string> JoinParts(const TemporalJoinSpec& spec) {
  const JoinShape& shape = spec.shape;
  const std::vector<std::string> names = ColumnNames(shape);
  const size_t right = shape.left.schema.size() + static_cast<size_t>(spec.right_time);
  return {std::string(JoinTypeName(shape.type)),
          KeysText(shape, names),
          fmt::format("version: {} as of {}", names.at(right),
                      names.at(static_cast<size_t>(spec.left_time))),
          WhereText(shape, names),
          TtlText(shape.right, "right"),
          HintsText(shape)};
}

std::vector<std::string> JoinParts(const LookupSpec& spec) {
  const JoinShape& shape = spec.shape;
  const std::vector<std::string> names = ColumnNames(shape);
  std::vector<std::string> read;
  for (const int column : spec.scan.columns) {
    read.push_back(spec.scan.table_schema.fields.at(static_cast<size_t>(column)).name);
  }
  const std::string reload = ReloadText(spec.scan.options);
  return {
      std::string(JoinTypeName(shape.type)),
      fmt::format("table: {}", spec.scan.table),
      KeysText(shape, names),
      spec.filter ? fmt::format("filter: {}", expr::ToString(*spec.filter, read)) : "",
      WhereText(shape, names),
      reload.empty() ? "" : "reload: " + reload,
      HintsText(shape),
      spec.retry.attempts == 0 ? ""
                               : fmt::format("retry of a miss: {} times, after {} ms each",
                                             spec.retry.attempts, spec.retry.delay_millis),
  };
}

}  // namespace weir::graph
