# A real broker, where Java and Maven are.
if(TARGET weir)
  add_test(NAME kafka COMMAND /usr/bin/python3 tests/kafka/kafka_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME kafka.avro COMMAND tests/kafka/avro_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME kafka.protobuf COMMAND /usr/bin/python3 tests/kafka/protobuf_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME kafka_options COMMAND tests/kafka/options_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
