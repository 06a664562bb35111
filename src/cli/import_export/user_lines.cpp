#include "cli/import_export/user_lines.hpp"

#include "cli/import_export/csv_record.hpp"
#include "core/time.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace roster::cli {
namespace {

namespace json = boost::json;

std::string csv_quoted(std::string_view text) {
    return json::serialize(json::string_view(text.data(), text.size()));
}

// An import takes what a line does not say for none.
bool has_metadata(const User& user) {
    return user.metadata != "{}";
}

}  // namespace

void append_ndjson_user(std::string& out, const User& user, ExportedParts parts) {
    out += "{\"id\":" + std::to_string(user.id) + ",\"email\":" + csv_quoted(user.email);
    if (parts.hashes && !user.password_hash.empty()) {
        out += ",\"password_hash\":" + csv_quoted(user.password_hash.reveal());
    }
    out += ",\"role\":\"";
    out += to_string(user.role);
    out += user.disabled ? "\",\"disabled\":true" : "\",\"disabled\":false";
    out += ",\"created_at\":\"" + to_rfc3339(user.created_at);
    out += "\",\"updated_at\":\"" + to_rfc3339(user.updated_at) + "\"";
    if (has_metadata(user)) out += ",\"metadata\":" + user.metadata;
    out += "}\n";
}

void append_csv_header(std::string& out, ExportedParts parts) {
    out += parts.hashes ? "id,email,password_hash,role,disabled,created_at,updated_at,metadata\r\n"
                        : "id,email,role,disabled,created_at,updated_at,metadata\r\n";
}

void append_csv_user(std::string& out, const User& user, ExportedParts parts) {
    out += std::to_string(user.id) + ",";
    const bool is_disarmed = parts.spreadsheet && looks_like_formula(user.email);
    append_csv_cell(out, is_disarmed ? "'" + user.email : user.email);
    if (parts.hashes) {
        out += ',';
        append_csv_cell(out, user.password_hash.reveal());
    }
    out += ',';
    out += to_string(user.role);
    out += user.disabled ? ",true," : ",false,";
    out += to_rfc3339(user.created_at) + "," + to_rfc3339(user.updated_at) + ",";
    if (has_metadata(user)) append_csv_cell(out, user.metadata);
    out += "\r\n";
}

bool looks_like_formula(std::string_view cell) noexcept {
    return !cell.empty() &&
           std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
}

}  // namespace roster::cli
