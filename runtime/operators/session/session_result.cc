#include "runtime/operators/session/session_result.h"

#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

ColumnPtr SessionTimes(SessionPart part, const Type& type, std::span<const FiredSession> sessions,
                       const TimeZone& zone) {
  const bool instant = type.kind() == TypeKind::kTimestampLtz;
  const MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(sessions.size()));
  auto* micros = column->mutable_data<int64_t>();
  for (size_t i = 0; i < sessions.size(); ++i) {
    const window::Window local{sessions[i].start, sessions[i].end};
    const window::Window shown = instant ? window::LocalWindowToUtc(zone, local) : local;
    switch (part) {
      case SessionPart::kStart:
        micros[i] = shown.start * 1000;
        break;
      case SessionPart::kEnd:
        micros[i] = shown.end * 1000;
        break;
      case SessionPart::kTime:
        micros[i] = (instant ? window::TimerOf(zone, local.end) : local.end - 1) * 1000;
        break;
    }
  }
  return column;
}

SessionResult::SessionResult(const graph::WindowAggregateSpec& spec, const Schema& output,
                             const TimeZone& zone)
    : zone_(zone), key_count_(spec.keys.size()) {
  size_t column = spec.keys.size() + spec.calls.size();
  const auto add = [&](bool wanted, SessionPart part) {
    if (wanted) parts_.emplace_back(part, output.fields.at(column++).type);
  };
  add(spec.emit_start, SessionPart::kStart);
  add(spec.emit_end, SessionPart::kEnd);
  add(spec.emit_time, SessionPart::kTime);
}

Result<Batch> SessionResult::Make(const AggregateSet& set, const Batch& keys,
                                  std::span<const FiredSession> fired) const {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(fired.size());
  std::vector<uint32_t> ids;
  std::vector<std::byte*> rows;
  for (const FiredSession& session : fired) {
    ids.push_back(session.key);
    rows.push_back(session.row);
  }
  for (size_t key = 0; key < key_count_; ++key) {
    batch.columns.push_back(GatherColumn(*keys.columns[key], ids.data(), batch.row_count));
  }
  RETURN_IF_ERROR(set.AppendResults(rows, batch.columns));
  for (const auto& [part, type] : parts_) {
    batch.columns.push_back(SessionTimes(part, type, fired, zone_));
  }
  return batch;
}

}  // namespace weir::operators
