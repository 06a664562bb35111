#pragma once

// The head of a request, line by line, and how its body is framed.
// Does not know where lines end. Source: RFC 9110, RFC 9112.

#include "protocol/http/problem.hpp"
#include "protocol/http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::http {

/// Why a request is not answered. The framing is not trusted any more: the connection has to close
/// after the response.
struct Refusal {
    Refusal(ProblemCode which, std::string text) : code(which), detail(std::move(text)) {}

    ProblemCode code;
    /// Never repeats what was sent.
    std::string detail;
    /// The method was HEAD: the response has no body.
    bool head = false;
};

using MaybeRefusal = std::optional<Refusal>;

/// "NAME: VALUE" without its line end: where its parts are.
struct FieldLine {
    std::string_view name;
    std::string_view value;
};
std::optional<FieldLine> parse_field_line(std::string_view line) noexcept;

/// Reads the lines into a request, whose views are set by `finish`.
class RequestHead {
  public:
    explicit RequestHead(Request& request) : request_(request) {}

    // These return false if `refusal` says why not. They take no control characters but tabs.
    /// `line` begins the head.
    bool read_request_line(std::string_view line);
    /// `offset`: where the line begins in the head.
    bool read_field_line(std::string_view line, std::size_t offset);
    /// `head`: the whole of it.
    bool finish(std::string_view head);

    const MaybeRefusal& refusal() const noexcept { return refusal_; }

    bool is_chunked() const noexcept { return chunked_ == 1; }
    std::uint64_t content_length() const noexcept { return content_length_.value_or(0); }
    bool expects_continue() const noexcept { return expects_continue_; }

    void clear() noexcept;

  private:
    bool read_version(std::string_view version);
    bool note(std::string_view name, std::string_view value);
    bool note_host(std::string_view value);
    bool note_content_length(std::string_view value);
    bool note_codings(std::string_view list);
    bool note_connection(std::string_view list);
    bool note_expectations(std::string_view list);
    bool check_framing();
    bool refuse(ProblemCode code, std::string_view why);
    bool malformed(std::string_view why) { return refuse(ProblemCode::malformed_request, why); }

    Request& request_;
    std::size_t target_begin_ = 0;
    std::size_t target_bytes_ = 0;
    /// Which of the fields.
    std::optional<std::size_t> host_;
    bool close_ = false;
    bool keep_alive_ = false;
    bool expects_continue_ = false;
    bool has_codings_ = false;
    /// How often "chunked" was named, and whether it was the last coding.
    unsigned chunked_ = 0;
    bool chunked_is_last_ = false;
    bool unknown_coding_ = false;
    std::optional<std::uint64_t> content_length_;
    MaybeRefusal refusal_;
};

}  // namespace roster::protocol::http
