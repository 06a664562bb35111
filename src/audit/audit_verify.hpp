#pragma once

// Checks whether the lines of an audit log are one unbroken chain, and says where they are not.
// Also works while a server writes the log; takes no lock and changes nothing.

#include "audit/audit_format.hpp"
#include "core/diagnostic.hpp"
#include "core/files/file_system.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::audit {

struct AuditReport {
    struct Line {
        std::uint64_t seq = 0;
        std::string time;
    };

    std::uint64_t files = 0;
    std::uint64_t lines = 0;
    std::optional<Line> first;
    std::optional<Line> last;
    /// Of the last line; empty if there are no lines.
    std::string last_digest;
    /// The first hundred, in the order of the lines.
    std::vector<Diagnostic> findings;
    std::uint64_t all_findings = 0;

    bool is_sound() const noexcept { return all_findings == 0; }
};

/// The check itself. Knows no file: it gets the lines, oldest first.
class AuditChainCheck {
  public:
    /// `noted`: a digest that must be in the chain, or empty.
    explicit AuditChainCheck(std::string noted);

    /// `named_seq`: the number in the name of a rotated file; 0 for the current file.
    void begin_file(const std::string& file, std::uint64_t named_seq);
    /// Without its newline.
    void add_line(std::string_view line);
    /// The file ends without a newline.
    void add_incomplete_line();
    void end_file();

    AuditReport finish();

  private:
    struct Previous {
        std::uint64_t seq = 0;
        std::string digest;
        Location location;
    };

    void check_order(const AuditLine& line);
    void add_finding(const Location& location, std::string text);

    std::string noted_;
    bool has_noted_;
    AuditReport report_;
    Location location_;
    std::size_t line_ = 0;
    std::uint64_t named_seq_ = 0;
    // The last line that could be read.
    std::optional<Previous> previous_;
    // After `previous_` there is a line that cannot be read.
    bool is_after_damage_ = false;
};

/// `wait` pauses for a moment: a server may be writing the line that is incomplete.
///
/// Errors: the system's; `no_such_file_or_directory` if there is no file at all.
result<AuditReport> verify_audit_files(FileSystem& files, const std::string& path,
                                       const std::string& noted_digest,
                                       const std::function<void()>& wait);

/// The same on this machine's disk.
result<AuditReport> verify_audit_files(const std::string& path, const std::string& noted_digest);

}  // namespace roster::audit
