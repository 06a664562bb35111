#pragma once

// Users and sessions as the commands print them. No hash, no digest.

#include <roster/session.hpp>
#include <roster/user.hpp>

#include "cli/io/listing.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::cli {

std::vector<Column> user_columns();
Row user_row(const User& user);
/// Names and values of those, and of what else the user has.
std::vector<std::pair<std::string, std::string>> user_cells(const User& user);
/// The members of the protocol, what else the user has, metadata, and one more, if it has a name.
/// `value` is JSON.
std::string user_json(const User& user, std::string_view name = {}, std::string_view value = {});

std::vector<Column> session_columns();
Row session_row(const Session& session, const User& owner);
/// Without the digest, and with the owner's e-mail.
std::string session_json(const Session& session, const User& owner);

/// "user 3 b@b.com", safe to print.
std::string subject_of(const User& user);

/// "1 user", "2 users".
std::string counted(std::uint64_t count, std::string_view thing);

}  // namespace roster::cli
