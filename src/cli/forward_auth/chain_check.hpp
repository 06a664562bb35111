#pragma once

// Follows what happens to a browser that is not logged in: application, proxy, log-in page. Says
// which link is wrong. The check knows no socket: it is told what each URL answers.

#include <roster/error.hpp>

#include "client/http/page_request.hpp"

#include <functional>
#include <string>
#include <vector>

namespace roster::cli {

using ChainAnswer = client::PageAnswer;

/// A GET without cookies. `origin` is as `origin_of` writes it.
using AskUrl =
    std::function<result<ChainAnswer>(const std::string& origin, const std::string& target)>;

struct ChainReport {
    ChainReport() = default;

    /// What is right, in order.
    std::vector<std::string> good;
    /// What is wrong, and what to do; empty: nothing.
    std::string wrong;
};

/// `url`: of the application, http.
/// Throws: `UsageError` if it is no URL that can be asked.
ChainReport check_chain(const std::string& url, const AskUrl& ask);

/// Whether there is a domain that both hosts are in and a cookie can be for.
bool share_a_domain(std::string_view a, std::string_view b);

/// For `check_chain`. Blocks, for ten seconds at most. Requires: an origin of http or https.
result<ChainAnswer> read_page(const std::string& origin, const std::string& target);

}  // namespace roster::cli
