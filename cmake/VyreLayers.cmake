# Common settings, the packages that the layers stand on, and the functions that declare a layer,
# a test and a fuzzer.
add_library(vyre_options INTERFACE)
target_compile_features(vyre_options INTERFACE cxx_std_20)
target_compile_options(vyre_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # False alarms of gcc 12, optimising, inside the headers of fmt and of the standard library.
  target_compile_options(vyre_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overflow -Wno-restrict -Wno-array-bounds>)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Says that a loop which asks for vectorisation did not get it: always so under sanitizers.
  target_compile_options(vyre_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-pass-failed>)
endif()
target_include_directories(vyre_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)

find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBURING REQUIRED IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

# Headers that most sources read, read once. Not where a launcher is given: ccache does not cache what
# uses them. Some build has to do without, so that a source that forgets an include is found.
option(VYRE_PRECOMPILE "Precompile the standard headers, fmt and GoogleTest" OFF)
if(VYRE_PRECOMPILE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(VYRE_PRECOMPILES ON)
  # RE2 asks for it, and what is precompiled holds only for sources with the same flags.
  target_compile_options(vyre_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-pthread>)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled/empty.cpp CONTENT "")
endif()

# vyre_precompiled(TARGET OWNER OPTIONS options... PACKAGES packages... HEADERS headers...): the target,
# which has these options, uses what OWNER precompiles of `headers`; the first call for an owner makes it.
function(vyre_precompiled target owner)
  cmake_parse_arguments(ARG "" "" "OPTIONS;PACKAGES;HEADERS" ${ARGN})
  if(NOT VYRE_PRECOMPILES)
    return()
  endif()
  if(NOT TARGET ${owner})
    add_library(${owner} OBJECT ${PROJECT_BINARY_DIR}/precompiled/empty.cpp)
    target_link_libraries(${owner} PRIVATE vyre_options fmt::fmt tl::expected ${ARG_PACKAGES})
    target_compile_options(${owner} PRIVATE ${ARG_OPTIONS})
    list(TRANSFORM ARG_HEADERS REPLACE "(.+)" "<\\1>")
    target_precompile_headers(${owner} PRIVATE ${ARG_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# Without those that bring <iomanip>, whose std::quoted would be found in the place of ours.
set(vyre_common_headers algorithm array atomic chrono cstring functional map memory mutex optional
  random set span string string_view thread tuple utility vector fmt/format.h tl/expected.hpp)

# vyre_layer(NAME [COMMAND_ONLY] SOURCES ... USES layers... LINK packages...): one folder as a static
# library vyre_NAME that sees include/, src/ and the layers below it; without SOURCES, headers alone.
# COMMAND_ONLY: a part of the command `vyre`, not of the installed library.
function(vyre_layer name)
  cmake_parse_arguments(ARG "COMMAND_ONLY" "" "SOURCES;USES;LINK" ${ARGN})
  set(packages vyre_options tl::expected fmt::fmt ${ARG_LINK})
  list(TRANSFORM ARG_USES PREPEND vyre_)
  if(NOT ARG_SOURCES)
    add_library(vyre_${name} INTERFACE)
    target_link_libraries(vyre_${name} INTERFACE ${packages} ${ARG_USES})
    return()
  endif()
  add_library(vyre_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(vyre_${name} PUBLIC ${packages} ${ARG_USES})
  vyre_precompiled(vyre_${name} vyre_common HEADERS ${vyre_common_headers})
  set_target_properties(vyre_${name} PROPERTIES VYRE_PACKAGES "${ARG_LINK}")
  if(NOT ARG_COMMAND_ONLY)
    set_property(GLOBAL APPEND PROPERTY VYRE_LAYERS vyre_${name})
  endif()
endfunction()

# vyre_test(NAME SOURCES ... USES layers...): one GoogleTest binary per layer, named
# vyre_NAME_tests; its tests are discovered by ctest and labelled NAME. The target vyre_tests builds
# all that tests need, and no more.
set(VYRE_TEST_PREFIX "" CACHE STRING "What the names of all tests begin with")
set(VYRE_TEST_FILTER "*" CACHE STRING "Which tests there are, as a filter of GoogleTest")
set(VYRE_TEST_LIBRARIES "" CACHE STRING
  "Tests that are not built, while what their folders hold for others is")
set(VYRE_TEST_OPTIONS "" CACHE STRING "Compiler's options of tests' own sources, behind all others")
if(VYRE_BUILD_TESTS)
  add_custom_target(vyre_tests)
endif()
function(vyre_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINK" ${ARGN})
  if(name IN_LIST VYRE_TEST_LIBRARIES)
    return()
  endif()
  add_executable(vyre_${name}_tests ${ARG_SOURCES})
  target_include_directories(vyre_${name}_tests PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(vyre_${name}_tests PRIVATE GTest::gmock GTest::gtest_main ${ARG_LINK})
  foreach(layer ${ARG_USES})
    target_link_libraries(vyre_${name}_tests PRIVATE vyre_${layer})
  endforeach()
  target_compile_options(vyre_${name}_tests PRIVATE ${VYRE_TEST_OPTIONS})
  vyre_precompiled(vyre_${name}_tests vyre_common_of_tests
    OPTIONS ${VYRE_TEST_OPTIONS} PACKAGES GTest::gmock
    HEADERS ${vyre_common_headers} filesystem fstream gtest/gtest.h gmock/gmock.h)
  add_dependencies(vyre_tests vyre_${name}_tests)
  gtest_discover_tests(vyre_${name}_tests TEST_PREFIX "${VYRE_TEST_PREFIX}"
    TEST_FILTER "${VYRE_TEST_FILTER}" DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300 LABELS ${name})
endfunction()

# vyre_optimised(files...): tests that compute much themselves; they keep the optimisation that
# VYRE_TEST_OPTIONS takes from the others.
function(vyre_optimised)
  if(VYRE_TEST_OPTIONS)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O1 SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# vyre_fuzzer(NAME SOURCES ... USES layers...): a libFuzzer binary vyre_NAME_fuzzer, built only by
# the preset `fuzz` (target vyre_fuzzers builds all). With the tests, a test that feeds it the files
# of corpus/NAME, where there are any.
function(vyre_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINK" ${ARGN})
  list(TRANSFORM ARG_USES PREPEND vyre_)
  set(libraries vyre_options ${ARG_LINK} ${ARG_USES})
  if(VYRE_BUILD_FUZZERS)
    add_executable(vyre_${name}_fuzzer ${ARG_SOURCES})
    target_link_libraries(vyre_${name}_fuzzer PRIVATE ${libraries})
    target_include_directories(vyre_${name}_fuzzer PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_options(vyre_${name}_fuzzer PRIVATE -fsanitize=fuzzer)
    add_dependencies(vyre_fuzzers vyre_${name}_fuzzer)
  endif()
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(VYRE_BUILD_TESTS AND IS_DIRECTORY ${corpus})
    add_executable(vyre_${name}_corpus ${ARG_SOURCES})
    target_link_libraries(vyre_${name}_corpus PRIVATE vyre_corpus_main ${libraries})
    target_include_directories(vyre_${name}_corpus PRIVATE ${PROJECT_SOURCE_DIR})
    add_dependencies(vyre_tests vyre_${name}_corpus)
    add_test(NAME ${VYRE_TEST_PREFIX}${name}_corpus COMMAND vyre_${name}_corpus ${corpus})
    set_tests_properties(${VYRE_TEST_PREFIX}${name}_corpus PROPERTIES TIMEOUT 300 LABELS fuzz)
  endif()
endfunction()

# vyre_script_test(NAME COMMAND python_script arguments...): a test that is a Python script of the
# standard library; it exits 77 where it is skipped, after a line `SKIP: reason`.
function(vyre_script_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "COMMAND" ${ARGN})
  add_test(NAME ${VYRE_TEST_PREFIX}${name} COMMAND ${Python3_EXECUTABLE} ${ARG_COMMAND}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(argument ${ARG_COMMAND})
    if(argument MATCHES "^\\$<TARGET_FILE:(.+)>$")
      add_dependencies(vyre_tests ${CMAKE_MATCH_1})
    endif()
  endforeach()
  # Those that may take long begin first, so that no core waits for them in the end.
  set_tests_properties(${VYRE_TEST_PREFIX}${name} PROPERTIES
    LABELS script TIMEOUT ${ARG_TIMEOUT} COST ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
