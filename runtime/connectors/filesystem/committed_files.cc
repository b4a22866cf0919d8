#include "runtime/connectors/filesystem/committed_files.h"

#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/fault_point.h"

namespace weir::connectors {

Status AddCommittedFiles(FileSystem& files, const SavedOutput& saved, CommittedFiles& committed) {
  const std::string place(saved.place);
  for (const PromisedFile& file :
       TRY(PromisedFiles(saved.committables, {saved.job_id, {&place, 1}}))) {
    if (TRY(Exists(files, file.InProgress(place)))) continue;
    // Taken away: a reader has it.
    if (DefectPlanted("taken-output-uncounted") && !TRY(Exists(files, file.Final(place)))) continue;
    if (committed.paths.insert(file.Final(place)).second) committed.rows += file.rows;
  }
  return {};
}

}  // namespace weir::connectors
