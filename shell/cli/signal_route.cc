#include "shell/cli/signal_route.h"

#include <fmt/format.h>

#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

void SayTo(JobWatch& watch, Question question) {
  switch (question) {
    case Question::kWhatGoesOn:
      return watch.SayWhatGoesOn();
    case Question::kStatementEnds:
      return watch.SayThatStatementEnds();
    case Question::kWhatTasksDo:
      return watch.SayWhatTasksDo();
  }
}

}  // namespace

SignalRoute::SignalRoute(EngineSession& engine, JobWatch& watch) {
  RouteSignals(&engine, [&watch](Question question) { SayTo(watch, question); });
}

SignalRoute::~SignalRoute() {
  RouteSignals(nullptr);
}

Status StartTimeout(const std::string& timeout) {
  if (timeout.empty()) return {};
  const Result<int64_t> millis = ParseSeconds(timeout);
  if (!millis.ok() || *millis <= 0) {
    return Status::InvalidArgument(
        fmt::format("--timeout takes seconds or a duration such as '90 s', not '{}'", timeout));
  }
  RaiseAlarmAfter(*millis);
  return {};
}

}  // namespace weir::shell
