#pragma once

#include <roster/error.hpp>

#include <functional>
#include <string_view>

namespace roster::storage {

/// Takes a text part by part; its error ends the writing.
using TextSink = std::function<result<void>(std::string_view)>;

}  // namespace roster::storage
