// Reads one partition of a topic.
#pragma once

#include <memory>

#include "runtime/connectors/kafka/partition_position.h"
#include "runtime/connectors/kafka/topic_scan.h"

namespace weir::connectors::kafka {

// Continues a partition at a position; records of aborted transactions are left out. kExternal
// E4010 where the cluster fails. kDataError E3006 where the position's offset is behind the
// partition's end, or its record was deleted, unless the scan says what to do then; E3005, with
// topic, partition and offset, for a bad record. `scan` outlives the reader.
Result<std::unique_ptr<SplitReader>> OpenPartition(const TopicScan& scan,
                                                   std::shared_ptr<Consumer> consumer,
                                                   PartitionName name, PartitionPosition position);

}  // namespace weir::connectors::kafka
