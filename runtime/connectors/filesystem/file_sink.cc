// The filesystem connector's sink, exactly once: from a table's options to writers and a committer.
#include "runtime/connectors/filesystem/file_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

std::string FileSinkPlan::Place() const {
  return std::filesystem::absolute(directory).lexically_normal().string();
}

std::string FileSinkPlan::InProgressPrefix() const {
  return fmt::format(".part-{}{}-", job, sink);
}

std::string FileSinkPlan::FinalPrefix() const {
  return fmt::format("part-{}{}-", job, sink);
}

namespace {

class FileSink final : public Sink {
 public:
  explicit FileSink(FileSinkPlan plan) : plan_(std::move(plan)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    return MakeFileWriter(plan_, progress_, subtask, attempt);
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return MakeFileCommitter(plan_, progress_);
  }
  std::string Place() const override { return plan_.Place(); }
  Result<MissingOutput> FindMissing(const SavedOutput& saved) const override {
    return TRY(FindOutput(plan_, saved)).missing;
  }

 private:
  FileSinkPlan plan_;
  FileSinkProgress progress_;
};

Status SetDirectory(const graph::SinkSpec& spec, const graph::TypedOptions& options,
                    FileSinkPlan& plan) {
  plan.directory = TRY(FilePath(options.Text("path")));
  if (IsObjectPath(plan.directory))
    return Status::Unsupported(
               fmt::format("tables in an object store cannot be written yet: '{}'", plan.directory))
        .WithHint("they can be read, and COPY … TO 's3://…' writes an object");
  while (plan.directory.size() > 1 && plan.directory.ends_with('/')) plan.directory.pop_back();
  if (!IsGlob(plan.directory)) return {};
  return Status::InvalidSql(
             fmt::format("table {} has a pattern as its path and cannot be written", spec.table))
      .WithId("E2008");
}

Status SetRolling(const graph::TypedOptions& options, FileSinkPlan& plan) {
  plan.roll_bytes = static_cast<uint64_t>(TRY(options.Bytes("sink.rolling-policy.file-size")));
  plan.roll_millis = TRY(options.Millis("sink.rolling-policy.rollover-interval"));
  plan.inactive_millis = TRY(options.Millis("sink.rolling-policy.inactivity-interval"));
  plan.check_millis = TRY(options.Millis("sink.rolling-policy.check-interval"));
  return {};
}

Status SetPartitions(const graph::SinkSpec& spec, const graph::TypedOptions& options,
                     FileSinkPlan& plan) {
  plan.schema = spec.schema;
  plan.partition_keys = spec.partition_keys;
  plan.default_partition = options.Text("partition.default-name");
  for (size_t i = 0; i < spec.schema.size(); ++i) {
    const auto key = std::find(spec.partition_keys.begin(), spec.partition_keys.end(),
                               spec.schema.fields[i].name);
    if (key == spec.partition_keys.end()) plan.data_columns.push_back(static_cast<int>(i));
  }
  for (const std::string& key : spec.partition_keys) {
    plan.partition_columns.push_back(static_cast<int>(spec.schema.Find(key).value()));
  }
  plan.commit = TRY(PartitionCommitOf(options, spec.partition_keys));
  return {};
}

Status SetFormat(const graph::SinkSpec& spec, const ConnectorContext& context, FileSinkPlan& plan) {
  plan.format = FindFormat(graph::OptionValue(spec.options, "format"));
  WEIR_CHECK(plan.format != nullptr);
  if (plan.format->make_encoder == nullptr) {
    return Status::Unsupported(
        fmt::format("the format '{}' cannot write", plan.format->descriptor->name));
  }
  Schema record;
  for (const int column : plan.data_columns) {
    record.fields.push_back(spec.schema.fields[static_cast<size_t>(column)]);
  }
  plan.format_spec = {spec.options, std::move(record), {}, TimeZone(), false};
  if (context.evaluation != nullptr) {
    plan.format_spec.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
  }
  return plan.format->make_encoder(plan.format_spec).status();  // whether it has such columns
}

}  // namespace

Result<std::unique_ptr<Sink>> MakeFileSink(const graph::SinkSpec& spec,
                                           const ConnectorContext& context) {
  const graph::TypedOptions options(*FilesystemConnector().descriptor, spec.options);
  FileSinkPlan plan;
  plan.table = spec.table;
  RETURN_IF_ERROR(SetDirectory(spec, options, plan));
  plan.job_id = context.job_id;
  plan.job_name = context.job_name;
  plan.job = ShortJobId(context.job_id);
  if (!spec.uid.empty())
    plan.sink = fmt::format("{:08x}", Hash64(spec.uid.data(), spec.uid.size()) & 0xffffffff);
  plan.overwrite = spec.overwrite;
  if (spec.overwrite) plan.replaced = TRY(FilesOf(spec.options));
  plan.replaces_table = options.Is("sink.overwrite", "table");
  plan.accept_missing = options.Is("sink.missing-committed", "accept");
  plan.files = context.files;
  plan.clock = context.clock;
  RETURN_IF_ERROR(SetRolling(options, plan));
  RETURN_IF_ERROR(SetPartitions(spec, options, plan));
  RETURN_IF_ERROR(SetFormat(spec, context, plan));
  return std::unique_ptr<Sink>(std::make_unique<FileSink>(std::move(plan)));
}

}  // namespace weir::connectors
