#pragma once

// Where something was measured, for the reader of the numbers.

#include <string>

namespace roster::bench {

/// Several lines: processor, memory, kernel, file system of the directory, and how busy it all is.
std::string describe_machine(const std::string& directory);

}  // namespace roster::bench
