// What Prometheus is given.
#include "shell/http/metrics.h"

#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "shell/http/job_state.h"
#include "shell/http/metric_table.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::Not;

JobSummary Job(const std::string& name, task::JobState state) {
  JobSummary job;
  job.record.id = std::string(31, '0') + name.substr(0, 1);
  job.record.name = name;
  job.snapshot.emplace();
  job.snapshot->state = state;
  job.snapshot->started_millis = 1'000;
  job.snapshot->checkpoints.completed = 7;
  task::OperatorSnapshot node;
  node.uid = "src:orders";
  node.name = "Scan(orders)";
  node.rows_out = 123'456'789;
  job.snapshot->operators.push_back(node);
  return job;
}

std::string TextOf(std::vector<JobSummary> jobs, bool flink_names = false) {
  MetricFacts facts;
  facts.jobs = std::move(jobs);
  facts.version = "0.1.0";
  facts.now_millis = 61'000;
  return MetricsText(facts, flink_names);
}

// Each family once, its heading in front of its samples, no series twice.
void ExpectWellFormed(const std::string& text) {
  std::set<std::string> families;
  std::set<std::string> series;
  std::string family;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << line;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line == "# TYPE " + family + " gauge" || line == "# TYPE " + family + " counter")
          << line;
    } else {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), family);
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
}

TEST(MetricsTest, FiguresOfARunningJob) {
  const std::string text = TextOf({Job("totals", task::JobState::kRunning)});
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("\nweir_job_state{job_name=\"totals\",state=\"RUNNING\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_jobs{state=\"RUNNING\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("\nweir_jobmanager_job_numberOfCompletedCheckpoints{job_name=\"totals\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_jobmanager_job_uptime{job_name=\"totals\"} 60000\n"));
  EXPECT_THAT(text,
              HasSubstr("\nweir_taskmanager_job_task_operator_numRecordsOut{job_name=\"totals\","
                        "operator=\"src:orders\"} 123456789\n"));
  EXPECT_THAT(text, Not(HasSubstr("currentOutputWatermark"))) << "there is none yet";
  EXPECT_THAT(text, Not(HasSubstr("flink_")));
}

TEST(MetricsTest, FlinksNamesStandBeside) {
  const std::string text = TextOf({Job("totals", task::JobState::kRunning)}, true);
  ExpectWellFormed(text);
  EXPECT_THAT(text,
              HasSubstr("\nflink_jobmanager_job_numberOfCompletedCheckpoints{job_id=\"000000000"
                        "0000000000000000000000t\",job_name=\"totals\"} 7\n"));
  EXPECT_THAT(text,
              HasSubstr(",operator_id=\"src:orders\",operator_name=\"Scan(orders)\"} 123456789\n"));
  EXPECT_THAT(text, Not(HasSubstr("flink_operator_"))) << "Flink has no such figure";
}

TEST(MetricsTest, OfJobsThatHaveEndedOnlyTheStateIsLeft) {
  JobSummary gone = Job("gone", task::JobState::kFinished);
  gone.snapshot.reset();
  gone.record.state = RecordedState::kRunning;
  JobSummary damaged = gone;
  damaged.record.name = "damaged";
  damaged.record.damage = "no record";
  const std::string text = TextOf({Job("a", task::JobState::kFailed), gone, damaged});
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("weir_job_state{job_name=\"a\",state=\"FAILED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_job_state{job_name=\"gone\",state=\"SUSPENDED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_job_state{job_name=\"damaged\",state=\"FAILED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_jobs{state=\"FAILED\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("numRecordsOut")));
}

TEST(MetricsTest, OfOneNameTheNewest) {
  const std::string text = TextOf(
      {Job("totals", task::JobState::kFinished), Job("totals", task::JobState::kRestarting)});
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("weir_job_state{job_name=\"totals\",state=\"RESTARTING\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("FINISHED")));
}

TEST(MetricsTest, LabelsAreEscaped) {
  const std::string text = TextOf({Job("a\"b\\c\nd", task::JobState::kRunning)});
  ExpectWellFormed(text);
  EXPECT_THAT(text, HasSubstr("{job_name=\"a\\\"b\\\\c\\nd\"}"));
}

TEST(MetricsTest, EveryFigureIsInThePage) {
  const std::string page = MetricsPage();
  const std::string text = TextOf({Job("totals", task::JobState::kRunning)});
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_THAT(page, HasSubstr("| `" + name + "` |"));
  }
}

}  // namespace
}  // namespace weir::shell
