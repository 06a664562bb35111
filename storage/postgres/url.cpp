#include "storage/postgres/url.hpp"

#include <roster/error.hpp>

#include "core/text.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string_view>
#include <utility>

namespace roster::storage::postgres {
namespace {

// roster's own, beside libpq's.
constexpr std::string_view kPasswordFile = "password_file";

[[noreturn]] void refuse(const std::string& why) {
    throw StartupError(Errc::invalid_request,
                       "the store's URL: " + why +
                           "; use postgres://USER@HOST[:PORT][,HOST...]/DATABASE[?OPTION=VALUE]");
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts(1);
    for (const char c : list) {
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

std::string before_quote(std::string_view text) {
    text = text.substr(0, text.find('"'));
    while (!text.empty() && (text.back() == ' ' || text.back() == ':' || text.back() == '\n'))
        text.remove_suffix(1);
    return std::string(text);
}

// As libpq decodes the values of its own options.
std::string decoded(std::string_view value) {
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            text += value[i];
            continue;
        }
        const std::string_view digits = value.substr(i + 1, 2);
        const char* const end = digits.data() + digits.size();
        unsigned char byte = 0;
        if (digits.size() != 2 || std::from_chars(digits.data(), end, byte, 16).ptr != end ||
            byte == 0)
            refuse(std::string(kPasswordFile) + " has an invalid percent-escape");
        text += static_cast<char>(byte);
        i += digits.size();
    }
    return text;
}

// Takes "password_file=…" out of a URL, which libpq would refuse.
std::string take_password_file(std::string& url) {
    const std::string name = std::string(kPasswordFile) + "=";
    const std::size_t query = url.find('?');
    const std::size_t found = url.find(name, std::min(query, url.size()));
    if (found == std::string::npos || (url[found - 1] != '?' && url[found - 1] != '&')) return {};
    const std::size_t end = std::min(url.find('&', found), url.size());
    std::string file = url.substr(found + name.size(), end - found - name.size());
    url.erase(found, end == url.size() ? end - found : end - found + 1);
    while (url.back() == '?' || url.back() == '&')
        url.pop_back();
    return decoded(file);
}

bool has(const Settings& settings, std::string_view name) {
    return std::any_of(settings.begin(), settings.end(),
                       [name](const auto& setting) { return setting.first == name; });
}

}  // namespace

DatabaseUrl::DatabaseUrl(const std::string& path) : masked_(masked_url("postgres:" + path)) {
    std::string url = "postgres:" + path;
    password_file_ = take_password_file(url);
    if (password_file_.empty())
        if (const char* file = std::getenv("ROSTER_STORE_PASSWORD_FILE")) password_file_ = file;
    char* error = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(url.c_str(), &error), PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> text(error, PQfreemem);
    // What libpq quotes may be the password.
    if (!options) refuse(error == nullptr ? "cannot be read" : before_quote(error));
    std::string names;
    std::string addresses;
    std::string ports;
    for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
        if (one->val == nullptr) continue;
        const std::string_view name = one->keyword;
        if (name == "host")
            names = one->val;
        else if (name == "hostaddr")
            addresses = one->val;
        else if (name == "port")
            ports = one->val;
        else if (name != "target_session_attrs" && name != "connect_timeout")
            common_.emplace_back(one->keyword, one->val);
        if (name == "password") has_password_ = true;
    }
    if (!has(common_, "dbname")) refuse("names no database");
    const auto by_name = split(names);
    const auto by_address = split(addresses);
    const auto by_port = split(ports);
    for (std::size_t i = 0; i < std::max(by_name.size(), by_address.size()); ++i)
        hosts_.push_back({i < by_name.size() ? by_name[i] : "",
                          i < by_address.size() ? by_address[i] : "",
                          by_port.size() == 1  ? by_port[0]
                          : i < by_port.size() ? by_port[i]
                                               : ""});
    const Settings defaults = {{"application_name", "roster"}, {"client_encoding", "UTF8"},
                               {"gssencmode", "disable"},      {"tcp_user_timeout", "5000"},
                               {"keepalives_idle", "5"},       {"keepalives_interval", "2"},
                               {"keepalives_count", "3"}};
    for (const auto& setting : defaults)
        if (!has(common_, setting.first)) common_.push_back(setting);
    // libpq's own default falls back to plain text.
    if (!has(common_, "sslmode") && std::getenv("PGSSLMODE") == nullptr && !is_local())
        common_.emplace_back("sslmode", "verify-full");
}

bool DatabaseUrl::is_local() const {
    return std::all_of(hosts_.begin(), hosts_.end(), [](const Host& host) {
        const std::string& where = host.address.empty() ? host.name : host.address;
        return where.empty() || where.front() == '/' || where.front() == '@' ||
               where == "localhost" || where == "::1" || where.starts_with("127.");
    });
}

std::string DatabaseUrl::host_name(std::size_t host) const {
    const Host& one = hosts_[host];
    const std::string name = one.name.empty() ? one.address : one.name;
    return (name.empty() ? "localhost" : name) + (one.port.empty() ? "" : ":" + one.port);
}

Settings DatabaseUrl::settings_of(std::size_t host) const {
    Settings settings = common_;
    const Host& one = hosts_[host];
    if (!one.name.empty()) settings.emplace_back("host", one.name);
    if (!one.address.empty()) settings.emplace_back("hostaddr", one.address);
    if (!one.port.empty()) settings.emplace_back("port", one.port);
    if (password_file_.empty()) return settings;
    std::ifstream file(password_file_);
    std::string password;
    if (!std::getline(file, password))
        throw Refused("28P01", password_file_ +
                                   ": the database's password cannot be read from this file, or "
                                   "the file is empty");
    std::erase_if(settings, [](const auto& setting) { return setting.first == "password"; });
    settings.emplace_back("password", password);
    return settings;
}

}  // namespace roster::storage::postgres
