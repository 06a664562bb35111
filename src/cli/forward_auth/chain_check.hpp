#pragma once

// Follows what happens to a browser that is not logged in: application, proxy, log-in page. Says
// which link is wrong. Knows no socket: it is given what each URL answers.

#include <roster/error.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

struct ChainAnswer {
    ChainAnswer() = default;
    ChainAnswer(unsigned its_status, std::string its_location, std::string its_body = {})
        : status(its_status), location(std::move(its_location)), body(std::move(its_body)) {}

    unsigned status = 0;
    std::string location;
    std::string body;
};

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

}  // namespace roster::cli
