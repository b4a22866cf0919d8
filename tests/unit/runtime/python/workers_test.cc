// Processes that run functions in Python, real ones: what they answer, and what becomes of those
// that do not.
#include "runtime/python/workers.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "runtime/base/interruption.h"
#include "runtime/types/column_builder.h"
#include "tests/unit/scratch_directory.h"

namespace weir::python {
namespace {

using expr::ForeignFunction;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kModule = R"(
import os, time
if os.path.exists(os.path.join(os.path.dirname(__file__), "die")):
    os._exit(8)
def double(x):
    return x * 2
def text(s):
    return [value + "!" for value in s]
def nulls(x):
    return [None if value < 3 else value for value in x.tolist()]
def fails(x):
    raise KeyError("why")
def dies(x):
    os._exit(9)
def hangs(x):
    while True: pass
def forks(x):
    if os.fork() == 0:
        time.sleep(600)
    os._exit(127)
def process(x):
    return [os.getpid()] * len(x)
)";

class WorkersTest : public testing::Test {
 protected:
  WorkersTest() { std::ofstream(directory_ + "/made_up.py") << kModule; }

  const ForeignFunction* Function(const std::string& name, const Type& type) {
    ForeignFunction function;
    function.full_name = "c.d." + name;
    function.shown_name = name;
    function.implementation = "made_up." + name;
    function.parameters = {type};
    function.returns = type;
    return expr::InternForeign(function);
  }

  Workers Made(const Workers::Functions& functions, int64_t timeout_millis = 60'000,
               const std::string& executable = "/usr/bin/python3") {
    return Workers({executable,
                    {directory_},
                    timeout_millis,
                    0,
                    &Clock::System(),
                    [this](const std::string& line) { said_ += line + "\n"; }},
                   functions);
  }

  // The result for three rows, NULL as -1.
  Result<std::vector<int64_t>> Call(Workers& workers, const ForeignFunction* function) {
    ColumnBuilder numbers(Type::BigInt(), 3);
    for (const int64_t number : {1, 2, 3}) numbers.Append<int64_t>(number);
    const std::vector<ColumnPtr> columns = {numbers.Finish()};
    MutableColumnPtr out = Column::Make(Type::BigInt(), 3);
    out->MutableValidity()[0] = 0;
    RETURN_IF_ERROR(workers.Call({function, columns, {nullptr, 3, 0}}, *out));
    std::vector<int64_t> values;
    for (uint32_t row = 0; row < 3; ++row)
      values.push_back(out->IsNull(row) ? -1 : out->data<int64_t>()[row]);
    return values;
  }

