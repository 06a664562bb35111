# Writes the C++ source that holds files of this repository, at configure time.
# roster_compile_files(OUTPUT HEADER NAMESPACE FILE...): with the function compiled_file() of
# NAMESPACE, which HEADER declares.
function(roster_compile_files output header namespace)
    set(files "")
    foreach(file IN LISTS ARGN)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        file(READ ${file} text)
        file(SHA256 ${file} digest)
        string(SUBSTRING ${digest} 0 12 digest)
        get_filename_component(name ${file} NAME)
        # A compiler need not take a literal of more than 65,536 characters.
        string(LENGTH "${text}" length)
        set(parts "")
        set(begin 0)
        while(begin LESS length)
            string(SUBSTRING "${text}" ${begin} 16000 part)
            string(APPEND parts "\n     R\"_(${part})_\"")
            math(EXPR begin "${begin} + 16000")
        endwhile()
        string(APPEND files "    {\"${name}\", \"${digest}\",${parts}},\n")
    endforeach()
    list(LENGTH ARGN count)
    file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Made by CMake.
#include "@header@"

#include <algorithm>
#include <array>

namespace @namespace@ {
namespace {

constexpr std::array<CompiledFile, @count@> kCompiledFiles{{
@files@}};

}  // namespace

const CompiledFile& compiled_file(std::string_view name) noexcept {
    return *std::find_if(kCompiledFiles.begin(), kCompiledFiles.end() - 1,
                         [name](const CompiledFile& file) { return file.name == name; });
}

}  // namespace @namespace@
]])
endfunction()
