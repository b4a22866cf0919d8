# Files of Parquet, beside pyarrow and DuckDB. The first run installs them from the package index.
if(TARGET weir)
  add_test(NAME parquet COMMAND Python3::Interpreter tests/parquet/parquet_test.py --weir $<TARGET_FILE:weir>
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endif()
