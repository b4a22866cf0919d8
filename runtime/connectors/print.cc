// The `print` connector writes every change as a line, at once: at-least-once, for looking at
// results.
#include <fmt/format.h>

#include <array>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/formats/instant_text.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::array kPrintOptions = {
    OptionDescriptor{"print-identifier", OptionKind::kString, "", "", false,
                     "Put before every line."},
    OptionDescriptor{"standard-error", OptionKind::kBoolean, "false", "", false,
                     "Accepted for Flink's sake; lines always go where the shell prints results."},
};

const graph::ConnectorDescriptor kPrintDescriptor = {
    .name = "print",
    .doc = "Writes every change as a line such as +I[1, a]; at-least-once.",
    .sink = true,
    .sink_accepts = ChangelogMode::All(),
    .options = kPrintOptions,
};

class PrintWriter final : public SinkWriter {
 public:
  PrintWriter(std::string prefix, const ConnectorContext& context)
      : prefix_(std::move(prefix)), context_(context) {}

  Status Write(const Batch& batch) override {
    lines_.clear();
    const Batch marked = WithMarkedInstants(batch);
    for (uint32_t i = 0; i < marked.size(); ++i) {
      lines_ += prefix_;
      FormatRow(marked, marked.RowAt(i), lines_);
      lines_ += '\n';
    }
    return context_.print == nullptr ? Status() : context_.print(context_.print_target, lines_);
  }

 private:
  std::string prefix_;
  ConnectorContext context_;
  std::string lines_;
};

class PrintSink final : public Sink {
 public:
  PrintSink(std::string identifier, const ConnectorContext& context)
      : identifier_(std::move(identifier)), context_(context) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t) override {
    // Flink's prefix: the identifier, and the number of the subtask if there are several.
    std::string prefix = identifier_;
    if (!identifier_.empty() && context_.parallelism > 1) prefix += fmt::format(":{}", subtask + 1);
    if (!prefix.empty()) prefix += "> ";
    return std::unique_ptr<SinkWriter>(std::make_unique<PrintWriter>(std::move(prefix), context_));
  }

 private:
  std::string identifier_;
  ConnectorContext context_;
};

Result<std::unique_ptr<Sink>> MakePrintSink(const graph::SinkSpec& spec,
                                            const ConnectorContext& context) {
  return std::unique_ptr<Sink>(std::make_unique<PrintSink>(
      std::string(graph::TypedOptions(kPrintDescriptor, spec.options).Text("print-identifier")),
      context));
}

}  // namespace

const Connector& PrintConnector() {
  static const Connector connector = {&kPrintDescriptor, nullptr, MakePrintSink};
  return connector;
}

}  // namespace weir::connectors
