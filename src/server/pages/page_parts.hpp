#pragma once

// What the pages share: how one is answered, and what it says of an error.

#include "accounts/request_context.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/pages/page.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace roster::server {

inline constexpr std::string_view kPageType = "text/html; charset=utf-8";

const Texts& texts_of(const Call& call);

/// Answers with the page, and what is on every one; the status stays. `title`: a key.
void show(Call& call, std::string_view page, std::string_view title, View view);

/// Another page; `status` 303 makes it a GET.
void go_to(Call& call, std::string_view location, unsigned status = 303);

/// What the page says instead of the problem that the response is, whose status stays. `wait`: of
/// an attempt that was too many.
std::string take_problem(Call& call, std::chrono::seconds wait = {});

/// The same of a call of the accounts that failed.
template <class T>
std::string refuse(Call& call, const accounts::Attempt<T>& attempt) {
    fail(call, attempt);
    return take_problem(call, attempt.retry_after());
}

/// As `Pages::show_problem`.
void show_problem(Call& call);

/// What a password has to be like, beside the field for a new one.
View& add_password_rules(const Call& call, View& view);

}  // namespace roster::server
