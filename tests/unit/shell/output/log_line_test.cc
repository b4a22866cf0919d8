#include "shell/output/log_line.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

LogEvent SampleEvent() {
  return {1'795'168'374'871, LogLevel::kWarning, "late-rows", {"sales", "0123"}, "3 late rows"};
}

TEST(LogLine, OfAJob) {
  EXPECT_EQ(LogLine(SampleEvent(), LogFormat::kText),
            "2026-11-20 09:52:54.871 WARNING sales (0123): 3 late rows\n");
  EXPECT_EQ(LogLine(SampleEvent(), LogFormat::kJson),
            R"({"time":"2026-11-20T09:52:54.871Z","level":"warning","event":"late-rows",)"
            R"("job":"sales","job_id":"0123","message":"3 late rows"})"
            "\n");
}

TEST(LogLine, OfNoJob) {
  LogEvent event = SampleEvent();
  event.level = LogLevel::kInfo;
  event.job = {};
  EXPECT_EQ(LogLine(event, LogFormat::kText), "2026-11-20 09:52:54.871 INFO 3 late rows\n");
  EXPECT_EQ(LogLine(event, LogFormat::kJson),
            R"({"time":"2026-11-20T09:52:54.871Z","level":"info","event":"late-rows",)"
            R"("message":"3 late rows"})"
            "\n");
}

// Nothing that a message quotes can look like another line of the log.
TEST(LogLine, IsOneLine) {
  LogEvent event = SampleEvent();
  event.message = "a\n2026-01-01 forged\r\"b\"\n\n";
  EXPECT_EQ(LogLine(event, LogFormat::kText),
            "2026-11-20 09:52:54.871 WARNING sales (0123): a 2026-01-01 forged \"b\"\n");
  event.job.name = "sa\nles";
  EXPECT_EQ(LogLine(event, LogFormat::kText),
            "2026-11-20 09:52:54.871 WARNING sa les (0123): a 2026-01-01 forged \"b\"\n");
  EXPECT_TRUE(LogLine(event, LogFormat::kJson)
                  .ends_with(R"("message":"a 2026-01-01 forged \"b\""})"
                             "\n"));
}

}  // namespace
}  // namespace weir::shell
