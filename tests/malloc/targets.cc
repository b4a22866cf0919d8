#include "tests/malloc/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "planner/parse/parse.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/file_system.h"
#include "runtime/types/batch_text.h"
#include "shell/engine/engine.h"
#include "shell/engine/session/query_view.h"
#include "tests/malloc/failing_allocator.h"

namespace weir::malloc_test {
namespace {

// --- sessions ------------------------------------------------------------------------------------

void Replace(std::string_view what, std::string_view with, std::string& text) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// Rows in any order give the same text.
std::string TextOf(const shell::ResultTable& table) {
  std::vector<std::string> lines;
  for (const auto& row : table.rows) {
    std::string line;
    for (const Value& value : row) line += value.ToString() + "|";
    lines.push_back(std::move(line));
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

class Session {
 public:
  explicit Session(std::string directory) : directory_(std::move(directory)) {}

  Result<std::string> Run(std::string script) const {
    Replace("DIR", directory_, script);
    shell::EngineOptions options;
    options.ports = {&FileSystem::Local(), &Clock::System(),
                     [](void*, std::string_view) { return Status(); }, nullptr, nullptr};
    options.data_directory = directory_ + "/data";
    options.settings = conf::Settings();
    RETURN_IF_ERROR(options.settings.Set("parallelism.default", "2"));
    const std::unique_ptr<shell::Engine> engine = TRY(shell::Engine::Open(std::move(options)));
    std::string text;
    for (const ast::StatementPtr& statement : TRY(parse::ParseScript(script))) {
      shell::TableView view(1000, TimeZone::Utc());
      const shell::Answer answer = TRY(engine->own().Execute(*statement, script, view));
      if (answer.table) text += TextOf(*answer.table);
    }
    for (const shell::RunningJobPtr& job : engine->own().session().jobs().running().NotEnded())
      RETURN_IF_ERROR(engine->own().session().Outcome(*job));
    return text;
  }

 private:
  std::string directory_;
};

Target SessionTarget(std::string name, std::string script, const std::string& scratch) {
  return {std::move(name), [script = std::move(script), scratch] {
            {
              const Exempt exempt;
              FileSystem::Local().RemoveRecursively(scratch).ok();
            }
            return Session(scratch).Run(script);
          }};
}

std::vector<std::pair<std::string, std::string>> Sessions() {
  constexpr std::string_view kHead = "-- target: ";
  const std::string text = ReadFile(FileSystem::Local(), "tests/malloc/sessions.sql").value();
  std::vector<std::pair<std::string, std::string>> found;
  size_t at = text.find(kHead);
  while (at != std::string::npos) {
    const size_t line = text.find('\n', at);
    const size_t next = text.find("\n" + std::string(kHead), line);
    const size_t end = next == std::string::npos ? text.size() : next + 1;
    found.emplace_back(text.substr(at + kHead.size(), line - at - kHead.size()),
                       text.substr(line + 1, end - line - 1));
    at = next == std::string::npos ? next : end;
  }
  return found;
}

// --- formats -------------------------------------------------------------------------------------

Result<std::string> Encode(const connectors::Format& format, const connectors::FormatSpec& spec,
                           const Batch& batch) {
  const std::unique_ptr<connectors::Encoder> encoder = TRY(format.make_encoder(spec));
  std::string bytes;
  encoder->AppendPrologue(bytes);
  RETURN_IF_ERROR(encoder->Append(batch, bytes));
  return bytes;
}

Result<std::string> Decode(const connectors::Format& format, const connectors::FormatSpec& spec,
                           std::string_view bytes) {
  const std::unique_ptr<connectors::Decoder> decoder = TRY(connectors::MakeDecoder(format, spec));
  const std::optional<size_t> prologue = TRY(decoder->Prologue(bytes, true));
  bytes.remove_prefix(*prologue);
  connectors::RecordBlock block;
  block.memory = MakeBuffer<char>(bytes.size() + connectors::kBlockPadding);
  std::memcpy(block.memory->as<char>(), bytes.data(), bytes.size());
  std::memset(block.memory->as<char>() + bytes.size(), 0, connectors::kBlockPadding);
  block.bytes = {block.memory->as<char>(), bytes.size()};
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    Batch batch;
    connectors::BadRecord bad;
    at += TRY(decoder->Decode(block, at, 7, batch, bad)).consumed;
    text += FormatBatch(batch) + "\n";
  }
  return text;
}

Schema RecordOf(const connectors::Format& format) {
  Schema record;
  record.fields = {
      {"k", Type::Int()}, {"s", Type::String()}, {"d", Type::Double()}, {"t", Type::Timestamp(3)}};
  if (format.descriptor->name != "csv") record.fields.push_back({"a", Type::Array(Type::String())});
  return record;
}

// Forty files of two rows: most of what is allocated is so at the beginning of one.
Target FormatTarget(const connectors::Format& format) {
  return {fmt::format("format {}", format.descriptor->name), [&format]() -> Result<std::string> {
            connectors::FormatSpec spec;
            spec.record = RecordOf(format);
            for (size_t i = 0; i < spec.record.size(); ++i)
              spec.columns.push_back(static_cast<int>(i));
            const std::string_view list = spec.record.size() == 5 ? " [a,b]" : "";
            std::string text;
            for (int i = 0; i < 40; ++i) {
              std::string rows;
              for (int row = i; row < i + 2; ++row) {
                rows += fmt::format("+I {} a-text-of-its-own-{} {}.5 2026-01-01T00:00:{:02}{}\n",
                                    row, row, row, row, list);
              }
              const Batch batch = TRY(ParseBatch(rows, spec.record));
              text += TRY(Decode(format, spec, TRY(Encode(format, spec, batch))));
            }
            return text;
          }};
}

// --- parsing -------------------------------------------------------------------------------------

Target ParserTarget() {
  std::string all;
  for (const auto& [name, script] : Sessions()) {
    if (name != "errors") all += script;
  }
  return {"parser", [all = std::move(all)]() -> Result<std::string> {
            return fmt::format("{} statements", TRY(parse::ParseScript(all)).size());
          }};
}

}  // namespace

std::vector<Target> AllTargets(const std::string& scratch) {
  std::vector<Target> targets = {ParserTarget()};
  for (const connectors::Format* format : connectors::AllFormats()) {
    // Others have no records in a text.
    if (format->make_decoder != nullptr && format->make_encoder != nullptr)
      targets.push_back(FormatTarget(*format));
  }
  for (auto& [name, script] : Sessions()) {
    targets.push_back(SessionTarget(name, std::move(script), scratch));
  }
  return targets;
}

}  // namespace weir::malloc_test
