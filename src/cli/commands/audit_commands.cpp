#include "audit/audit_format.hpp"
#include "audit/audit_reader.hpp"
#include "audit/audit_verify.hpp"
#include "cli/admin/server_access.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

using audit::AuditReport;

struct VerifyOptions {
    std::string file;
    std::string store = "json:users.json";
    AuditSettings audit;
    std::string last;
    std::string format;
};

struct ListOptions {
    AdminSettings settings;
    AuditQuery query;
    Format format = Format::table;
};

std::string audit_file(const AuditSettings& settings, const std::string& store) {
    std::string place = audit_path(settings, store);
    if (place == "-" || place == "off")
        throw UsageError("the audit log of this store is not a file; name one with --audit FILE");
    return place;
}

void print_text(const AuditReport& report) {
    for (const Diagnostic& finding : report.findings)
        std::cout << "damaged: " << to_string(finding) << "\n";
    if (report.all_findings > report.findings.size())
        std::cout << "damaged: " << report.all_findings - report.findings.size()
                  << " more places\n";
    std::cout << (report.is_sound() ? "sound: " : "not sound: ") << counted(report.lines, "line")
              << " in " << counted(report.files, "file") << "\n";
    if (report.rotated_away() > 0)
        std::cout << "rotated away: lines 1 to " << report.rotated_away() << "\n";
    if (report.lost_events > 0)
        std::cout << "lost: " << counted(report.lost_events, "event")
                  << ", which could not be written\n";
    if (report.first)
        std::cout << "first: " << report.first->seq << " " << report.first->time << "\n";
    if (report.last)
        std::cout << "last:  " << report.last->seq << " " << report.last->time << " "
                  << report.last_digest << "\n";
    std::cout.flush();
}

boost::json::object to_json(const AuditReport::Line& line) {
    return {{"seq", line.seq}, {"time", line.time}};
}

void print_json(const AuditReport& report) {
    boost::json::object object{{"sound", report.is_sound()},
                               {"files", report.files},
                               {"lines", report.lines},
                               {"rotated_away", report.rotated_away()},
                               {"lost_events", report.lost_events}};
    if (report.first) object["first"] = to_json(*report.first);
    if (report.last) {
        object["last"] = to_json(*report.last);
        object["last"].as_object()["digest"] = report.last_digest;
    }
    boost::json::array places;
    for (const Diagnostic& finding : report.findings) {
        boost::json::object place;
        const Location& location = finding.location;
        if (!location.file.empty()) place["file"] = location.file;
        if (location.line) place["line"] = *location.line;
        place["text"] = finding.text;
        places.push_back(std::move(place));
    }
    object["damaged_places"] = report.all_findings;
    object["damage"] = std::move(places);
    std::cout << boost::json::serialize(object) << std::endl;
}

[[noreturn]] void refuse_file(const std::string& file, const boost::system::error_code& why) {
    if (is_not_found(why))
        throw Refused(ExitCode::not_found, printable(file) + ": no such audit log");
    const bool is_no_file = why == boost::system::errc::operation_not_supported;
    const bool is_no_log = why == boost::system::errc::bad_message;
    throw Refused(ExitCode::failed,
                  printable(file) + (is_no_file  ? ": is not a regular file"
                                     : is_no_log ? ": does not begin with lines of an audit log; "
                                                   "'roster audit verify' shows what it holds"
                                                 : ": cannot be read: " + why.message()));
}

ExitCode verify(const VerifyOptions& options) {
    // Zeros are before the first line, of every log.
    const bool is_digest =
        audit::is_digest(options.last) && options.last.find_first_not_of('0') != std::string::npos;
    if (!options.last.empty() && !is_digest)
        throw UsageError("--last must be the digest of a line, of 64 hex digits, not '" +
                         printable(options.last) + "'");
    const std::string file =
        options.file.empty() ? audit_file(options.audit, options.store) : options.file;
    const auto report = audit::verify_audit_files(file, options.last);
    if (!report) refuse_file(file, report.error());
    if (options.format == "json")
        print_json(*report);
    else
        print_text(*report);
    return report->is_sound() ? ExitCode::ok : ExitCode::store;
}

// Pages of the log of the server, or of the store.
std::function<AuditPage(const AuditQuery&)> open_pages(const AdminSettings& settings) {
    if (!settings.server.empty()) {
        const std::shared_ptr<ServerAdmin> server = open_server_admin(settings.server);
        return [server](const AuditQuery& query) { return server->audit(query); };
    }
    return [file = audit_file(settings.audit, settings.store)](const AuditQuery& query) {
        auto page = audit::read_audit_log(file, query);
        if (!page) refuse_file(file, page.error());
        return std::move(*page);
    };
}

