// What a scenario's output says of the engine.
#pragma once

#include <string>

#include "tests/simulation/scenario.h"

namespace weir::simulation {

// Looks at the output while the process is dead. Holds what readers saw before.
// Each answer names what is wrong, "" when nothing is.
class Judge {
 public:
  Judge(const Scenario& scenario, std::string directory)
      : scenario_(scenario), directory_(std::move(directory)) {}

  // After a power failure: nothing is there twice or wrong, and nothing has gone that was there
  // after the failure before.
  std::string AfterFailure();
  // After the end: all is there, once.
  std::string AtEnd();

 private:
  Lines Visible(const std::string& table) const;

  const Scenario& scenario_;
  const std::string directory_;
  Lines seen_;  // of "windows", after the last failure
};

}  // namespace weir::simulation
