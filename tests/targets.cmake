# Programs of the tests beyond tests/unit, and what ctest runs. WEIR_TEST_SLICE=short (the default) or full,
# in the environment of ctest, says how much of the configurations and kills.

add_library(fault_seams STATIC ${CMAKE_SOURCE_DIR}/tests/faults/fault_hooks.cc
            ${CMAKE_SOURCE_DIR}/tests/faults/lost_write_file_system.cc)
target_compile_options(fault_seams PRIVATE -O1 ${WEIR_WARNINGS})
target_link_libraries(fault_seams PUBLIC runtime_ports)

if(TARGET weir)
  add_executable(weir_faulty ${CMAKE_SOURCE_DIR}/tests/faults/weir_faulty.cc)
  target_compile_options(weir_faulty PRIVATE -O1 ${WEIR_WARNINGS})
  target_link_libraries(weir_faulty PRIVATE shell fault_seams)
endif()

# --- unit tests over the seams -------------------------------------------------------------------
file(GLOB FAULT_TESTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/faults/*_test.cc)
if(FAULT_TESTS)
  add_executable(faults_test ${FAULT_TESTS} ${CMAKE_SOURCE_DIR}/tests/faults/planted_by_environment.cc)
  target_compile_options(faults_test PRIVATE -O1 ${WEIR_WARNINGS} -Wno-conversion)
  target_link_libraries(faults_test PRIVATE shell fault_seams GTest::gmock GTest::gtest_main)
  add_test(NAME faults COMMAND faults_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()

# --- simulation ----------------------------------------------------------------------------------
if(TARGET weir)
  file(GLOB SIMULATION CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/simulation/*.cc)
  list(FILTER SIMULATION EXCLUDE REGEX "_test\\.cc$")
  add_executable(weir_simulation ${SIMULATION})
  target_compile_options(weir_simulation PRIVATE -O1 ${WEIR_WARNINGS})
  target_link_libraries(weir_simulation PRIVATE shell fault_seams CLI11::CLI11)
  add_executable(simulation_test ${CMAKE_SOURCE_DIR}/tests/simulation/scheduler_test.cc
                 ${CMAKE_SOURCE_DIR}/tests/simulation/simulated_scheduler.cc)
  target_compile_options(simulation_test PRIVATE -O1 ${WEIR_WARNINGS} -Wno-conversion)
  target_link_libraries(simulation_test PRIVATE runtime_ports GTest::gtest_main)
  add_test(NAME simulation.scheduler COMMAND simulation_test)
endif()

# --- fuzz targets --------------------------------------------------------------------------------
# tests/fuzz/<name>_fuzz.cc: with WEIR_FUZZ (clang) the fuzzer fuzz_<name>, else a program that replays the
# inputs of tests/fuzz/corpus/<name>.
file(GLOB FUZZERS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
foreach(source ${FUZZERS})
  get_filename_component(file ${source} NAME)
  string(REPLACE "_fuzz.cc" "" name ${file})
  add_executable(fuzz_${name} ${source})
  target_compile_options(fuzz_${name} PRIVATE -O1 ${WEIR_WARNINGS} -Wno-conversion)
  target_link_libraries(fuzz_${name} PRIVATE planner_parse runtime_connectors state)
  if(WEIR_FUZZ)
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.cc)
    # Metadata is what a torn or rotten disk hands over: its inputs are damaged, too.
    set(how)
    if(name STREQUAL metadata)
      set(how --damage)
    endif()
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${how} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endforeach()

# --- scripts -------------------------------------------------------------------------------------
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(script_test name)
  add_test(NAME ${name} COMMAND Python3::Interpreter ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

script_test(lint tests/lint/lint.py --ratios)
script_test(lint_test tests/lint/lint_test.py)
script_test(model tests/model/model.py --slice)
if(TARGET weir)
  set(SQL tests/sql/run.py --weir $<TARGET_FILE:weir> --faulty $<TARGET_FILE:weir_faulty>)
  script_test(sql.default ${SQL})
  script_test(sql.configs ${SQL} --slice-configs)
  script_test(time.events tests/time/event_time_test.py --weir $<TARGET_FILE:weir> --cases 15 --runs 4)
  script_test(time.jobs tests/time/job_life_test.py --weir $<TARGET_FILE:weir>)
  script_test(time.folders tests/time/watched_folders_test.py --weir $<TARGET_FILE:weir>)
  script_test(time.folders_planted tests/time/watched_folders_test.py --weir $<TARGET_FILE:weir_faulty>
              --defect idle-without-timeout)
  script_test(time.folders_killed tests/time/watched_folders_test.py --weir $<TARGET_FILE:weir_faulty> --points --cases 6)
  script_test(differential tests/differential/differential.py --weir $<TARGET_FILE:weir>)
  script_test(differential.changelogs tests/differential/changelogs.py --weir $<TARGET_FILE:weir>)
  script_test(differential.changelogs.planted tests/differential/changelogs.py --weir $<TARGET_FILE:weir> --count 40 --plant)
  script_test(differential.planted tests/differential/differential.py --weir $<TARGET_FILE:weir> --count 30 --plant)
  script_test(findings tests/findings/run.py --weir $<TARGET_FILE:weir> --faulty $<TARGET_FILE:weir_faulty>)
  script_test(plans tests/plans/run.py --weir $<TARGET_FILE:weir>)
  script_test(plans.checkpoint_uids tests/plans/checkpoint_uids_test.py --weir $<TARGET_FILE:weir>)
  script_test(examples.flights tests/examples/flights_test.py --weir $<TARGET_FILE:weir> --kills 5)
  script_test(evolve.edits tests/sql/evolve/evolve.py --weir $<TARGET_FILE:weir> --faulty $<TARGET_FILE:weir_faulty>
              --slice-configs)
  set(RANDOM_EDITS tests/sql/evolve/random_edits.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.random ${RANDOM_EDITS} --slice)
  script_test(evolve.random_planted ${RANDOM_EDITS} --plant)
  script_test(evolve.meanings tests/sql/evolve/meanings.py --weir $<TARGET_FILE:weir> --slice)
  script_test(evolve.meanings_planted tests/sql/evolve/meanings.py --weir $<TARGET_FILE:weir_faulty> --plants)
  script_test(evolve.operators tests/sql/evolve/operators.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.operators_of_tables tests/sql/evolve/operators_of_tables.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.b20_unchanged tests/sql/evolve/unchanged.py --weir $<TARGET_FILE:weir> --slice)
  script_test(evolve.places tests/sql/evolve/places.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.bugs tests/sql/evolve/bugs.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.savepoints tests/sql/evolve/savepoints.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.restore_modes tests/sql/evolve/restore_modes.py --weir $<TARGET_FILE:weir>)
  script_test(evolve.golden tests/sql/evolve/golden.py --weir $<TARGET_FILE:weir>)
  script_test(nexmark tests/nexmark/nexmark_test.py --weir $<TARGET_FILE:weir_faulty> --slice)
  script_test(simulation tests/simulation/simulate.py --program $<TARGET_FILE:weir_simulation> --slice)
  script_test(simulation.planted tests/simulation/simulate.py --program $<TARGET_FILE:weir_simulation> --planted)
  script_test(crash tests/faults/crash_test.py --weir $<TARGET_FILE:weir_faulty> --slice)
  script_test(crash.savepoints tests/faults/savepoint_crash_test.py --weir $<TARGET_FILE:weir_faulty> --slice)
  script_test(crash.sink_errors tests/faults/sink_errors.py --weir $<TARGET_FILE:weir_faulty>)
  script_test(crash.walk tests/faults/walk.py --weir $<TARGET_FILE:weir_faulty> --slice)
  script_test(crash.sabotage tests/faults/sabotage.py --build ${CMAKE_BINARY_DIR} --slice)
  script_test(state.larger_than_memory tests/state/larger_than_memory.py --weir $<TARGET_FILE:weir>
              --state-test $<TARGET_FILE:state_test>)
  script_test(state.memory_bounds tests/state/memory_bounds.py --weir $<TARGET_FILE:weir>)
  script_test(state.no_leak tests/state/no_leak.py --weir $<TARGET_FILE:weir>)
  script_test(state.checkpoint_files tests/state/checkpoint_files.py --state-test $<TARGET_FILE:state_test>)
  # These keep all cores busy by themselves.
  set_tests_properties(sql.default sql.configs findings PROPERTIES PROCESSORS 2)
endif()

include(${CMAKE_SOURCE_DIR}/tests/shell/targets.cmake)
