#include "core/diagnostic.hpp"

namespace roster {

std::string to_string(const Location& location) {
    std::string text = location.file;
    const auto append = [&](const char* separator, const char* word,
                            const std::optional<std::size_t>& number) {
        if (!number) return;
        if (!text.empty()) text += separator;
        text += word + std::to_string(*number);
    };
    const bool has_file = !location.file.empty();
    append(":", has_file ? "" : "line ", location.line);
    append(has_file ? ":" : ", ", has_file ? "" : "column ", location.column);
    append(has_file ? ": " : ", ", "byte ", location.offset);
    return text;
}

std::string to_string(const Diagnostic& diagnostic) {
    const std::string place = to_string(diagnostic.location);
    return place.empty() ? diagnostic.text : place + ": " + diagnostic.text;
}

}  // namespace roster
