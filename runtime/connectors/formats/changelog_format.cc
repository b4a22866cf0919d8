// The text of changes that `print` writes and `inline` reads, one row a line: "+I[1, a, NULL]". For
// tests, and for files that must keep the kind of every change. Instants are in UTC and end with a
// Z; texts are quoted where they would be read as something else.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/instant_text.h"
#include "runtime/connectors/formats/quoted_text.h"
#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

const graph::FormatDescriptor kChangelogDescriptor = {
    .name = "changelog",
    .doc =
        "Changes as text, one a line: +I[1, a], -U[…], +U[…], -D[…]; texts in quotes where they "
        "need them.",
    .decodes = true,
    .encodes = true,
    .gives = ChangelogMode::All(),
    .accepts = ChangelogMode::All(),
    .options = {},
};

class ChangelogDecoder final : public Decoder {
 public:
  explicit ChangelogDecoder(FormatSpec spec)
      : spec_(std::move(spec)), types_(spec_.record.types()) {}

  size_t WholeRecords(std::string_view bytes, bool at_end) const override {
    return WholeLines(bytes, at_end);
  }

  Result<std::optional<size_t>> Prologue(std::string_view, bool) override {
    return std::optional<size_t>(0);
  }

  Result<DecodeResult> Decode(const RecordBlock& block, size_t from, uint32_t max_rows,
                              Batch& batch, BadRecord& bad) override {
    size_t end = from;
    for (uint32_t lines = 0; end < block.bytes.size() && lines < max_rows; ++lines) {
      const size_t newline = block.bytes.find('\n', end);
      end = newline == std::string_view::npos ? block.bytes.size() : newline + 1;
    }
    Result<Batch> parsed = ParseBatch(block.bytes.substr(from, end - from), types_);
    if (!parsed.ok()) {
      bad = {FirstBadLine(block.bytes, from), "", parsed.status().message()};
      return std::move(parsed).status().WithId("E3005");
    }
    Batch all = std::move(parsed).value();
    batch = Batch{};
    batch.row_count = all.row_count;
    batch.row_kinds = std::move(all.row_kinds);
    for (const int column : spec_.columns)
      batch.columns.push_back(all.columns[static_cast<size_t>(column)]);
    return DecodeResult{end - from, 0};
  }

 private:
  // Where the first line at or behind `from` begins that is no row. REQUIRES: there is one.
  size_t FirstBadLine(std::string_view bytes, size_t from) const {
    while (from < bytes.size()) {
      const size_t newline = std::min(bytes.find('\n', from), bytes.size() - 1);
      if (!ParseBatch(bytes.substr(from, newline + 1 - from), types_).ok()) break;
      from = newline + 1;
    }
    return from;
  }

  FormatSpec spec_;
  std::vector<Type> types_;
};

class ChangelogEncoder final : public Encoder {
 public:
  Status Append(const Batch& batch, std::string& out) override {
    out += FormatBatch(WithMarkedInstants(WithQuotedTexts(batch)));
    return {};
  }
};

Result<std::unique_ptr<Decoder>> MakeChangelogDecoder(FormatSpec spec) {
  return std::unique_ptr<Decoder>(std::make_unique<ChangelogDecoder>(std::move(spec)));
}

Result<std::unique_ptr<Encoder>> MakeChangelogEncoder(FormatSpec) {
  return std::unique_ptr<Encoder>(std::make_unique<ChangelogEncoder>());
}

}  // namespace

const Format& ChangelogFormat() {
  static const Format format = {&kChangelogDescriptor, MakeChangelogDecoder, MakeChangelogEncoder};
  return format;
}

}  // namespace weir::connectors
