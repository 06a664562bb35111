# Writes the C++ source that holds the migrations of a kind of database, at configure time: the
# function compiled_migrations() of NAMESPACE, which HEADER declares.
# roster_compile_migrations(DIRECTORY OUTPUT HEADER NAMESPACE)
function(roster_compile_migrations directory output header namespace)
    file(GLOB ups CONFIGURE_DEPENDS ${directory}/*.up.sql)
    file(GLOB downs CONFIGURE_DEPENDS ${directory}/*.down.sql)
    list(SORT ups)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ups} ${downs})
    set(rows "")
    set(expected 0)
    foreach(up IN LISTS ups)
        math(EXPR expected "${expected} + 1")
        get_filename_component(file ${up} NAME)
        if(NOT file MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.up\\.sql$")
            message(FATAL_ERROR "${up}: must be named NNNN_name.up.sql")
        endif()
        set(number ${CMAKE_MATCH_1})
        set(name ${CMAKE_MATCH_2})
        math(EXPR value "1${number} - 10000")
        if(NOT value EQUAL expected)
            message(FATAL_ERROR "${up}: migration ${expected} is missing, or there twice")
        endif()
        set(down ${directory}/${number}_${name}.down.sql)
        if(NOT EXISTS ${down})
            message(FATAL_ERROR "${down} is missing")
        endif()
        file(READ ${up} up_sql)
        file(READ ${down} down_sql)
        file(SHA256 ${up} checksum)
        string(APPEND rows "    {${value}, \"${name}\", R\"sql(${up_sql})sql\", "
            "R\"sql(${down_sql})sql\",\n     \"${checksum}\"},\n")
    endforeach()
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Made by CMake from migrations/.
#include "@header@"

namespace @namespace@ {
namespace {

constexpr Migration kMigrations[] = {
@rows@};

}  // namespace

Migrations compiled_migrations() noexcept {
    return kMigrations;
}

}  // namespace @namespace@
]])
endfunction()
