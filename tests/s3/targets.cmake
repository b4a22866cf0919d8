# A store from the package index (moto), where it can be had.
if(TARGET weir)
  add_test(NAME s3 COMMAND /usr/bin/python3 tests/s3/s3_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  add_test(NAME s3.storm COMMAND /usr/bin/python3 tests/s3/storm.py --weir $<TARGET_FILE:weir> --kills 12
           $<TARGET_FILE:weir_faulty> WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(s3 s3.storm PROPERTIES SKIP_RETURN_CODE 77)
endif()
