#pragma once

// What a fuzzer demands of the program.

#include <cstdio>
#include <cstdlib>

namespace roster::fuzz {

/// Ends the process, so that the fuzzer keeps the input.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

}  // namespace roster::fuzz
