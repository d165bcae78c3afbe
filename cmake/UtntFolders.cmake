# utnt_folder(NAME [DEPENDS folder...] [LIBRARIES target...] [EXCLUDE folder])
# Library utnt_NAME from src/NAME/**/*.cpp, and test program NAME_test from the *_test.cpp beside them. What lies below the
# excluded folder (relative to src/NAME) belongs to neither. NAME may be a path: a/b becomes utnt_a_b.
function(utnt_folder folder)
  string(REPLACE "/" "_" name ${folder})
  cmake_parse_arguments(arg "" "EXCLUDE" "DEPENDS;LIBRARIES" ${ARGN})
  set(root ${CMAKE_SOURCE_DIR}/src/${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${root}/*.cpp)
  if(arg_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "/${folder}/${arg_EXCLUDE}/")
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM arg_DEPENDS REPLACE "/" "_")
  list(TRANSFORM arg_DEPENDS PREPEND utnt_)
  if(sources)
    add_library(utnt_${name} STATIC ${sources})
    target_link_libraries(utnt_${name} PUBLIC utnt_flags ${arg_DEPENDS} ${arg_LIBRARIES})
  else()
    add_library(utnt_${name} INTERFACE)
    target_link_libraries(utnt_${name} INTERFACE utnt_flags ${arg_DEPENDS} ${arg_LIBRARIES})
  endif()
  if(tests AND UTNT_TESTS AND NOT UTNT_FREESTANDING)
    utnt_test(${name}_test SOURCES ${tests} LIBRARIES utnt_${name})
  endif()
endfunction()

# utnt_compile_fast(TARGET): in sanitizer builds, where optimising costs most, the target's own sources go without. For
# tests and the command line, whose code is long and runs once; what they call is optimised as ever.
function(utnt_compile_fast target)
  if(UTNT_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# What `./dev test` builds of the release preset: the program, and the tests labelled cli.
add_custom_target(end_to_end)

# utnt_test(NAME SOURCES file... LIBRARIES target... [LABELS label...] [TIMEOUT seconds])
# A GoogleTest program whose cases CTest lists one by one. The label cli makes it run with the release program too,
# in a network namespace that holds nothing but loopback.
function(utnt_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} utnt_test_support GTest::gtest_main)
  # utnt::panic() of the tests, which libraries behind their support want too.
  target_link_options(${name} PRIVATE -Wl,-u,_ZN4utnt5panicEPKciS1_)
  utnt_compile_fast(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if("cli" IN_LIST arg_LABELS)
    add_dependencies(end_to_end ${name})
  endif()
  include(GoogleTest)
  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_LABELS)
    list(APPEND properties LABELS "${arg_LABELS}")
  endif()
  gtest_discover_tests(${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES ${properties})
endfunction()
