// A sink over Kafka whose rows readers of committed records see exactly once. The rows of an epoch
// (what a subtask gets between two barriers) go into a transaction and into a log, which the
// checkpoint promises. When it is complete a marker joins the transaction, and both are committed.
// After a crash the marker says whether that happened; if not, the rows are sent again from the
// log. So nothing depends on how long a broker keeps a transaction, and nothing resumes one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/row_messages.h"
#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors::kafka {

// The option 'sink.in-doubt': what is done where rows were promised and it cannot be found out
// whether they were committed, since the marker is missing or is that of another incarnation.
enum class InDoubt : uint8_t { kFail, kResend, kSkip };

struct ExactlyOncePlan {
  std::string table;
  std::string job;   // its id
  std::string sink;  // a name made of the operator's uid
  MessagePlan messages;
  std::vector<ClientSetting> settings;
  std::string id_prefix;  // of transactional ids
  std::string marker_topic;
  InDoubt in_doubt = InDoubt::kFail;
  std::string checkpoints;  // the directory of the job's checkpoints
  FileSystem* files = nullptr;
};

// Connects to nothing yet. `plan.files` outlives the sink.
std::unique_ptr<Sink> MakeExactlyOnceSink(ExactlyOncePlan plan);

}  // namespace weir::connectors::kafka
