#pragma once

// What a URL answers, for `check_chain`.

#include "cli/forward_auth/chain_check.hpp"

#include <string>

namespace roster::cli {

/// Blocks, for ten seconds at most. Requires: an origin of http or https.
result<ChainAnswer> read_page(const std::string& origin, const std::string& target);

}  // namespace roster::cli
