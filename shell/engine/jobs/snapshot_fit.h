// Checks whether a job can start from a snapshot, and adapts the two to each other.
#pragma once

#include "conf/settings.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/job_request.h"

namespace weir::shell {

// kRestoreRefused E7002 if the snapshot is of another backend; if it has another number of key
// groups, and is no canonical savepoint, whose rows can be dealt anew; or if the job would have
// more subtasks than key groups then.
Status CheckSettingsFit(const CheckpointMetadata& from, const conf::Settings& settings);
// The number of key groups of a job that starts from it.
uint32_t KeyGroupsOf(const CheckpointMetadata& from, const conf::Settings& settings);

// Adapts snapshot and graph to each other: state gets its new names and key groups, keys their
// saved order. A job's `own` checkpoint has the right names already. kRestoreRefused E7002 if it
// does not fit.
Status FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from, JobRequest& request);

}  // namespace weir::shell
