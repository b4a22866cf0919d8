// Decodes events of changes: JSON objects, one per line, that hold rows before and after a change.
#pragma once

#include <memory>

#include "runtime/connectors/formats/change_envelope.h"
#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

struct ChangeDecoding {
  const ChangeEnvelope& envelope;
  bool in_payload = false;  // each event is {"schema": …, "payload": <the event>}
};

// Decodes as Flink's deserialization schemas of the same formats: an insert gives +I of the row
// after it, a delete -D of the one before it, an update -U and +U. The rows of an event are never
// in two batches, so a batch has up to max(max_rows, the rows of one event) rows. Where an update
// has only the changed columns, the others are those of the row after it; one that is given as NULL
// was NULL. (Flink asks whether any row of the event was given the column.) An event without a word
// for its change or with an unknown one, without the rows that it needs, or with wanted metadata
// that are no time is a bad record. Fails as CheckJsonColumns. REQUIRES: `spec.metadata` are keys
// of the envelope's.
Result<std::unique_ptr<Decoder>> MakeChangeDecoder(const FormatSpec& spec,
                                                   const ChangeDecoding& options);

}  // namespace weir::connectors
