#include "runtime/connectors/formats/change_envelope.h"

#include <fmt/format.h>

namespace weir::connectors {

std::string UnknownWord(std::string_view op, std::span<const ChangeWord> words) {
  std::string all;
  for (const ChangeWord& word : words) {
    const bool last = &word == &words.back();
    all += fmt::format("{}{}", all.empty() ? "" : last ? " and " : ", ", word.word);
  }
  return fmt::format("its \"{}\" is none of {}", op, all);
}

graph::FormatDescriptor ChangesDescriptor(const ChangeEnvelope& envelope,
                                          std::span<const graph::OptionDescriptor> options,
                                          std::string_view doc) {
  return {
      .name = envelope.format,
      .doc = doc,
      .decodes = true,
      .encodes = true,
      .messages = true,
      .line_a_row = true,
      .names_columns = true,
      .gives = ChangelogMode::All(),
      .accepts = ChangelogMode::All(),
      .options = options,
      .metadata = envelope.metadata,
  };
}

}  // namespace weir::connectors
