#pragma once

// Users as JSON on the wire. A password or hash is never written, and never read.

#include <roster/error.hpp>
#include <roster/user.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

/// Appends
/// `{"id":1,"email":"…","role":"admin","disabled":false,"created_at":"…","updated_at":"…"}`.
void encode_user(const User& user, std::string& out);

/// Reads `{"users":[…]}` or a single user, whatever further members they have.
/// Errors: `malformed_answer`.
result<std::vector<User>> decode_users(std::string_view json);

}  // namespace roster
