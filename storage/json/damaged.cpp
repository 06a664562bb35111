#include "storage/json/damaged.hpp"

#include <roster/error.hpp>

namespace roster::storage {

std::string at_place(const std::string& path, Place place, const std::string& text) {
    return path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
           text;
}

void throw_damaged(const std::string& path, Place place, const std::string& text) {
    throw StartupError(Errc::store_damaged,
                       at_place(path, place, text) +
                           ". Nothing was changed; correct the file there, or put a copy of it "
                           "back in its place.");
}

}  // namespace roster::storage
