#include "shell/flink/restore/running_plan.h"

#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/sealed.h"
#include "state/checkpoint/metadata_codec.h"

namespace weir::shell::flink {
namespace {

constexpr std::string_view kMagic = "WEIRFLK1";
constexpr uint64_t kMostElements = 1 << 16;

void AppendNode(std::string& body, const NumberedNode& node) {
  AppendVarint(body, static_cast<uint64_t>(node.id));
  AppendText(body, node.type);
  AppendText(body, node.description);
  AppendText(body, node.name);
  AppendVarint(body, node.uids.size());
  for (const std::string& uid : node.uids) AppendText(body, uid);
}

Result<NumberedNode> TakeNode(ByteReader& reader) {
  NumberedNode node;
  node.id = static_cast<int>(reader.Varint());
  node.type = TakeText(reader);
  node.description = TakeText(reader);
  node.name = TakeText(reader);
  node.has_state = true;
  const uint64_t uids = reader.Varint();
  if (uids > kMostElements) return Status::Corruption("it has too many uids");
  for (uint64_t i = 0; i < uids && !reader.failed(); ++i) node.uids.push_back(TakeText(reader));
  return node;
}

}  // namespace

Result<std::string> EncodeRunningPlan(const RunningPlan& plan) {
  std::string body, nodes;
  uint64_t count = 0;
  for (const NumberedNode& node : plan.nodes) {
    if (!node.has_state) continue;
    AppendNode(nodes, node);
    ++count;
  }
  AppendText(body, plan.job);
  AppendText(body, plan.plan);
  AppendVarint(body, count);
  body += nodes;
  AppendText(body, TRY(state::EncodeMetadata(plan.operators)));
  return Sealed(kMagic, body);
}

Result<RunningPlan> DecodeRunningPlan(std::string_view bytes) {
  if (!bytes.starts_with(kMagic))
    return Status::Corruption("it is not the plan of a job on Flink of this version");
  ByteReader reader(TRY(Unsealed(kMagic, bytes)));
  RunningPlan plan;
  plan.job = TakeText(reader);
  plan.plan = TakeText(reader);
  const uint64_t nodes = reader.Varint();
  if (nodes > kMostElements) return Status::Corruption("it has too many nodes");
  for (uint64_t i = 0; i < nodes && !reader.failed(); ++i)
    plan.nodes.push_back(TRY(TakeNode(reader)));
  const std::string metadata = TakeText(reader);
  if (reader.failed() || !reader.at_end()) return Status::Corruption("it ends too early or late");
  plan.operators = TRY(state::DecodeMetadata(metadata));
  return plan;
}

}  // namespace weir::shell::flink
