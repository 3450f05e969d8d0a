# What every Dure target has in common: flags, sanitizers, and the two helpers that declare targets.
include_guard(GLOBAL)
find_package(Threads REQUIRED)

find_program(DURE_CCACHE ccache)
if(DURE_CCACHE)
  # Paths from the tree's root, so that every clone of it on a machine shares what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${DURE_CCACHE})
endif()

add_library(dure_flags INTERFACE)
target_include_directories(dure_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(dure_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wundef -Werror
  # Contraction and reassociation change bits; bits are what Dure promises.
  -ffp-contract=off -fno-fast-math
  -fno-strict-aliasing -fvisibility-inlines-hidden)
target_compile_definitions(dure_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(dure_flags INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these in standard library code inlined at -O2.
  target_compile_options(dure_flags INTERFACE
    -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread
    -Wno-dangling-pointer -Wno-use-after-free -Wno-mismatched-new-delete -Wno-null-dereference)
endif()
if(DURE_SANITIZE)
  # Instrumentation hides from the compiler what it knows of a value's range, and so brings warnings that the release build,
  # which holds them as errors, does not have.
  target_compile_options(dure_flags INTERFACE
    -fsanitize=${DURE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-error)
  target_link_options(dure_flags INTERFACE -fsanitize=${DURE_SANITIZE})
  if(DURE_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # Clang 14 cannot emit this check for coroutines ("Cannot represent a difference across sections").
    target_compile_options(dure_flags INTERFACE -fno-sanitize=function)
  endif()
  if(DURE_SANITIZE MATCHES thread)
    # GCC's TSan does not model std::atomic_thread_fence; Dure does not use it, Boost's headers mention it.
    target_compile_options(dure_flags INTERFACE -Wno-tsan)
  endif()
endif()

if(DURE_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "libFuzzer comes with clang: use the preset fuzz, or set CMAKE_CXX_COMPILER to clang++")
  endif()
  target_compile_options(dure_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# dure_library(NAME [LINK lib...] [PRIVATE lib...]): one static library from all .cpp files of the calling
# folder (not of its subfolders).
function(dure_library name)
  cmake_parse_arguments(arg "" "" "LINK;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC dure_flags ${arg_LINK} PRIVATE ${arg_PRIVATE})
  if(CMAKE_UNITY_BUILD)
    # A class that is whole in its one .cpp file may have members of that file's own types.
    target_compile_options(${name} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# dure_test(NAME [THREADS] SOURCES file... LINK lib...): one test binary with tests/support's main(); ctest sees each GoogleTest
# case on its own. THREADS: what it tests runs in several threads, so it is worth running under ThreadSanitizer.
function(dure_test name)
  cmake_parse_arguments(arg "THREADS" "TIMEOUT" "LINK;SOURCES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE dure_flags ${arg_LINK} dure_test_main)
  add_dependencies(dure_unit_tests ${name})
  set(label unit)
  if(arg_THREADS)
    add_dependencies(dure_thread_tests ${name})
    set(label unit-threads)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${label})
endfunction()

# dure_allocator(PROGRAM): its memory comes from mimalloc (docs/adr/0005). Sanitizers bring an
# allocator of their own.
function(dure_allocator program)
  if(NOT DURE_SANITIZE AND NOT DURE_BUILD_FUZZERS)
    find_package(mimalloc REQUIRED)
    target_link_libraries(${program} PRIVATE mimalloc)
  endif()
endfunction()
