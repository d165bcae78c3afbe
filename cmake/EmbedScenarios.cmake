# Run as a script: cmake -DOUTPUT=file.cpp -DSCENARIOS="a.toml;b.toml" -P EmbedScenarios.cmake
# Writes the scenario texts as a table of raw strings, so that an installed program carries them.
list(SORT SCENARIOS)
set(text "// SPDX-License-Identifier: BSD-2-Clause\n// Made from tests/scenarios by cmake/EmbedScenarios.cmake.\n")
string(APPEND text "#include \"emu/builtin.hpp\"\n\nnamespace utnt::emu {\n\nconst BuiltinScenario builtin_table[] = {\n")
set(count 0)
foreach(file IN LISTS SCENARIOS)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "    {\"${name}\", R\"~~(${content})~~\"},\n")
  math(EXPR count "${count} + 1")
endforeach()
string(APPEND text "    {{}, {}},\n};\nconst std::size_t builtin_count = ${count};\n\n}  // namespace utnt::emu\n")
file(WRITE ${OUTPUT} "${text}")
