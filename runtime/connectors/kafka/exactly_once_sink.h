// A sink over Kafka whose rows readers of committed records see exactly once. The rows of an epoch
// (what a subtask gets between two barriers) go into a transaction and into a log, which the
// checkpoint promises. When it is complete a marker joins the transaction, and both are committed.
// After a crash the marker says whether that happened; if not, the rows are sent again from the
// log. So nothing depends on how long a broker keeps a transaction, and nothing resumes one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/row_messages.h"
#include "runtime/sink.h"

namespace weir::connectors::kafka {

struct ExactlyOncePlan {
  epochs::EpochPlan kept;
  MessagePlan messages;
  std::vector<ClientSetting> settings;
  std::string id_prefix;  // of transactional ids
  std::string marker_topic;
};

// Connects to nothing yet. `plan.files` outlives the sink.
std::unique_ptr<Sink> MakeExactlyOnceSink(ExactlyOncePlan plan);

}  // namespace weir::connectors::kafka
