#include "protocol/classic/request_decoder.hpp"

#include <string>
#include <utility>

namespace roster::protocol::classic {
namespace {

bool has_body(Method method) noexcept {
    return method == Method::post || method == Method::put;
}

ProtocolError body_too_large(const RequestLimits& limits) {
    return {413, "Content too large: the body is longer than " + std::to_string(limits.body_bytes) +
                     " bytes"};
}

std::string_view without_line_end(std::string_view line) noexcept {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

RequestDecoder::RequestDecoder(RequestLimits limits) : limits_(limits) {}

void RequestDecoder::feed(std::string_view bytes) {
    if (stage_ == Stage::closed || ended_) return;
    buffer_.append(bytes);
    advance();
}

void RequestDecoder::silence() {
    if (const auto head = bare_head()) {
        end_bare_head(*head);
    } else if (const auto body = silent_body()) {
        end_request(*body);
    }
}

void RequestDecoder::end() {
    ended_ = true;
    advance();
}

std::optional<ClassicRequest> RequestDecoder::next() {
    std::optional<ClassicRequest> request = std::exchange(ready_, std::nullopt);
    advance();
    return request;
}

RequestDecoder::Phase RequestDecoder::phase() const noexcept {
    if (stage_ == Stage::body) return Phase::body;
    return stage_ == Stage::request_line || stage_ == Stage::headers ? Phase::head : Phase::idle;
}

bool RequestDecoder::awaits_silence() const noexcept {
    return bare_head() || silent_body();
}

std::size_t RequestDecoder::announced_body_bytes() const noexcept {
    return static_cast<std::size_t>(head_.content_length.value_or(0));
}

bool RequestDecoder::take_continue() noexcept {
    return stage_ == Stage::body && buffer_.size_bytes() == 0 &&
           std::exchange(continue_due_, false);
}

void RequestDecoder::advance() {
    while (!ready_ && step()) {
    }
    if (!ready_ && ended_) take_what_counts_as_whole();
}

bool RequestDecoder::step() {
    switch (stage_) {
        case Stage::start: return skip_line_ends();
        case Stage::request_line: return take_request_line();
        case Stage::headers: return take_header_line();
        case Stage::body: return take_body();
        case Stage::closed: return false;
    }
    return false;
}

bool RequestDecoder::skip_line_ends() {
    const std::string_view here = buffer_.view();
    if (here.empty() || here == "\r") return false;
    const std::size_t line_end = here.starts_with('\n') ? 1 : here.starts_with("\r\n") ? 2 : 0;
    buffer_.consume(line_end);
    head_bytes_ += line_end;
    if (head_bytes_ > limits_.head_bytes) {
        refuse({400, "Bad request: too many empty lines before it"});
    } else if (line_end == 0) {
        head_bytes_ = 0;
        stage_ = Stage::request_line;
    }
    return true;
}

bool RequestDecoder::take_request_line() {
    const auto line = find_line();
    const std::string_view text = without_line_end(line.value_or(buffer_.view()));
    if (text.size() > limits_.request_line_bytes) {
        refuse({414, "URI too long: the request line is longer than " +
                         std::to_string(limits_.request_line_bytes) + " bytes"});
        return true;
    }
    if (!line) return false;
    if (auto error = read_request_line(text, head_)) {
        refuse(std::move(*error));
        return true;
    }
    consume_line(*line);
    stage_ = Stage::headers;
    return true;
}

bool RequestDecoder::take_header_line() {
    if (const auto bare = bare_head(); bare && bare->next == RequestStart::request) {
        end_bare_head(*bare);
        return true;
    }
    const auto line = find_line();
    if (head_bytes_ + line.value_or(buffer_.view()).size() > limits_.head_bytes) {
        refuse({431, "Request header fields too large: the head is longer than " +
                         std::to_string(limits_.head_bytes) + " bytes"});
        return true;
    }
    if (!line) return false;
    const std::string_view text = without_line_end(*line);
    if (text.empty()) {
        consume_line(*line);
        end_head();
    } else if (head_.headers == limits_.headers) {
        refuse({431, "Request header fields too large: there are more than " +
                         std::to_string(limits_.headers)});
    } else if (auto error = read_header_line(text, head_)) {
        refuse(std::move(*error));
    } else {
        consume_line(*line);
    }
    return true;
}

bool RequestDecoder::take_body() {
    if (!counted_body_) {
        if (buffer_.size_bytes() < announced_body_bytes()) return false;
        end_request(announced_body_bytes());
        return true;
    }
    const CountedBody::End end = counted_body_->scan(buffer_.view());
    switch (end.outcome) {
        case CountedBody::Outcome::more: return false;
        case CountedBody::Outcome::whole: end_request(end.size_bytes); return true;
        case CountedBody::Outcome::lost:
            refuse({400, "Bad request: Content-Length is not the length of the body"});
            return true;
        case CountedBody::Outcome::too_large: refuse(body_too_large(limits_)); return true;
    }
    return false;
}

void RequestDecoder::take_what_counts_as_whole() {
    if (const auto head = bare_head()) {
        end_bare_head(*head);
        return;
    }
    const auto body = counted_body_ ? counted_body_->at_end(buffer_.view()) : std::nullopt;
    if (body) {
        end_request(*body);
    } else {
        close();
    }
}

std::optional<std::string_view> RequestDecoder::find_line() noexcept {
    const std::string_view here = buffer_.view();
    const std::size_t line_end = here.find('\n', searched_bytes_);
    searched_bytes_ = here.size();
    if (line_end == here.npos) return std::nullopt;
    return here.substr(0, line_end + 1);
}

void RequestDecoder::consume_line(std::string_view line) noexcept {
    head_bytes_ += line.size();
    searched_bytes_ = 0;
    buffer_.consume(line.size());
}

std::optional<BareEnd> RequestDecoder::bare_head() const noexcept {
    const bool may_be_documented_client =
        stage_ == Stage::headers && !head_.has_host &&
        (head_.method == Method::get || head_.method == Method::head) &&
        head_.content_length.value_or(0) == 0 && head_.headers < limits_.headers;
    if (!may_be_documented_client) return std::nullopt;
    const auto end = bare_end(buffer_.view());
    if (end && head_bytes_ + end->seen_bytes > limits_.head_bytes) return std::nullopt;
    return end;
}

std::optional<std::size_t> RequestDecoder::silent_body() const noexcept {
    return counted_body_ ? counted_body_->at_silence(buffer_.view()) : std::nullopt;
}

void RequestDecoder::end_bare_head(const BareEnd& end) {
    buffer_.consume(end.line_bytes);
    end_request(0);
}

void RequestDecoder::end_head() {
    const std::uint64_t length = head_.content_length.value_or(0);
    if (length > limits_.body_bytes) return refuse(body_too_large(limits_));
    if (has_body(head_.method) && !head_.content_length) {
        ProtocolError error{400, "Bad request: Content-Length is needed"};
        // With a Host there is no body by the rules of HTTP; without one it is unknown.
        if (!head_.has_host) return refuse(std::move(error));
        if (!head_.error) head_.error = std::move(error);
    }
    const bool may_have_body = has_body(head_.method) || head_.method == Method::other;
    if (!head_.has_host && may_have_body && length >= kCountedTooMuch)
        counted_body_.emplace(head_.method, static_cast<std::size_t>(length), limits_.body_bytes);
    continue_due_ = head_.expects_continue && head_.has_host && length != 0;
    stage_ = Stage::body;
}

void RequestDecoder::end_request(std::size_t body_bytes) {
    const bool last = head_.close;
    ready_.emplace();
    ready_->method = head_.method;
    ready_->keep_alive = !last;
    if (head_.error) {
        ready_->operation = std::move(*head_.error);
    } else {
        ready_->operation = decode_operation(head_.method, buffer_.view().substr(0, body_bytes));
    }
    buffer_.consume(body_bytes);
    searched_bytes_ = 0;
    head_bytes_ = 0;
    head_ = {};
    counted_body_.reset();
    continue_due_ = false;
    stage_ = Stage::start;
    if (last) close();
}

void RequestDecoder::refuse(ProtocolError error) {
    ready_ = ClassicRequest{head_.method, std::move(error), false};
    close();
}

void RequestDecoder::close() noexcept {
    buffer_.clear();
    head_ = {};
    counted_body_.reset();
    stage_ = Stage::closed;
}

}  // namespace roster::protocol::classic
