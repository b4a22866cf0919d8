// The compacted topic in which sinks that deliver exactly once say how far they have committed. A
// marker is a part of the transaction that it is about, so it is there when the rows are. Unlike
// the offsets of a group it does not expire.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/epochs/epoch_promise.h"
#include "runtime/connectors/kafka/kafka_settings.h"

namespace weir::connectors::kafka {

// Makes the topic unless it is there. kExternal E4010 where the cluster does not let us.
Status MakeMarkerTopic(const std::vector<ClientSetting>& settings, const std::string& topic);

// The keys of all markers, also of those that are not committed; waits for no transaction.
Result<std::set<std::string>> ReadMarkerKeys(const std::vector<ClientSetting>& settings,
                                             const std::string& topic);

// The newest committed markers whose keys begin with one of the prefixes, by key. It waits for the
// transactions that are open when it begins, so what was about to be committed then is known.
Result<std::map<std::string, epochs::CommitMarker>> ReadMarkers(
    const std::vector<ClientSetting>& settings, const std::string& topic,
    const std::set<std::string>& prefixes);

}  // namespace weir::connectors::kafka
