#pragma once

// What the API answers, as values. Knows no call.

#include <roster/api_client.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace roster::client {

// Each returns `nullopt` for what is no such document.

std::optional<User> read_api_user(std::string_view json);
std::optional<UserPage> read_user_page(std::string_view json);
std::optional<std::vector<Session>> read_sessions(std::string_view json);
std::optional<ApiSessionPage> read_session_page(std::string_view json);
/// The one that is marked as the caller's.
std::optional<std::optional<SessionId>> read_own_session(std::string_view json);
std::optional<ApiLogIn> read_log_in(std::string_view json);
std::optional<std::size_t> read_revoked(std::string_view json);
std::optional<ApiStatus> read_api_status(std::string_view json);
std::optional<ApiToken> read_token(std::string_view json);
std::optional<ApiPasswordLink> read_password_link(std::string_view json);
std::optional<std::vector<ServerSetting>> read_settings(std::string_view json);
std::optional<ApiDelayPage> read_delays(std::string_view json);
std::optional<AuditPage> read_audit_page(std::string_view json);
std::optional<ApiImportedLine> read_imported_line(std::string_view json);
std::optional<ApiImportSummary> read_import_summary(std::string_view json);

/// Of an answer with this status, whatever it holds.
ApiError read_problem(unsigned status, std::string_view json);

}  // namespace roster::client
