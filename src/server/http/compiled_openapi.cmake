# Writes the C++ source that holds docs/openapi.json, at configure time.
# roster_compile_openapi(DOCUMENT OUTPUT)
function(roster_compile_openapi document output)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
    file(READ ${document} text)
    # A compiler need not take a literal of more than 65,536 characters.
    string(LENGTH "${text}" length)
    set(parts "")
    set(begin 0)
    while(begin LESS length)
        string(SUBSTRING "${text}" ${begin} 16000 part)
        string(APPEND parts "    R\"json(${part})json\"\n")
        math(EXPR begin "${begin} + 16000")
    endwhile()
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Made by CMake from docs/openapi.json.
#include "server/http/openapi.hpp"

namespace roster::server {

std::string_view openapi_document() noexcept {
    return
@parts@    ;
}

}  // namespace roster::server
]])
endfunction()
