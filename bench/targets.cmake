# One program a benchmark: bench_<name> from bench/<name>.cc, with what they share in bench/lib and the queries
# written by hand in bench/hand. What is measured is there, with the flags of HOT targets, the hand-written loops, too.
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cc)
file(GLOB bench_shared CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/lib/*.cc ${CMAKE_SOURCE_DIR}/bench/hand/*.cc)
add_library(bench_lib STATIC ${bench_shared})
target_compile_options(bench_lib PRIVATE -O3 ${WEIR_WARNINGS})
target_precompile_headers(bench_lib REUSE_FROM pch-O3)
if(WEIR_UNITY)
  set_target_properties(bench_lib PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
endif()
target_link_libraries(bench_lib PUBLIC planner state_reading runtime_task runtime_connectors fmt::fmt
                      PRIVATE simdjson::simdjson OpenSSL::Crypto)
foreach(source ${bench_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(bench_${name} ${source})
  target_compile_options(bench_${name} PRIVATE -O1 ${WEIR_WARNINGS})
  target_link_libraries(bench_${name} PRIVATE bench_lib CLI11::CLI11)
endforeach()
# For their results, not for their figures: what is restored is what was saved; what is joined by hand and by
# the engine is the same, and memory stays within its limit.
add_test(NAME bench.savepoints COMMAND bench_savepoints --megabytes 4 --savepoints 2 --keys 50000 --parallelism 2 --check)
add_test(NAME bench.formats COMMAND bench_formats --rows 10000 --rounds 1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
add_test(NAME bench.operators COMMAND bench_operators --rows 200000 --bids 100000 --rounds 0 --check)
# Every query's rows are those of the hand-written loop; nothing is timed.
add_test(NAME bench.nexmark COMMAND python3 ${CMAKE_SOURCE_DIR}/bench/nexmark/bench.py --rows-only --events 200000
         --program $<TARGET_FILE:bench_nexmark> --scratch ${CMAKE_BINARY_DIR})
add_test(NAME bench.varied COMMAND python3 ${CMAKE_SOURCE_DIR}/bench/nexmark/varied.py --rows-only --events 100000
         --program $<TARGET_FILE:bench_nexmark> --scratch ${CMAKE_BINARY_DIR})
add_test(NAME bench.latency COMMAND bench_latency --seconds 2 --rates 20000 --check)
add_test(NAME bench.neighbours COMMAND bench_neighbours --seconds 2 --check)
# That unaligned checkpoints complete at all while a sink is slow, with rows in flight.
add_test(NAME bench.backpressure COMMAND bench_backpressure --seconds 4 --interval 200 --scratch ${CMAKE_BINARY_DIR} --check)
# What `bench kafka` (bench/kafka/bench.py) compares with: a loop over librdkafka alone.
add_executable(bench_kafka_loop ${CMAKE_SOURCE_DIR}/bench/kafka/loop.cc)
target_compile_options(bench_kafka_loop PRIVATE -O3 ${WEIR_WARNINGS})
target_link_libraries(bench_kafka_loop PRIVATE PkgConfig::RDKAFKA simdjson::simdjson fmt::fmt)