  const ScratchDirectory scratch_;
  const std::string directory_ = scratch_.path();
  std::string said_;
};

TEST_F(WorkersTest, FunctionsAreLoadedAndCalled) {
  const ForeignFunction* twice = Function("double", Type::BigInt());
  const ForeignFunction* nulls = Function("nulls", Type::BigInt());
  Workers workers = Made({twice, nulls});
  const auto hashes = workers.Load();
  ASSERT_TRUE(hashes.ok()) << hashes.status().ToString();
  EXPECT_EQ(hashes->at("c.d.double").size(), 64U);
  EXPECT_THAT(*Call(workers, twice), ElementsAre(2, 4, 6));
  EXPECT_THAT(*Call(workers, nulls), ElementsAre(-1, -1, 3));
}

TEST_F(WorkersTest, OneThatDiesIsFollowedByAnother) {
  const ForeignFunction* twice = Function("double", Type::BigInt());
  const ForeignFunction* dies = Function("dies", Type::BigInt());
  const ForeignFunction* fails = Function("fails", Type::BigInt());
  Workers workers = Made({twice, dies, fails});
  ASSERT_TRUE(workers.Load().ok());
  const Status death = Call(workers, dies).status();
  EXPECT_EQ(death.code(), StatusCode::kExternal);
  EXPECT_THAT(death.message(), HasSubstr("dies (made_up.dies): its process has ended, it left "
                                         "with exit code 9"));
  EXPECT_THAT(*Call(workers, twice), ElementsAre(2, 4, 6));
  const Status failure = Call(workers, fails).status();
  EXPECT_EQ(failure.code(), StatusCode::kDataError);
  EXPECT_THAT(failure.message(), HasSubstr("KeyError: 'why' (made_up.py, line 12)"));
  EXPECT_THAT(*Call(workers, twice), ElementsAre(2, 4, 6));
  // A process that is begun later would give values of another body.
  std::ofstream(directory_ + "/made_up.py") << kModule << "\n# other\n";
  EXPECT_FALSE(Call(workers, dies).ok());
  EXPECT_THAT(Call(workers, twice).status().message(), HasSubstr("changed while the job runs"));
}

TEST_F(WorkersTest, ThoseOfAJobThatHasEndedAreGone) {
  const ForeignFunction* process = Function("process", Type::BigInt());
  Workers workers = Made({process});
  ASSERT_TRUE(workers.Load().ok());
  const int64_t first = Call(workers, process)->front();
  EXPECT_EQ(::kill(static_cast<pid_t>(first), 0), 0);
  workers.Rest();
  EXPECT_NE(::kill(static_cast<pid_t>(first), 0), 0);
  workers.Rest();
  EXPECT_NE(Call(workers, process)->front(), first);
}

TEST_F(WorkersTest, OneThatDiedWhileItWasIdleIsNotAsked) {
  const ForeignFunction* process = Function("process", Type::BigInt());
  Workers workers = Made({process});
  ASSERT_TRUE(workers.Load().ok());
  const auto first = static_cast<pid_t>(Call(workers, process)->front());
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto next = Call(workers, process);
  ASSERT_TRUE(next.ok()) << next.status().ToString();
  EXPECT_NE(next->front(), first);
}

// What it has forked has its streams, and lives on.
TEST_F(WorkersTest, DeathIsSeenThoughTheStreamIsOpen) {
  const ForeignFunction* forks = Function("forks", Type::BigInt());
  Workers workers = Made({forks}, 600'000);
  ASSERT_TRUE(workers.Load().ok());
  const int64_t begin = Clock::System().MonotonicNanos();
  const Status death = Call(workers, forks).status();
  EXPECT_EQ(death.code(), StatusCode::kExternal);
  EXPECT_THAT(death.message(), HasSubstr("it left with exit code 127"));
  EXPECT_LT(Clock::System().MonotonicNanos() - begin, 20'000'000'000);
}

// The first process has shown that the module can be imported.
TEST_F(WorkersTest, DeathInALaterImportIsNoFaultOfTheModule) {
  const ForeignFunction* dies = Function("dies", Type::BigInt());
  Workers workers = Made({dies});
  ASSERT_TRUE(workers.Load().ok());
  EXPECT_EQ(Call(workers, dies).status().code(), StatusCode::kExternal);
  std::ofstream(directory_ + "/die") << "now";
  const Status death = Call(workers, dies).status();
  EXPECT_EQ(death.code(), StatusCode::kExternal);
  EXPECT_THAT(death.message(), HasSubstr("it left with exit code 8"));
  Workers others = Made({dies});
  EXPECT_EQ(others.Load().status().code(), StatusCode::kInvalidArgument);
}

TEST_F(WorkersTest, WaitingEndsInTimeAndWhenItIsInterrupted) {
  const ForeignFunction* hangs = Function("hangs", Type::BigInt());
  Workers impatient = Made({hangs}, 5000);
  ASSERT_TRUE(impatient.Load().ok());
  EXPECT_THAT(Call(impatient, hangs).status().message(), HasSubstr("within 5000 ms"));
  Workers workers = Made({hangs});
  ASSERT_TRUE(workers.Load().ok());
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.store(true);
  });
  const InterruptedBy interrupted(stop);
  EXPECT_THROW((void)Call(workers, hangs), Interrupted);
  stopper.join();
}

// What answers is no program of ours.
TEST_F(WorkersTest, StrangersAreNotBelieved) {
  const std::string program = directory_ + "/stranger";
  const ForeignFunction* twice = Function("double", Type::BigInt());
  for (const char* line :
       {"head -c 100 /dev/zero >&3; sleep 100",
        "printf 'M\\377\\377\\377\\377\\377\\377\\377\\177' >&3; sleep 100",
        "printf 'R\\1\\0\\0\\0\\0\\0\\0\\0x' >&3; sleep 100", "printf 'M\\100' >&3; exit 5",
        "printf 'M\\3\\0\\0\\0\\0\\0\\0\\0abc' >&3; sleep 100", "exec 3>&-; sleep 100",
        "echo begun; printf '\\033[31mred\\n'; exit 6"}) {
    std::ofstream(program) << "#!/bin/sh\n" << line << "\n";
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
    Workers workers = Made({twice}, 5000, program);
    EXPECT_FALSE(workers.Load().ok()) << line;
  }
  EXPECT_THAT(said_, HasSubstr("Python: begun\n"));
  EXPECT_THAT(said_, testing::Not(HasSubstr("\033")));
  Workers missing = Made({twice}, 5000, "/no/such/program");
  EXPECT_THAT(missing.Load().status().message(), HasSubstr("cannot be started"));
}

}  // namespace
}  // namespace weir::python
