#pragma once

// The errors of roster, for every module and for users of the library.
// Knows no protocol and no store: no status codes, no errno values.

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace roster {

/// What can go wrong. Numbers are part of the interface: append, never renumber.
///
/// `make_error_code(e).message()` is text for the public: one sentence that says what is wrong,
/// without details of the machine or the store, and without secrets.
enum class Errc {
    email_too_short = 1,
    email_too_long = 2,
    email_not_text = 3,
    password_too_short = 4,
    password_too_long = 5,
    password_not_text = 6,
    invalid_credentials = 7,
    forbidden = 8,
    user_not_found = 9,
    email_taken = 10,
    last_admin = 11,
    revision_mismatch = 12,
    overloaded = 13,
    store_unavailable = 14,
    store_locked = 15,
    store_damaged = 16,
    invalid_request = 17,
    malformed_answer = 18,
    connection_closed = 19,
    timed_out = 20,
    cancelled = 21,
    internal = 22,
    address_unavailable = 23,
    too_many_attempts = 24,
    account_disabled = 25,
    unauthenticated = 26,
    session_expired = 27,
    session_revoked = 28,
    session_not_found = 29,
    password_common = 30,
    password_is_email = 31,
    id_taken = 32,
    username_taken = 33,
    certificate_not_trusted = 34,
    outcome_unknown = 35,
};

/// What kind of error it is. Protocols map these to statuses, the command line to exit codes.
enum class ErrorClass : std::uint8_t {
    invalid,
    unauthenticated,
    forbidden,
    not_found,
    conflict,
    too_many,
    unavailable,
    internal,
};

/// The enumerator's own name, for machines: "email_taken".
std::string_view name_of(Errc error) noexcept;

ErrorClass class_of(Errc error) noexcept;

/// Errors of other categories (the system's, for example) are `internal`.
ErrorClass class_of(const boost::system::error_code& error) noexcept;

/// Threads: any.
const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(Errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

/// A value, or an error.
template <class T>
using result = boost::system::result<T>;

/// Thrown while something is opened or started, never while requests are served.
/// `what()` is for the operator: it names the file, the place in it and what to do.
class StartupError : public std::runtime_error {
  public:
    StartupError(Errc code, const std::string& text) : std::runtime_error(text), code_(code) {}

    Errc code() const noexcept { return code_; }

  private:
    Errc code_;
};

}  // namespace roster

template <>
struct boost::system::is_error_code_enum<roster::Errc> : std::true_type {};
