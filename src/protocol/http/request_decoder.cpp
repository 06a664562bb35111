#include "protocol/http/request_decoder.hpp"

#include "protocol/syntax.hpp"

#include <string>
#include <utility>

namespace roster::protocol::http {
namespace {

constexpr char kTlsHandshake = 0x16;
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLineEndRule = "a line must end with CR LF";

std::string longer_than(const char* what, std::size_t bytes) {
    return std::string(what) + " is longer than " + std::to_string(bytes) + " bytes";
}

}  // namespace

RequestDecoder::RequestDecoder(RequestLimits limits, bool asks)
    : limits_(limits), usual_body_bytes_(limits.body_bytes), asks_(asks) {}

void RequestDecoder::use(const RequestLimits& limits) noexcept {
    limits_ = limits;
    usual_body_bytes_ = limits.body_bytes;
}

void RequestDecoder::feed(std::string_view bytes) {
    if (stage_ == Stage::whole) release();
    if (stage_ != Stage::closed) buffer_.append(bytes);
}

Request* RequestDecoder::next() {
    if (stage_ == Stage::whole) release();
    while (step()) {
    }
    if (stage_ != Stage::whole) return nullptr;
    const std::string_view bytes = buffer_.view();
    // The buffer may have moved while the body arrived.
    if (bytes.data() != bound_to_) bind();
    request_.body = bytes.substr(head_bytes_, read_ - head_bytes_);
    return &request_;
}

RequestDecoder::Phase RequestDecoder::phase() const noexcept {
    switch (stage_) {
        case Stage::request_line:
        case Stage::fields:
        case Stage::undecided: return Phase::head;
        case Stage::body:
        case Stage::chunks: return Phase::body;
        default: return Phase::idle;
    }
}

std::size_t RequestDecoder::announced_body_bytes() const noexcept {
    return head_.is_chunked() ? limits_.body_bytes
                              : static_cast<std::size_t>(head_.content_length());
}

bool RequestDecoder::take_continue() noexcept {
    return phase() == Phase::body && buffer_.size_bytes() == head_bytes_ &&
           std::exchange(continue_due_, false);
}

bool RequestDecoder::step() {
    switch (stage_) {
        case Stage::start: return skip_empty_lines();
        case Stage::request_line: return take_request_line();
        case Stage::fields: return take_field_line();
        case Stage::body: return take_body();
        case Stage::chunks: return take_chunks();
        case Stage::undecided:
        case Stage::whole:
        case Stage::closed: return false;
    }
    return false;
}

// RFC 9112 §2.2: some clients send an empty line after a body.
bool RequestDecoder::skip_empty_lines() {
    const std::string_view here = buffer_.view();
    if (here.empty()) return false;
    if (is_token_character(here.front())) {
        skipped_bytes_ = 0;
        stage_ = Stage::request_line;
        return true;
    }
    if (here == "\r") return false;
    if (here.starts_with("\r\n")) {
        buffer_.consume(2);
        skipped_bytes_ += 2;
        if (skipped_bytes_ <= limits_.head_bytes) return true;
        return refuse({ProblemCode::malformed_request, "too many empty lines before a request"});
    }
    if (here.front() == kTlsHandshake)
        return refuse({ProblemCode::malformed_request, std::string(kTlsHandshakeDetail)});
    return refuse({ProblemCode::malformed_request, "a request must begin with a method"});
}

bool RequestDecoder::take_request_line() {
    const std::string_view line = find_line();
    std::string_view text = line.empty() ? unread() : line.substr(0, line.size() - 1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > limits_.request_line_bytes)
        return refuse_long_line(text.substr(0, limits_.request_line_bytes));
    if (line.empty()) return refuse_bare_cr(text);
    if (!line.ends_with(kLineEnd) || !head_.read_request_line(text))
        return refuse_line(line, head_.refusal());
    stage_ = Stage::fields;
    return true;
}

bool RequestDecoder::take_field_line() {
    const std::size_t offset = read_;
    const std::string_view line = find_line();
    const std::size_t bytes = line.empty() ? buffer_.size_bytes() : read_;
    if (bytes > limits_.head_bytes) {
        const std::string_view begin = buffer_.view().substr(0, limits_.head_bytes).substr(offset);
        return refuse_bare_cr(begin) || refuse({ProblemCode::headers_too_large,
                                                longer_than("the head", limits_.head_bytes)});
    }
    if (line.empty()) return refuse_bare_cr(unread());
    if (line == kLineEnd) {
        end_head();
    } else if (request_.fields.size() == limits_.headers) {
        const std::string most = std::to_string(limits_.headers);
        refuse_line(line, Refusal(ProblemCode::headers_too_large,
                                  "there are more than " + most + " headers"));
    } else if (!line.ends_with(kLineEnd) ||
               !head_.read_field_line(line.substr(0, line.size() - kLineEnd.size()), offset)) {
        refuse_line(line, head_.refusal());
    }
    return true;
}

// A line must end with CR LF, and have no other CR. The head takes no CR in any place, so only a
// line that it refused is searched for one.
bool RequestDecoder::refuse_line(std::string_view line, MaybeRefusal refusal) {
    if (!line.ends_with(kLineEnd) || line.find('\r') != line.size() - kLineEnd.size())
        refusal = Refusal(ProblemCode::malformed_request, std::string(kLineEndRule));
    return refuse(std::move(*refusal));
}

// Of a line that is not whole: a sender that ends its lines with CR would wait for an answer in
// vain. False: there may be more of it.
bool RequestDecoder::refuse_bare_cr(std::string_view line) {
    const std::size_t cr = line.find('\r');
    if (cr == line.npos || cr + 1 == line.size()) return false;
    return refuse({ProblemCode::malformed_request, std::string(kLineEndRule)});
}

// `begin`: as much as may be looked at.
bool RequestDecoder::refuse_long_line(std::string_view begin) {
    if (refuse_bare_cr(begin)) return true;
    // RFC 9112 §3.
    if (begin.find(' ') == begin.npos)
        return refuse({ProblemCode::not_implemented, "the method is not known"});
    return refuse({ProblemCode::target_too_long,
                   longer_than("the request line", limits_.request_line_bytes)});
}

void RequestDecoder::end_head() {
    head_bytes_ = searched_ = read_;
    if (!bind()) {
        refuse(*head_.refusal());
    } else if (asks_ && (head_.is_chunked() || head_.content_length() > limits_.body_bytes)) {
        stage_ = Stage::undecided;
    } else {
        begin_body();
    }
}

void RequestDecoder::limit_body(std::size_t bytes) {
    limits_.body_bytes = bytes;
    begin_body();
}

void RequestDecoder::begin_body() {
    if (head_.content_length() > limits_.body_bytes) {
        refuse_large_body();
        return;
    }
    continue_due_ = head_.expects_continue() && (head_.is_chunked() || head_.content_length() > 0);
    stage_ = head_.is_chunked() ? Stage::chunks : Stage::body;
}

bool RequestDecoder::bind() {
    const std::string_view bytes = buffer_.view();
    bound_to_ = bytes.data();
    return head_.finish(bytes.substr(0, head_bytes_));
}

bool RequestDecoder::take_body() {
    const std::size_t whole = head_bytes_ + announced_body_bytes();
    if (buffer_.size_bytes() < whole) return false;
    read_ = whole;
    stage_ = Stage::whole;
    return true;
}

bool RequestDecoder::take_chunks() {
    using Outcome = ChunkedBody::Outcome;
    const ChunkedBody::Progress progress = chunks_.decode(buffer_.bytes().subspan(read_));
    buffer_.erase(read_ + progress.produced, progress.consumed - progress.produced);
    read_ += progress.produced;
    switch (progress.outcome) {
        case Outcome::more: return false;
        case Outcome::whole: stage_ = Stage::whole; return true;
        case Outcome::malformed:
            return refuse({ProblemCode::malformed_request, "a chunk of the body is malformed"});
        case Outcome::too_large: return refuse_large_body();
        case Outcome::trailers_too_large: break;
    }
    return refuse({ProblemCode::headers_too_large, "the trailers are too long"});
}

void RequestDecoder::release() noexcept {
    const bool last = !request_.keep_alive;
    head_.clear();
    chunks_.clear();
    buffer_.consume(read_);
    read_ = searched_ = head_bytes_ = 0;
    continue_due_ = false;
    limits_.body_bytes = usual_body_bytes_;
    stage_ = last ? Stage::closed : Stage::start;
    if (last) buffer_.clear();
}

bool RequestDecoder::refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    // Also where the rest of the request line is wrong.
    refusal_->head = request_.method == Method::head ||
                     (stage_ == Stage::request_line && buffer_.view().starts_with("HEAD "));
    head_.clear();
    buffer_.clear();
    read_ = searched_ = head_bytes_ = 0;
    stage_ = Stage::closed;
    return true;
}

bool RequestDecoder::refuse_large_body() {
    return refuse({ProblemCode::body_too_large, longer_than("the body", limits_.body_bytes)});
}

std::string_view RequestDecoder::find_line() noexcept {
    const std::string_view here = buffer_.view();
    const std::size_t line_feed = here.find('\n', searched_);
    searched_ = line_feed == here.npos ? here.size() : line_feed + 1;
    if (line_feed == here.npos) return {};
    const std::size_t begin = std::exchange(read_, searched_);
    return here.substr(begin, read_ - begin);
}

}  // namespace roster::protocol::http
