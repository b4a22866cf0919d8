#include "shell/engine/session/engine_parts.h"

#include <limits>

#include "runtime/base/fence.h"
#include "runtime/connectors/filesystem/found_links.h"
#include "runtime/fault_point.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/session/memory_of_machine.h"
#include "shell/engine/session/object_settings.h"

namespace weir::shell {

uint64_t DefaultMemoryLimit(FileSystem& files) {
  return DefaultStateBytes(MemoryOfMachine(files, PhysicalMemory()));
}

void ApplyFileMode(const conf::Settings& settings) {
  constexpr int kOctal = 8;
  const std::string mode = DefectPlanted("open-to-all") ? "0664" : settings.Get("state.file-mode");
  FileSystem::SetFileMode(static_cast<uint32_t>(std::stoul(mode, nullptr, kOctal)));
}

namespace {

EnginePorts WithFiles(EnginePorts ports, FileSystem& files) {
  ports.files = &files;
  return ports;
}

}  // namespace

EngineParts::EngineParts(EnginePorts ports, std::unique_ptr<DataDirectory> directory)
    : memory_(std::make_shared<state::MemoryBudget>(DefaultMemoryLimit(*ports.files))),
      objects_(s3::WithObjects(*ports.files)),
      files_(WithMemoryFiles(*objects_, [memory = memory_](int64_t bytes) { memory->Add(bytes); })),
      ports_(WithFiles(ports, *files_)),
      registry_(*ports_.files, std::move(directory)),
      catalog_(*ports_.files, registry_.directory()),
      snapshots_(ports_, registry_),
      states_(ports_, registry_, snapshots_),
      jobs_({ports_, registry_, snapshots_, states_, holds_, memory_}),
      savepoints_({ports_, registry_, snapshots_,
                   [this](RunningJob& job, JobEnding how) { return jobs_.End(job, how); }, holds_,
                   memory_}),
      refreshes_(*ports_.clock, [this](const std::string& job) {
        return begin_refresh ? begin_refresh(job) : RefreshOutcome::kGone;
      }) {}

void EngineParts::ApplyOptions(const conf::Settings& settings) {
  const uint64_t configured = settings.GetBytes("state.memory.limit");
  SetMaxValueBytes(DefectPlanted("values-without-limit")
                       ? std::numeric_limits<size_t>::max()
                       : settings.GetBytes("table.exec.max-value-size"));
  memory_->set_limit(configured > 0 ? configured : DefaultMemoryLimit(*ports_.files));
  ApplyFileMode(settings);
  objects_->Set(ObjectSettings(settings));
  snapshots_.set_key_file(settings.Get("state.savepoints.key-file"));
  snapshots_.set_allowed_output_paths(settings.Get("state.savepoints.allowed-output-paths"));
  connectors::SetLinkPlaces({AbsolutePath(registry_.directory().path()),
                             conf::PathsOf(settings.Get("server.allowed-paths"))});
}

}  // namespace weir::shell
