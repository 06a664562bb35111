#pragma once

// Whether the lines of an audit log are one chain, and where not.
// Knows no file: lines are given to it, oldest first.

#include "audit/audit_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::audit {

struct AuditFinding {
    std::string file;
    /// From 1; 0 where it is about the file.
    std::uint64_t line = 0;
    std::string text;
};

/// "FILE:LINE: text".
std::string to_string(const AuditFinding& finding);

struct AuditReport {
    struct Line {
        std::uint64_t seq = 0;
        std::string time;
    };

    std::uint64_t files = 0;
    std::uint64_t lines = 0;
    std::optional<Line> first;
    std::optional<Line> last;
    /// Of the last line; empty where there is none.
    std::string last_digest;
    /// In the order of the lines, the first hundred.
    std::vector<AuditFinding> findings;
    std::uint64_t all_findings = 0;

    bool is_sound() const noexcept { return all_findings == 0; }
};

class AuditChainCheck {
  public:
    /// `noted`: a digest that must be in the chain; empty: none.
    explicit AuditChainCheck(std::string noted);

    /// `named_seq`: the number in the name of a file that was put aside; 0: the current one.
    void begin_file(const std::string& file, std::uint64_t named_seq);
    /// Without its newline.
    void add_line(std::string_view line);
    /// The file ends without a newline.
    void add_cut_line();
    void end_file();

    AuditReport finish();

  private:
    // The line before, as far as it is known.
    struct Before {
        std::uint64_t seq = 0;
        std::string digest;
        std::string file;
        std::uint64_t line = 0;
    };

    void check_order(const AuditLine& line);
    void note(const std::string& file, std::uint64_t line, std::string text);

    std::string noted_;
    bool has_noted_;
    AuditReport report_;
    std::string file_;
    std::uint64_t named_seq_ = 0;
    std::uint64_t line_ = 0;
    std::optional<Before> before_;
    // The line before is none: neither its number nor its digest are known.
    bool is_after_damage_ = false;
};

}  // namespace roster::audit
