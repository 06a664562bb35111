#include "protocol/classic/response_decoder.hpp"

#include "core/text.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace roster {

std::optional<std::string_view> Response::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equals_ignoring_case(key, name)) return value;
    return std::nullopt;
}

}  // namespace roster

namespace roster::protocol::classic {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kBeginning = "HTTP/1.";
constexpr unsigned kSwitchingProtocols = 101;

// "HTTP/1.1 200 ", before the reason.
constexpr std::size_t kStatusBytes = 13;

using HeadParser = http::response_parser<http::empty_body>;

// The parser finds the tokens; the limits and rules are those of this file. `nullopt` if the
// response breaks them.
std::optional<Response> to_response(const HeadParser& parser, std::string_view head,
                                    std::size_t max_headers) {
    const auto& message = parser.get();
    Response response;
    response.status = message.result_int();
    // Beast would replace an empty one.
    const std::string_view status_line = head.substr(0, head.find("\r\n"));
    response.reason = status_line.substr(std::min(kStatusBytes, status_line.size()));
    response.keep_alive = parser.keep_alive();
    for (const auto& field : message) {
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    if (response.status < 100 || response.status > 599 || response.status == kSwitchingProtocols)
        return std::nullopt;
    if (response.headers.size() > max_headers) return std::nullopt;
    if (message.count(http::field::transfer_encoding) != 0) return std::nullopt;
    return response;
}

}  // namespace

ResponseDecoder::ResponseDecoder(ResponseLimits limits) : limits_(limits) {}

void ResponseDecoder::expect(bool head) {
    is_head_.push_back(head);
}

void ResponseDecoder::feed(std::string_view bytes) {
    if (phase_ == Phase::closed || failure_) return;
    buffer_.erase(0, std::exchange(read_, 0));
    buffer_ += bytes;
}

void ResponseDecoder::end() {
    ended_ = true;
}

result<std::optional<Response>> ResponseDecoder::next() {
    while (!whole_ && !failure_) {
        const result<bool> progress = advance();
        if (!progress) {
            failure_ = progress.error();
            buffer_.clear();
            read_ = 0;
        } else if (!*progress) {
            return std::optional<Response>();
        }
    }
    if (!whole_) return failure_;
    return std::exchange(whole_, std::nullopt);
}

result<bool> ResponseDecoder::advance() {
    switch (phase_) {
        case Phase::head: return take_head();
        case Phase::body: return take_body();
        case Phase::body_until_end: return take_body_until_end();
        case Phase::closed: break;
    }
    if (outstanding() > 0) return Errc::connection_closed;
    return false;
}

result<bool> ResponseDecoder::take_head() {
    const std::string_view bytes = unread();
    const std::size_t compared = std::min(bytes.size(), kBeginning.size());
    if (bytes.substr(0, compared) != kBeginning.substr(0, compared)) return Errc::malformed_answer;
    if (!bytes.empty() && outstanding() == 0) return Errc::malformed_answer;

    const std::optional<std::size_t> head_bytes = find_end_of_head();
    if (head_bytes.value_or(bytes.size() + 1) > limits_.head_bytes) return Errc::malformed_answer;
    if (!head_bytes) {
        if (!ended_) return false;
        phase_ = Phase::closed;
        return true;
    }

    HeadParser parser;
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser.body_limit(boost::none);
    parser.skip(is_head_.front());
    beast::error_code ec;
    parser.put(boost::asio::buffer(bytes.data(), *head_bytes), ec);
    if (ec || !parser.is_header_done()) return Errc::malformed_answer;
    read_ += *head_bytes;
    scanned_ = 0;

    const bool has_body = !parser.is_done();
    const std::uint64_t length = parser.content_length().value_or(0);
    const bool until_end = has_body && !parser.content_length();
    std::optional<Response> response =
        to_response(parser, bytes.substr(0, *head_bytes), limits_.headers);
    if (!response) return Errc::malformed_answer;
    response_ = std::move(*response);
    if (response_.status < 200) return true;  // interim: the real response follows
    if (has_body && length > limits_.body_bytes) return Errc::malformed_answer;
    missing_body_bytes_ = has_body ? static_cast<std::size_t>(length) : 0;
    phase_ = until_end ? Phase::body_until_end : Phase::body;
    return true;
}

// Where the head ends, after its blank line. Looks at no byte twice.
std::optional<std::size_t> ResponseDecoder::find_end_of_head() {
    const std::string_view bytes = unread();
    const std::size_t at = bytes.find(kEndOfHead, scanned_);
    if (at != std::string_view::npos) return at + kEndOfHead.size();
    scanned_ = bytes.size() - std::min(bytes.size(), kEndOfHead.size() - 1);
    return std::nullopt;
}

result<bool> ResponseDecoder::take_body() {
    const std::string_view part = unread().substr(0, missing_body_bytes_);
    response_.body += part;
    read_ += part.size();
    missing_body_bytes_ -= part.size();
    if (missing_body_bytes_ == 0) {
        finish_response();
        return true;
    }
    if (!ended_) return false;
    phase_ = Phase::closed;
    return true;
}

result<bool> ResponseDecoder::take_body_until_end() {
    const std::string_view part = unread();
    if (part.size() > limits_.body_bytes - response_.body.size()) return Errc::malformed_answer;
    response_.body += part;
    read_ += part.size();
    if (!ended_) return false;
    finish_response();
    return true;
}

void ResponseDecoder::finish_response() {
    phase_ = response_.keep_alive ? Phase::head : Phase::closed;
    whole_ = std::exchange(response_, Response());
    is_head_.pop_front();
}

}  // namespace roster::protocol::classic
