#pragma once

// Messages of the classic protocol -> bytes: requests for the client, responses for the server.
// Knows no clock: it is told the time. Knows no rule about e-mails and passwords except what the
// grammar cannot express.

#include <roster/error.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include "protocol/classic/messages.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace roster::protocol::classic {

/// `user:EMAIL,PASSWORD,OPTION`; the option is "signup" or "login" of a POST, an id of a PUT.
/// Errors: `invalid_request` (an e-mail with a comma or a control character).
result<Secret> account_body(std::string_view email, const Secret& password,
                            std::string_view option);

/// The bytes of a whole request; secret, since the body may hold a password.
/// Errors: `invalid_request` (the method is not a token, or the host has blanks or control
/// characters).
result<Secret> encode_request(std::string_view method, std::string_view host, const Secret& body);

/// Appends the response to `out`, but for the rest of its body. A header cannot break out of its
/// line: control characters become spaces. A header is left out if its name is not a token, or is
/// one of those that the encoder writes itself.
void encode(const ClassicResponse& response, std::chrono::sys_seconds now, std::string& out);

}  // namespace roster::protocol::classic
