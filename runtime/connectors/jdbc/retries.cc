#include "runtime/connectors/jdbc/retries.h"

#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"

namespace weir::connectors::jdbc {

Status Refused(std::string message, std::string hint) {
  return Status::External(std::move(message)).WithId("E4010").WithHint(std::move(hint));
}

void WaitSeconds(int64_t seconds) {
  constexpr std::chrono::milliseconds kGlance(20);
  constexpr int64_t kGlances = 50;  // a second
  for (int64_t i = 0; i < seconds * kGlances; ++i) {
    CheckInterrupted();
    if (i >= kGlances && IsHurried()) return;
    Clock::System().Sleep(kGlance);
  }
}

bool MayTryAgain(int64_t tries, int64_t most) {
  return tries <= most && !(tries > 1 && IsHurried());
}

}  // namespace weir::connectors::jdbc
