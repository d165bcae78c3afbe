# Files are named from the root of the source, wherever that and the build lie: by its path, and by the relative one that the
# compiler's cache makes of it (CCACHE_BASEDIR).
file(RELATIVE_PATH utnt_root_from_build ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
string(REGEX REPLACE "([^/])$" "\\1/" utnt_root_from_build "${utnt_root_from_build}")
set(utnt_path_options -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${utnt_root_from_build}=)

# One interface library that every target of ours links: warnings, sanitizers, reproducible paths.
add_library(utnt_flags INTERFACE)
target_include_directories(utnt_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(utnt_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  ${utnt_path_options} -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Sees an overlap in every inlined std::string operator+ (GCC bug 105651).
  target_compile_options(utnt_flags INTERFACE -Wno-restrict)
endif()
if(UTNT_SEALED_ONLY)
  target_compile_definitions(utnt_flags INTERFACE UTNT_SEALED_ONLY)
endif()
if(UTNT_SANITIZE)
  target_compile_options(utnt_flags INTERFACE -fsanitize=${UTNT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(utnt_flags INTERFACE -fsanitize=${UTNT_SANITIZE})
endif()
if(UTNT_FUZZ)
  # The libraries tell the fuzzer which of their branches an input has reached.
  target_compile_options(utnt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(UTNT_FREESTANDING)
  target_compile_options(utnt_flags INTERFACE -ffreestanding -fno-exceptions -fno-rtti)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
if(NOT UTNT_FREESTANDING)
  find_package(GTest)
endif()
