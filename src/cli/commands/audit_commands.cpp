#include "audit/audit_format.hpp"
#include "audit/audit_verify.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <memory>
#include <string>

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

std::string file_to_verify(const VerifyOptions& options) {
    if (!options.file.empty()) return options.file;
    std::string place = audit_path(options.audit, options.store);
    if (place == "-" || place == "off")
        throw UsageError("the audit log of this store is not a file; name a FILE");
    return place;
}

ExitCode verify(const VerifyOptions& options) {
    // Zeros are before the first line, of every log.
    const bool is_digest =
        audit::is_digest(options.last) && options.last.find_first_not_of('0') != std::string::npos;
    if (!options.last.empty() && !is_digest)
        throw UsageError("--last must be the digest of a line, of 64 hex digits, not '" +
                         printable(options.last) + "'");
    const std::string file = file_to_verify(options);
    const auto report = audit::verify_audit_files(file, options.last);
    if (!report) {
        const bool is_missing = is_not_found(report.error());
        const bool is_no_file = report.error() == boost::system::errc::operation_not_supported;
        std::cerr << "roster: " << printable(file) << ": "
                  << (is_missing   ? "no such audit log"
                      : is_no_file ? "is not a regular file"
                                   : "cannot be read: " + report.error().message())
                  << std::endl;
        return is_missing ? ExitCode::not_found : ExitCode::failed;
    }
    if (options.format == "json")
        print_json(*report);
    else
        print_text(*report);
    return report->is_sound() ? ExitCode::ok : ExitCode::store;
}

}  // namespace

void add_audit_commands(CLI::App& program, Commands& commands) {
    CLI::App* audit = program.add_subcommand("audit", "Check the audit log");
    audit->footer("Example:\n  roster audit verify");
    auto [command, options] =
        add_command(*audit, commands, "verify", "Check that the audit log is unchanged", verify);
    refuse_empty(command.add_option("FILE", options.file, "The audit log; without it the store's")
                     ->type_name(""));
    add_reading_settings(command, options.store);
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
