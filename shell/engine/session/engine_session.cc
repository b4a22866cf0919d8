#include "shell/engine/session/engine_session.h"

#include "planner/parse/parse.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/fault_point.h"

namespace weir::shell {

const std::atomic<bool>& EngineSession::CancelUnless(std::string_view defect) const {
  static const std::atomic<bool> never = false;
  return DefectPlanted(defect) ? never : cancel_;
}

Result<std::vector<SourceSpan>> EngineSession::Split(std::string_view script) {
  const InterruptedBy cancel(CancelUnless("parsing-uninterrupted"));
  return Fenced([&]() -> Result<std::vector<SourceSpan>> { return parse::SplitScript(script); });
}

}  // namespace weir::shell