// A text, or "user 17" for {"user":17}.
std::string cell_of(const boost::json::object& line, const char* name) {
    const boost::json::value* value = line.if_contains(name);
    if (value == nullptr) return {};
    std::string text;
    if (value->is_object() && !value->get_object().empty()) {
        const auto& [kind, object] = *value->get_object().begin();
        text = std::string(kind) + " ";
        value = &object;
    }
    text += value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
    return escape_for_terminal(text);
}

ExitCode list(const ListOptions& options) {
    static constexpr std::array<const char*, 7> kColumns{"seq",    "time",    "actor",  "action",
                                                         "target", "outcome", "address"};
    const auto page_of = open_pages(options.settings);
    std::vector<Column> columns(kColumns.begin(), kColumns.end());
    Listing listing(std::cout, options.format, "events", std::move(columns));
    AuditQuery query = options.query;
    std::size_t left = options.query.limit;
    do {
        constexpr std::size_t kMostOfAPage = 500;
        query.limit = std::min(left, kMostOfAPage);
        const AuditPage page = page_of(query);
        for (const std::string& line : page.lines) {
            if (!listing.is_table()) {
                listing.add_object(line);
                continue;
            }
            const boost::json::object members = boost::json::parse(line).as_object();
            Row row;
            for (const char* column : kColumns)
                row.push_back(cell_of(members, column));
            listing.add_row(std::move(row));
        }
        left -= page.lines.size();
        query.cursor = page.next_cursor;
    } while (left > 0 && !query.cursor.empty());
    listing.end();
    return ExitCode::ok;
}

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
    if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return day;
    if (const auto time = parse_rfc3339(text)) return time;
    const auto ago = parse_duration(text);
    if (!ago) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - *ago);
}

void add_time(CLI::App& app, const std::string& name,
              std::optional<std::chrono::sys_seconds>& target, const std::string& text) {
    const auto check = [](const std::string& value) {
        return parse_time(value) ? std::string()
                                 : "must be a time like 2026-11-22T09:00:00Z, a day like "
                                   "2026-11-22, or how long ago it was, like 12h";
    };
    const auto set = [&target](const std::string& value) { target = parse_time(value); };
    app.add_option_function<std::string>(name, set, text)->check(check)->type_name("TIME");
}

void add_list(CLI::App& audit, Commands& commands) {
    auto [app, options] =
        add_command(audit, commands, "list", "Show what was done, the newest first", list);
    AuditQuery& query = options.query;
    add_text(app, "--actor", query.actor, "WHO", "Only by 'user 17', operator or anonymous");
    add_text(app, "--action", query.action, "NAME", "Only of this kind, like log_in");
    add_text(app, "--outcome", query.outcome, "NAME", "Only ok, or what was refused");
    add_text(app, "--address", query.address, "ADDRESS", "Only from this address");
    add_text(app, "--request-id", query.request_id, "ID", "Only of this request");
    add_time(app, "--since", query.since, "Only from this time on");
    add_time(app, "--until", query.until, "Only up to this time");
    add_number(app, "--limit", query.limit, 1, 1'000'000'000, "Show at most this many");
    add_format(app, options.format);
    add_reading_settings(app, options.settings);
    add_audit(app, options.settings.audit);
    app.footer(
        "JSON has the lines as they are in the log. Works beside a running server.\n"
        "Exit code 3: no such log.\n\n"
        "Examples:\n"
        "  roster audit list --action log_in --outcome invalid_credentials\n"
        "  roster audit list --since 2026-11-22T09:00:00Z --format ndjson\n"
        "  roster audit list --server http://127.0.0.1:8081");
}

}  // namespace

void add_audit_commands(CLI::App& program, Commands& commands) {
    CLI::App* audit = program.add_subcommand("audit", "Read and check the audit log");
    audit->footer("Examples:\n  roster audit list\n  roster audit verify");
    add_list(*audit, commands);
    auto [command, options] =
        add_command(*audit, commands, "verify", "Check that the audit log is unchanged", verify);
    refuse_empty(command.add_option("FILE", options.file, "The audit log; without it the store's")
                     ->type_name(""));
    add_store(command, options.store);
    add_config(command);
    add_audit(command, options.audit);
    add_text(command, "--last", options.last, "DIGEST",
             "A digest noted earlier that must still be in the log");
    add_format_of(command, options.format, {"text", "json"});
    command.footer(
        "Names each line that was changed, moved, cut or removed. Lines missing at the very end\n"
        "are found only with --last: note the digest somewhere else.\n"
        "Exit code 0: sound; 5: not; 3: no such log. Works beside a running server.\n\n"
        "Examples:\n"
        "  roster audit verify\n"
        "  roster audit verify /srv/roster/users.json.audit --last $(cat noted)");
}

}  // namespace roster::cli
