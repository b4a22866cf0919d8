// Connectors and formats that exist for the planner's tests only: they have descriptors and no
// code.
#pragma once

#include "runtime/graph/connector_descriptor.h"

namespace weir {

constexpr SourceSpan kHere{3, 7};

inline Status CheckFake(const Schema& schema, const graph::TableOptions& options) {
  const std::string_view shape = graph::OptionValue(options, "shape");
  if (shape != "square" || schema.size() == 2) return {};
  return Status::InvalidSql("a square table has two columns").WithId("E2008");
}

inline ChangelogMode FakeChanges(const graph::TableOptions& options) {
  return graph::OptionValue(options, "changes") == "true" ? ChangelogMode::All()
                                                          : ChangelogMode::AppendOnly();
}

// 'fake': reads and writes everything, needs no format. 'files': needs a format, overwrites,
// partitions. 'generator' is only read, 'print' only written. Formats: 'csv', and 'changes' that
// reads only.
inline const graph::ConnectorCatalog& FakeConnectors() {
  using graph::OptionKind;
  static const graph::OptionDescriptor kFakeOptions[] = {
      {"path", OptionKind::kString, "", "", true, "where it is"},
      {"shape", OptionKind::kEnum, "round", "round|square", false, "what it looks like"},
      {"changes", OptionKind::kBoolean, "false", "", false, "whether rows change"},
      {"interval", OptionKind::kDuration, "1 s", "", false, "how often"},
      {"size", OptionKind::kMemorySize, "1 mb", "", false, "how much"},
      {"count", OptionKind::kInteger, "", "", false, "how many"},
  };
  static const graph::MetadataColumn kMetadata[] = {
      {"file.path", Type::String().WithNullable(false), "the file's path"},
      {"file.time", Type::TimestampLtz(3).WithNullable(false), "the file's time"},
  };
  static const graph::OptionDescriptor kFilesOptions[] = {
      {"path", OptionKind::kString, "", "", true, "the directory"},
  };
  static const graph::OptionDescriptor kCsvOptions[] = {
      {"csv.header", OptionKind::kBoolean, "false", "", false, "the first line names the columns"},
  };
  static const graph::ConnectorDescriptor kFake = [] {
    graph::ConnectorDescriptor fake;
    fake.name = "fake";
    fake.source = fake.sink = true;
    fake.sink_accepts = ChangelogMode::All();
    fake.options = kFakeOptions;
    fake.metadata = kMetadata;
    fake.check = CheckFake;
    fake.source_changes = FakeChanges;
    return fake;
  }();
  static const graph::ConnectorDescriptor kFiles = [] {
    graph::ConnectorDescriptor files;
    files.name = "files";
    files.source = files.sink = files.needs_format = files.overwrite = files.partitioned = true;
    files.options = kFilesOptions;
    return files;
  }();
  static const graph::ConnectorDescriptor kGenerator = [] {
    graph::ConnectorDescriptor generator;
    generator.name = "generator";
    generator.source = true;
    generator.field_option_prefix = "fields.";
    return generator;
  }();
  static const graph::ConnectorDescriptor kPrint = [] {
    graph::ConnectorDescriptor print;
    print.name = "print";
    print.sink = true;
    print.sink_accepts = ChangelogMode::All();
    return print;
  }();
  static const graph::FormatDescriptor kCsv = [] {
    graph::FormatDescriptor csv;
    csv.name = "csv";
    csv.decodes = csv.encodes = true;
    csv.options = kCsvOptions;
    return csv;
  }();
  static const graph::FormatDescriptor kChanges = [] {
    graph::FormatDescriptor changes;
    changes.name = "changes";
    changes.decodes = true;
    changes.gives = ChangelogMode::All();
    return changes;
  }();
  static const graph::ConnectorCatalog kCatalog{{&kFake, &kFiles, &kGenerator, &kPrint},
                                                {&kCsv, &kChanges}};
  return kCatalog;
}

}  // namespace weir
