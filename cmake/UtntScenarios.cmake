# Compiles the scenario texts of tests/scenarios into utnt_emu.
# By pattern: the folder also holds lists that are no scenarios.
file(GLOB utnt_scenarios CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/scenarios/s[0-9]*.toml
  ${CMAKE_SOURCE_DIR}/tests/scenarios/internet.toml)
set(utnt_scenarios_cpp ${CMAKE_BINARY_DIR}/generated/builtin_scenarios.cpp)
add_custom_command(OUTPUT ${utnt_scenarios_cpp}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${utnt_scenarios_cpp} "-DSCENARIOS=${utnt_scenarios}"
          -P ${CMAKE_SOURCE_DIR}/cmake/EmbedScenarios.cmake
  DEPENDS ${utnt_scenarios} ${CMAKE_SOURCE_DIR}/cmake/EmbedScenarios.cmake
  COMMENT "Embedding the scenarios" VERBATIM)
target_sources(utnt_emu PRIVATE ${utnt_scenarios_cpp})
