# add_module(query DEPENDS base model [LIBRARIES fmt::fmt]) turns one folder into the library `query`: its *.cc, its
# tests (*_test.cc; those that take longer, *_reference_test.cc, in a program of their own), and each x.sql (also one
# folder deeper) as a string_view `spectrum::query::sql::x`.
function(add_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;TEST_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  set(reference_tests ${tests})
  list(FILTER reference_tests INCLUDE REGEX "_reference_test\\.cc$")
  list(FILTER tests EXCLUDE REGEX "_reference_test\\.cc$")
  file(GLOB sql_files CONFIGURE_DEPENDS *.sql */*.sql)
  if(sql_files)
    embed_sql(${name} ${sql_files})
    list(APPEND sources ${CMAKE_CURRENT_BINARY_DIR}/${name}_sql.cc)
  endif()
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_LIBRARIES})
  if(SPECTRUM_TESTS)
    add_tests_of(${name} ${name}_test unit "${tests}" "${ARG_TEST_DEPENDS}")
    add_tests_of(${name} ${name}_reference_test reference "${reference_tests}" "${ARG_TEST_DEPENDS}")
  endif()
endfunction()

# One program of tests of a module, with a label.
function(add_tests_of module program label sources depends)
  if(NOT sources)
    return()
  endif()
  add_executable(${program} ${sources})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${program} PRIVATE ${module} ${depends} GTest::gmock_main)
  gtest_discover_tests(${program} TEST_PREFIX "${module}/" DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()

# A header-only folder: ports.
function(add_interface name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
endfunction()

# Writes <name>_sql.cc and generated/<folder>/sql.h with one constant for each .sql file. Editing one runs CMake again.
function(embed_sql module)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  set(header "#pragma once\n\n#include <string_view>\n\nnamespace spectrum::${module}::sql {\n\n")
  set(source "#include \"${folder}/sql.h\"\n\nnamespace spectrum::${module}::sql {\n\n")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    string(REGEX REPLACE "^([0-9].*)$" "m\\1" constant ${stem})
    file(SIZE ${file} size)
    string(APPEND header "extern const std::string_view ${constant};\n")
    string(APPEND source "const std::string_view ${constant}(R\"sql(")
    file(READ ${file} text)
    string(APPEND source "${text}")
    string(APPEND source ")sql\");\n\n")
  endforeach()
  string(APPEND header "\n}  // namespace spectrum::${module}::sql\n")
  string(APPEND source "}  // namespace spectrum::${module}::sql\n")
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/${folder}/sql.h CONTENT "${header}" @ONLY)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${module}_sql.cc.new "${source}")
  configure_file(${CMAKE_CURRENT_BINARY_DIR}/${module}_sql.cc.new ${CMAKE_CURRENT_BINARY_DIR}/${module}_sql.cc COPYONLY)
endfunction()

# embed_text(api openapi.json kOpenapiJson) makes the file the string_view spectrum::api::kOpenapiJson, declared in
# <module>/openapi_json.h. The text is cut into literals that every compiler takes.
function(embed_text module file constant)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  string(REGEX REPLACE "[.]" "_" stem ${file})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/${module}/${stem}.h CONTENT
"#pragma once

#include <string_view>

namespace spectrum::${module} {
extern const std::string_view ${constant};
}
")
  file(READ ${file} text HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${text}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cc.new
"#include \"${module}/${stem}.h\"

namespace spectrum::${module} {
namespace {
const unsigned char bytes[] = {${bytes}};
}
const std::string_view ${constant}(reinterpret_cast<const char*>(bytes), sizeof bytes);
}
")
  configure_file(${CMAKE_CURRENT_BINARY_DIR}/${stem}.cc.new ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cc COPYONLY)
  target_sources(${module} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cc)
endfunction()
