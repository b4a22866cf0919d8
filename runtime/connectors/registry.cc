#include "runtime/connectors/registry.h"

#include <fmt/format.h>

#include <array>

#include "runtime/base/names.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/forwarding_source.h"

namespace weir::connectors {
namespace {

// One row for each connector.
constexpr std::array kConnectors = {FilesystemConnector,  DatagenConnector,    FakerConnector,
                                    NexmarkConnector,     InlineConnector,     PrintConnector,
                                    BlackholeConnector,   SavepointConnector,  KafkaConnector,
                                    UpsertKafkaConnector, JdbcConnector,       PostgresConnector,
                                    MySqlConnector,       PostgresCdcConnector};

const Connector* FindConnector(const graph::TableOptions& options) {
  const std::string_view name = graph::OptionValue(options, "connector");
  for (const auto connector : kConnectors) {
    if (EqualsIgnoreCase(connector().descriptor->name, name)) return &connector();
  }
  return nullptr;
}

// Applies the scan's pushed-down filter: rows are deselected, never left out.
class FilteredReader final : public SplitReader {
 public:
  FilteredReader(std::unique_ptr<SplitReader> reader, std::unique_ptr<expr::Evaluator> filter)
      : reader_(std::move(reader)), filter_(std::move(filter)) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    const ReadOutcome outcome = TRY(reader_->Read(max_rows, out));
    if (outcome == ReadOutcome::kRows) out.selection = TRY(filter_->Filter(out));
    return outcome;
  }
  std::string Position() const override { return reader_->Position(); }
  ReaderStatistics statistics() const override { return reader_->statistics(); }

 private:
  std::unique_ptr<SplitReader> reader_;
  std::unique_ptr<expr::Evaluator> filter_;
};

class FilteredSource final : public ForwardingSource {
 public:
  FilteredSource(std::unique_ptr<Source> source, expr::ExprPtr filter,
                 const expr::EvaluationContext& context)
      : ForwardingSource(std::move(source)), filter_(std::move(filter)), context_(context) {}

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    std::unique_ptr<SplitReader> reader = TRY(ForwardingSource::Open(split));
    std::unique_ptr<expr::Evaluator> filter = TRY(expr::MakeEvaluator({filter_}, context_));
    return std::unique_ptr<SplitReader>(
        std::make_unique<FilteredReader>(std::move(reader), std::move(filter)));
  }

 private:
  expr::ExprPtr filter_;
  const expr::EvaluationContext& context_;
};

}  // namespace

const graph::ConnectorCatalog& BuiltinConnectors() {
  static const graph::ConnectorCatalog catalog = [] {
    graph::ConnectorCatalog all;
    for (const auto connector : kConnectors) all.connectors.push_back(connector().descriptor);
    for (const Format* format : AllFormats()) all.formats.push_back(format->descriptor);
    return all;
  }();
  return catalog;
}

Result<std::unique_ptr<Source>> MakeSource(const graph::ScanSpec& spec,
                                           const ConnectorContext& context) {
  const Connector* connector = FindConnector(spec.options);
  if (connector == nullptr || connector->make_source == nullptr) {
    return Status::Unsupported(fmt::format("table {} cannot be read", spec.table));
  }
  std::unique_ptr<Source> source = TRY(connector->make_source(spec, context));
  if (spec.filter == nullptr) return source;
  WEIR_CHECK(context.evaluation != nullptr);
  return std::unique_ptr<Source>(
      std::make_unique<FilteredSource>(std::move(source), spec.filter, *context.evaluation));
}

Result<std::unique_ptr<Sink>> MakeSink(const graph::SinkSpec& spec,
                                       const ConnectorContext& context) {
  const Connector* connector = FindConnector(spec.options);
  if (connector == nullptr || connector->make_sink == nullptr) {
    return Status::Unsupported(fmt::format("table {} cannot be written", spec.table));
  }
  return connector->make_sink(spec, context);
}

Status CheckSource(const graph::ScanSpec& spec, const ConnectorContext& context) {
  const Connector* connector = FindConnector(spec.options);
  const bool checks = connector != nullptr && connector->check_source != nullptr;
  return checks ? connector->check_source(spec, context) : Status();
}

Status CheckSink(const graph::SinkSpec& spec, const ConnectorContext& context) {
  const Connector* connector = FindConnector(spec.options);
  const bool checks = connector != nullptr && connector->check_sink != nullptr;
  return checks ? connector->check_sink(spec, context) : Status();
}

Result<std::unique_ptr<TableChanger>> MakeTableChanger(const ChangeSpec& spec) {
  const Connector* connector = FindConnector(spec.options);
  const bool changes = connector != nullptr && connector->make_changer != nullptr;
  return changes ? connector->make_changer(spec) : std::unique_ptr<TableChanger>();
}

std::vector<std::string> ChangingConnectors() {
  std::vector<std::string> names;
  for (const auto connector : kConnectors) {
    if (connector().make_changer != nullptr) names.emplace_back(connector().descriptor->name);
  }
  return names;
}

}  // namespace weir::connectors
