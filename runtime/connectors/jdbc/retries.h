// Trying again what a database has failed to do.
#pragma once

#include <cstdint>

#include "runtime/base/result.h"

namespace weir::connectors::jdbc {

// kExternal E4010: what a server says no to, or has not got.
Status Refused(std::string message, std::string hint = "");

// The pause before something that failed is tried again: so many seconds, one if the thread is
// hurried, or until it is interrupted.
void WaitSeconds(int64_t seconds);

// Whether another try may follow, behind `tries` that have failed. Whoever stops the job waits for
// a second try at most.
bool MayTryAgain(int64_t tries, int64_t most);

}  // namespace weir::connectors::jdbc
