// Whether a job may start from a snapshot, and what makes the two fit each other.
#pragma once

#include "conf/settings.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/jobs/job_request.h"

namespace weir::shell {

// kRestoreRefused E7002 where its files are of another backend, or the number of key groups, which
// is fixed at a job's first start, is another one.
Status CheckSettingsFit(const CheckpointMetadata& from, const conf::Settings& settings);

// Makes snapshot and graph fit each other: state under the new names, keys in the saved order. A
// job's `own` checkpoint has its names already. kRestoreRefused E7002 where it does not fit.
Status FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from, JobRequest& request);

}  // namespace weir::shell
