#include "planner/uid/join_meaning.h"

#include <fmt/format.h>

#include "runtime/base/hash.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using logical::Node;

std::string HashOf(const JoinWords& words, size_t pairs) {
  Lines lines;
  words.Add(lines);
  for (size_t i = 0; i < pairs; ++i) lines.Add("key", "", words.Key(i));
  const std::string text = lines.Text();
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

}  // namespace

graph::JoinType Exchanged(graph::JoinType type) {
  if (type == graph::JoinType::kLeft) return graph::JoinType::kRight;
  return type == graph::JoinType::kRight ? graph::JoinType::kLeft : type;
}

JoinWords::JoinWords(const Node& node, const logical::Join& join, Lineage& lineage, bool exchanged)
    : node_(node), join_(join), lineage_(lineage), exchanged_(exchanged) {
  for (size_t side = 0; side < 2; ++side) {
    const std::string_view name = (side == 0) != exchanged ? "left" : "right";
    for (size_t i = 0; i < node.inputs[side]->columns.size(); ++i) {
      columns_.push_back(fmt::format("{}.{}", name, Column(side, static_cast<int>(i))));
    }
  }
}

std::string JoinWords::Key(size_t pair) const {
  const std::string& left = columns_.at(static_cast<size_t>(join_.left_keys[pair]));
  const size_t width = node_.inputs[0]->columns.size();
  const std::string& right = columns_.at(width + static_cast<size_t>(join_.right_keys[pair]));
  return fmt::format("{} {} {}", exchanged_ ? right : left, join_.null_safe[pair] != 0 ? "is" : "=",
                     exchanged_ ? left : right);
}

void JoinWords::Add(Lines& lines) const {
  const graph::JoinType type = exchanged_ ? Exchanged(join_.type) : join_.type;
  lines.Add("join", "", DefectPlanted("meaning-of-join-types") ? "" : graph::JoinTypeName(type));
  lines.Add("left", "", SideText(lineage_.Of(*node_.inputs[exchanged_ ? 1 : 0])));
  lines.Add("right", "", SideText(lineage_.Of(*node_.inputs[exchanged_ ? 0 : 1])));
  if (join_.residual && !DefectPlanted("meaning-of-conditions")) {
    lines.Add("condition", "", Bare(lineage_.TextOf(join_.residual, columns_)));
  }
  if (join_.interval) AddInterval(*join_.interval, lines);
  if (join_.versions) {
    lines.Add("time", "",
              InOrder(Column(0, join_.versions->left_time), Column(1, join_.versions->right_time)));
  }
  if (join_.window) {
    lines.Add("window", "",
              InOrder(Column(0, join_.window->left_end), Column(1, join_.window->right_end)));
  }
}

std::string JoinWords::Column(size_t side, int column) const {
  return ColumnText(lineage_.Of(*node_.inputs[side]), column);
}

std::string JoinWords::InOrder(const std::string& left, const std::string& right) const {
  return exchanged_ ? fmt::format("{}, {}", right, left) : fmt::format("{}, {}", left, right);
}

void JoinWords::AddInterval(const logical::JoinInterval& interval, Lines& lines) const {
  const int64_t lower = exchanged_ ? -interval.upper_millis : interval.lower_millis;
  const int64_t upper = exchanged_ ? -interval.lower_millis : interval.upper_millis;
  lines.Add("interval", "", fmt::format("{} to {} ms", lower, upper));
  lines.Add("time", "",
            interval.processing_time
                ? "processing time"
                : InOrder(Column(0, interval.left_time), Column(1, interval.right_time)));
}

void AddJoin(const Node& node, const logical::Join& join, Lineage& lineage, Lines& lines) {
  const JoinWords words(node, join, lineage, false);
  words.Add(lines);
  const std::vector<logical::Column>& columns = node.inputs[0]->columns;
  const size_t pairs = join.left_keys.size();
  const auto name = [&](size_t pair) {
    return columns.at(static_cast<size_t>(join.left_keys[pair])).name;
  };
  for (size_t i = 0; i < pairs; ++i) lines.Add("key", name(i), words.Key(i));
  const bool one_sided = join.type == graph::JoinType::kSemi || join.type == graph::JoinType::kAnti;
  if (lineage.wording() == Wording::kFormer || one_sided || join.versions) return;
  const JoinWords mirrored(node, join, lineage, true);
  lines.Add("self", "", HashOf(words, pairs));
  lines.Add("mirror", "", HashOf(mirrored, pairs));
  for (size_t i = 0; i < pairs; ++i) lines.Add("mirror-key", name(i), mirrored.Key(i));
}

}  // namespace weir::uid
