#include "planner/traits/join_traits.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/logical/lookup.h"
#include "planner/logical/row_maker.h"
#include "planner/traits/traits.h"
#include "planner/traits/upsert_key.h"

namespace weir::traits {
namespace {

using graph::JoinType;

bool Covers(const std::vector<int>& columns, const std::vector<int>& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [&](int column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  });
}

void Add(std::vector<int>& key, const std::vector<int>& columns, size_t shift) {
  for (const int column : columns) key.push_back(column + static_cast<int>(shift));
}

std::vector<int> Sorted(std::vector<int> key) {
  std::sort(key.begin(), key.end());
  key.erase(std::unique(key.begin(), key.end()), key.end());
  return key;
}

// Whether a filter lies between the node and what makes its updates, so that it lets some of the
// versions of a key through and not others.
bool CutsVersions(const logical::Node& node) {
  const logical::Node& maker = logical::RowMaker(node);
  const auto* scan = std::get_if<logical::Scan>(&maker.operation);
  return scan != nullptr ? scan->spec.filter != nullptr
                         : std::holds_alternative<logical::Filter>(maker.operation);
}

// Whether the rows are those of a Top-N that deletes one and inserts another where its input is
// updated. The deleted one says nothing about when its version ended.
bool TakesRowsBack(const logical::Node& node) {
  const logical::Node& maker = logical::RowMaker(node);
  const auto* rank = std::get_if<logical::Rank>(&maker.operation);
  if (rank != nullptr) return rank->strategy == graph::RankStrategy::kRetract;
  const auto* sort = std::get_if<logical::Sort>(&maker.operation);
  return sort != nullptr && (sort->limit >= 0 || TakesRowsBack(*maker.inputs[0]));
}

Status CheckVersions(const logical::Node& node, const logical::Join& join,
                     const JoinInputTraits& right) {
  const auto refuse = [&](std::string what, std::string hint) {
    return Status::InvalidSql(std::move(what))
        .WithId("E2015")
        .WithHint(std::move(hint))
        .WithSpan(node.origin.span);
  };
  if (join.versions->each_row) return {};
  // What is not compared is not read any more by now, so that no key may be left.
  if (!Covers(join.right_keys, right.upsert_key)) {
    return refuse("a temporal join needs ON to compare all columns of a key of its right side",
                  "declare PRIMARY KEY (…) NOT ENFORCED there, or keep the last row of a key in a "
                  "view (ROW_NUMBER() OVER (PARTITION BY … ORDER BY … DESC) = 1), and compare each "
                  "of its columns by = with the left side");
  }
  if (TakesRowsBack(*node.inputs[1])) {
    return refuse(
        "the right side of a temporal join keeps the first rows of an order over rows that are "
        "updated, and what it takes back would take away versions that were valid",
        "join the table that is updated, by its PRIMARY KEY, or keep the last row of a key "
        "(ROW_NUMBER() OVER (PARTITION BY … ORDER BY … DESC) = 1) of a table with inserts only");
  }
  if (!CutsVersions(*node.inputs[1])) return {};
  return refuse(
      "a condition on the right side of a temporal join would take some versions of a "
      "key away and leave others",
      "put the condition into ON: what is valid then counts only where it is TRUE");
}

}  // namespace

ChangelogMode GivenByJoin(const logical::Node& node, const logical::Join& join,
                          const JoinInputTraits& left, const JoinInputTraits& right) {
  if (join.interval || join.window) return ChangelogMode::AppendOnly();
  const ChangelogMode& a = left.gives;
  const ChangelogMode& b = right.gives;
  if (join.versions) return a;
  if (join.lookup) {
    const bool upserts = !a.append_only() && logical::IsReadAgain(node);
    return upserts ? ChangelogMode{true, false, a.update_after, true} : a;
  }
  switch (join.type) {
    case JoinType::kInner:
      return {a.insert || b.insert, a.update_before || b.update_before,
              a.update_after || b.update_after, a.remove || b.remove};
    case JoinType::kSemi:
      return {true, a.update_before, a.update_after, a.remove || !b.append_only()};
    case JoinType::kAnti:
      return {true, a.update_before, a.update_after, true};
    case JoinType::kLeft:
    case JoinType::kRight:
    case JoinType::kFull:
      break;
  }
  return {true, false, false, true};
}

std::vector<int> UpsertKeyOfJoin(const logical::Node& node, const logical::Join& join,
                                 const JoinInputTraits& left, const JoinInputTraits& right) {
  if (join.lookup && !left.gives.append_only() && logical::IsReadAgain(node))
    return left.upsert_key;
  if (join.versions) {
    return Sorted(KeyBehindExchange(left.upsert_key, join.left_keys, !left.gives.append_only()));
  }
  const size_t width = node.inputs[0]->columns.size();
  const bool left_moves = !left.gives.append_only();
  const bool right_moves = !right.gives.append_only();
  std::vector<int> key;
  if (graph::GivesLeftOnly(join.type)) {
    return Sorted(KeyBehindExchange(left.upsert_key, join.left_keys, left_moves));
  }
  // Both sides of a full join may be NULL, so that no column of either tells its rows apart.
  if (join.type == JoinType::kFull) return {};
  const bool left_is_one = Covers(join.left_keys, left.upsert_key);
  const bool right_is_one = Covers(join.right_keys, right.upsert_key);
  const bool by_left = right_is_one && !left.upsert_key.empty() && join.type != JoinType::kRight;
  const bool by_right = left_is_one && !right.upsert_key.empty() && join.type != JoinType::kLeft;
  if (by_left) {
    key = KeyBehindExchange(left.upsert_key, join.left_keys, left_moves);
  } else if (by_right) {
    Add(key, KeyBehindExchange(right.upsert_key, join.right_keys, right_moves), width);
  } else {
    if (left.upsert_key.empty() || right.upsert_key.empty()) return {};
    key = left.upsert_key;
    Add(key, right.upsert_key, width);
    if (left_moves || right_moves) {
      const bool kept = join.type == JoinType::kRight;
      Add(key, kept ? join.right_keys : join.left_keys, kept ? width : 0);
    }
  }
  return Sorted(std::move(key));
}

Status CheckJoinInputs(const logical::Node& node, const logical::Join& join,
                       const JoinInputTraits& left, const JoinInputTraits& right) {
  if (join.versions) return CheckVersions(node, join, right);
  if (!join.interval && !join.window) return {};
  const bool left_changes = !left.gives.append_only();
  if (!left_changes && right.gives.append_only()) return {};
  const char* kind = join.interval ? "an interval join" : "a window join";
  return Status::InvalidSql(fmt::format("{} takes inserts only, but its {} input has {}", kind,
                                        left_changes ? "left" : "right",
                                        InWords(left_changes ? left.gives : right.gives)))
      .WithId("E2011")
      .WithHint(join.interval
                    ? "without the bound on time it is a regular join, which takes updates"
                    : "without one of window_start and window_end in the condition it is "
                      "a regular join, which takes updates")
      .WithSpan(node.origin.span);
}

}  // namespace weir::traits
