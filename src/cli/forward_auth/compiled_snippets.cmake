# Writes the C++ source that holds the files of snippets/, at configure time.
# roster_compile_snippets(OUTPUT FILE...)
function(roster_compile_snippets output)
    set(rows "")
    foreach(file IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        file(READ ${file} text)
        get_filename_component(name ${file} NAME)
        string(APPEND rows "    if (name == \"${name}\") return R\"_(${text})_\";\n")
    endforeach()
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Made by CMake from the files of snippets/.
#include "cli/forward_auth/snippets.hpp"

namespace roster::cli {

std::string_view snippet_template(std::string_view name) noexcept {
@rows@    return {};
}

}  // namespace roster::cli
]])
endfunction()
