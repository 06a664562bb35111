#include "audit/chain_check.hpp"

#include "audit/audit_chain.hpp"

#include <utility>

namespace roster::audit {
namespace {

constexpr std::size_t kMaxFindings = 100;

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

}  // namespace

std::string to_string(const AuditFinding& finding) {
    const std::string place = finding.line == 0 ? "" : ":" + number(finding.line);
    return (finding.file.empty() ? "" : finding.file + place + ": ") + finding.text;
}

AuditChainCheck::AuditChainCheck(std::string noted)
    : noted_(std::move(noted)), has_noted_(noted_.empty()) {}

void AuditChainCheck::begin_file(const std::string& file, std::uint64_t named_seq) {
    ++report_.files;
    file_ = file;
    named_seq_ = named_seq;
    line_ = 0;
}

void AuditChainCheck::end_file() {
    // The current one may be empty: a rotation has just made it.
    if (line_ == 0 && named_seq_ != 0) note(file_, 0, "is empty: its lines are missing");
}

void AuditChainCheck::add_line(std::string_view line) {
    ++line_;
    ++report_.lines;
    const auto parsed = parse_audit_line(line);
    const std::string digest = digest_of_line(line);
    report_.last_digest = digest;
    has_noted_ = has_noted_ || digest == noted_;
    if (!parsed) {
        note(file_, line_, "is no line of an audit log");
        is_after_damage_ = true;
        return;
    }
    if (line_ == 1 && named_seq_ != 0 && parsed->seq != named_seq_)
        note(file_, line_,
             "is number " + number(parsed->seq) + ", but the file's name says " +
                 number(named_seq_));
    check_order(*parsed);
    before_ = Before{parsed->seq, digest, file_, line_};
    is_after_damage_ = false;
    if (!report_.first) {
        report_.first = AuditReport::Line{parsed->seq, parsed->time};
        // The digest of a line whose file was removed since.
        has_noted_ = has_noted_ || parsed->prev == noted_;
    }
    report_.last = AuditReport::Line{parsed->seq, parsed->time};
}

void AuditChainCheck::check_order(const AuditLine& line) {
    if (!before_) {
        const bool is_zero = line.prev.find_first_not_of('0') == std::string::npos;
        if (line.seq == 1 && !is_zero && !is_after_damage_)
            note(file_, line_, "is number 1, but has the digest of a line before it");
        return;
    }
    const std::uint64_t expected = before_->seq + 1;
    if (line.seq == before_->seq)
        return note(file_, line_, "number " + number(line.seq) + " stands here a second time");
    if (line.seq < expected)
        return note(file_, line_,
                    "number " + number(line.seq) + " stands behind number " + number(before_->seq) +
                        ": out of order, or a second time");
    if (is_after_damage_) return;
    if (line.seq > expected)
        return note(file_, line_,
                    "number " + number(line.seq) + " follows number " + number(before_->seq) +
                        ": " + number(line.seq - expected) + " missing here");
    // Its number is right, so it is the line before whose text is another than it was.
    if (line.prev != before_->digest)
        note(before_->file, before_->line,
             "was changed, or the line behind it was: its digest is not the one that stands there");
}

void AuditChainCheck::add_cut_line() {
    ++line_;
    note(file_, line_, "is cut: it has no end");
    is_after_damage_ = true;
}

AuditReport AuditChainCheck::finish() {
    if (!has_noted_)
        note("", 0,
             "no line has the digest " + noted_ +
                 ": lines were changed, or cut off at the end, since it was noted (or it is older "
                 "than the oldest file that is left)");
    return std::move(report_);
}

void AuditChainCheck::note(const std::string& file, std::uint64_t line, std::string text) {
    ++report_.all_findings;
    if (report_.findings.size() == kMaxFindings) return;
    AuditFinding finding;
    finding.file = file;
    finding.line = line;
    finding.text = std::move(text);
    report_.findings.push_back(std::move(finding));
}

}  // namespace roster::audit
