#include "runtime/connectors/formats/change_envelope.h"

namespace weir::connectors {

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
