// Reads one partition of a topic.
#pragma once

#include <memory>

#include "runtime/connectors/kafka/partition_position.h"
#include "runtime/connectors/kafka/topic_scan.h"

namespace weir::connectors::kafka {

// Reads on from a position, from the next record on that is not part of an aborted transaction.
// kExternal E4010 where the cluster fails, kDataError E3006 where records before the position's
// offset are all that there are, or where it was deleted, unless the scan says what to do then, and
// E3005, with topic, partition and offset, for a record that is bad. `scan` outlives the reader.
Result<std::unique_ptr<SplitReader>> OpenPartition(const TopicScan& scan,
                                                   std::shared_ptr<Consumer> consumer,
                                                   PartitionName name, PartitionPosition position);

}  // namespace weir::connectors::kafka
