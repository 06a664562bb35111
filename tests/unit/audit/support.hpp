#pragma once

// What the tests of the audit log share.

#include "audit/audit_file.hpp"
#include "audit/audit_format.hpp"
#include "audit/audit_verify.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "support/recorded_log.hpp"

#include <roster/log.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace roster::audit::testing {

using namespace roster::storage::testing;

inline const std::string kLog = "/d/users.json.audit";

inline AuditOptions audit_options(std::size_t rotate_bytes = 1'000'000,
                                  std::size_t keep_files = 100) {
    AuditOptions options;
    options.rotate_bytes = rotate_bytes;
    options.keep_files = keep_files;
    options.now = [] {
        return AuditTime(std::chrono::sys_days{std::chrono::November / 22 / 2026} +
                         std::chrono::hours(9));
    };
    return options;
}

inline AuditEvent event_of(std::string action) {
    AuditEvent event;
    event.action = std::move(action);
    return event;
}

// A file and its chain, as the writer uses them: what could not be written may be tried again.
struct ChainedFile {
    std::unique_ptr<AuditFile> file;
    AuditChain chain;

    bool write(const std::vector<std::string>& actions) {
        AuditChain next = chain;
        std::string lines;
        for (const std::string& action : actions)
            lines += next.add(event_of(action), audit_options().now());
        if (!file->append(lines, chain.last_seq() + 1)) return false;
        chain = next;
        return true;
    }
};

inline ChainedFile open_chained(const std::shared_ptr<FileSystem>& files,
                                const AuditOptions& options = audit_options()) {
    OpenedAuditFile opened = open_audit_file(files, kLog, options);
    return ChainedFile{std::move(opened.file), std::move(opened.chain)};
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

inline std::string action_in(const std::string& line) {
    const std::string name = "\"action\":\"";
    const auto begin = line.find(name);
    if (begin == std::string::npos) return "?";
    const auto value = begin + name.size();
    return line.substr(value, line.find('"', value) - value);
}

// The actions of all files, in order.
inline std::vector<std::string> actions_on(const MemoryFileSystem& disk) {
    std::string text;
    for (const std::string& name : disk.names())  // sorted, but the current one is first
        if (name.starts_with("users.json.audit.0")) text += disk.text_of("/d/" + name);
    text += disk.text_of(kLog);
    std::vector<std::string> actions;
    for (const std::string& line : lines_of(text))
        actions.push_back(action_in(line));
    return actions;
}

inline AuditReport verify(FileSystem& files, const std::string& noted = "") {
    const auto report = verify_audit_files(files, kLog, noted, [] {});
    return report ? *report : AuditReport();
}

inline std::string findings_of(const AuditReport& report) {
    std::string text;
    for (const Diagnostic& finding : report.findings)
        text += to_string(finding) + "\n";
    return text;
}

// Counts what is in a log.
struct KeptLog {
    std::shared_ptr<test::RecordedLog> log = std::make_shared<test::RecordedLog>();

    std::size_t count(const std::string& words) const {
        std::size_t found = 0;
        const std::string all = log->text();
        for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1))
            ++found;
        return found;
    }
};

}  // namespace roster::audit::testing
