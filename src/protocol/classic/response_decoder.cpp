#include "protocol/classic/response_decoder.hpp"

#include "core/text.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/version.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace roster::protocol::classic {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kBeginning = "HTTP/1.";
constexpr unsigned kSwitchingProtocols = 101;

// One head, fed whole: the tokens are Beast's, the rules are ours.
class HeadParser final : public http::basic_parser<false> {
  public:
    HeadParser(std::size_t max_headers, bool answers_head) : max_headers_(max_headers) {
        header_limit(std::numeric_limits<std::uint32_t>::max());
        body_limit(boost::none);
        skip(answers_head);
    }

    Answer take_answer() {
        answer_.keep_alive = keep_alive();
        return std::move(answer_);
    }

  private:
    void on_response_impl(int status, beast::string_view reason, int,
                          beast::error_code& ec) override {
        answer_.status = static_cast<unsigned>(status);
        answer_.reason.assign(reason.data(), reason.size());
        if (status < 100 || status > 599) ec = http::error::bad_status;
    }

    void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                       beast::error_code& ec) override {
        if (answer_.headers.size() == max_headers_) ec = http::error::header_limit;
        if (field == http::field::transfer_encoding) ec = http::error::bad_transfer_encoding;
        if (ec) return;
        answer_.headers.emplace_back(std::string(name.data(), name.size()),
                                     std::string(value.data(), value.size()));
    }

    // A head alone is parsed here; the rest of the interface is never called.
    void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                         beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override {
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                   beast::error_code&) override {
        return bytes.size();
    }
    void on_finish_impl(beast::error_code&) override {}
#if BOOST_BEAST_VERSION >= 359  // a part of the interface since Boost 1.90
    void on_trailer_field_impl(http::field, beast::string_view, beast::string_view,
                               beast::error_code&) override {}
#endif

    std::size_t max_headers_;
    Answer answer_;
};

}  // namespace

ResponseDecoder::ResponseDecoder(AnswerLimits limits) : limits_(limits) {}

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

result<std::optional<Answer>> ResponseDecoder::next() {
    while (!whole_ && !failure_) {
        const result<bool> progress = advance();
        if (!progress) {
            failure_ = progress.error();
            buffer_.clear();
            read_ = 0;
        } else if (!*progress) {
            return std::optional<Answer>();
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

    HeadParser parser(limits_.headers, is_head_.front());
    beast::error_code ec;
    parser.put(boost::asio::buffer(bytes.data(), *head_bytes), ec);
    if (ec || !parser.is_header_done()) return Errc::malformed_answer;
    read_ += *head_bytes;
    scanned_ = 0;

    const bool has_body = !parser.is_done();
    const std::uint64_t length = parser.content_length().value_or(0);
    const bool until_end = has_body && !parser.content_length();
    answer_ = parser.take_answer();
    if (answer_.status == kSwitchingProtocols) return Errc::malformed_answer;
    if (answer_.status < 200) return true;  // the real answer is still to come
    if (has_body && length > limits_.body_bytes) return Errc::malformed_answer;
    missing_body_bytes_ = has_body ? static_cast<std::size_t>(length) : 0;
    phase_ = until_end ? Phase::body_until_end : Phase::body;
    return true;
}

// Where the head ends, behind its blank line; looks at no byte twice.
std::optional<std::size_t> ResponseDecoder::find_end_of_head() {
    const std::string_view bytes = unread();
    const std::size_t at = bytes.find(kEndOfHead, scanned_);
    if (at != std::string_view::npos) return at + kEndOfHead.size();
    scanned_ = bytes.size() - std::min(bytes.size(), kEndOfHead.size() - 1);
    return std::nullopt;
}

result<bool> ResponseDecoder::take_body() {
    const std::string_view part = unread().substr(0, missing_body_bytes_);
    answer_.body += part;
    read_ += part.size();
    missing_body_bytes_ -= part.size();
    if (missing_body_bytes_ == 0) {
        finish_answer();
        return true;
    }
    if (!ended_) return false;
    phase_ = Phase::closed;
    return true;
}

result<bool> ResponseDecoder::take_body_until_end() {
    const std::string_view part = unread();
    if (part.size() > limits_.body_bytes - answer_.body.size()) return Errc::malformed_answer;
    answer_.body += part;
    read_ += part.size();
    if (!ended_) return false;
    finish_answer();
    return true;
}

void ResponseDecoder::finish_answer() {
    phase_ = answer_.keep_alive ? Phase::head : Phase::closed;
    whole_ = std::exchange(answer_, Answer());
    is_head_.pop_front();
}

}  // namespace roster::protocol::classic
