#pragma once

// Raw requests written from RFC 9110 and RFC 9112, and what a strict server makes of them.

#include "protocol/http/request_decoder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

/// The outcome, in the order of the bytes: "200" for a request that is taken, with "close" if it is
/// the last; the status of a refusal, which always closes; "head" or "body" if that is not whole.
struct RawRequest {
    std::string bytes;
    std::string outcome;
};

/// A GET with `Host` and these header lines.
inline std::string get(std::string_view headers = "") {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers);
    return bytes + (headers.empty() ? "" : "\r\n") + "\r\n";
}

/// A request line, with `Host`.
inline std::string with_line(std::string_view line) {
    return std::string(line) + "\r\nHost: a\r\n\r\n";
}

inline std::string to_target(std::string_view target) {
    return with_line("GET " + std::string(target) + " HTTP/1.1");
}

inline std::string with_host(std::string_view host) {
    return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

inline std::string post(std::string_view headers, std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n\r\n" + std::string(body);
}

inline std::string chunked(std::string_view body) {
    return post("Transfer-Encoding: chunked", body);
}

/// What a decoder makes of bytes that come in these pieces.
class DecodedRequests {
  public:
    explicit DecodedRequests(RequestLimits limits = {}) : decoder_(limits) {}

    void feed(std::string_view bytes) {
        decoder_.feed(bytes);
        while (const Request* request = decoder_.next()) {
            outcome_ += request->keep_alive ? " 200" : " 200 close";
            add_details(*request);
        }
    }

    /// What follows is another client's. False: the decoder is not fresh.
    bool begin_another() {
        outcome_.clear();
        details_.clear();
        return decoder_.is_fresh();
    }

    /// As in `RawRequest`.
    std::string outcome() const {
        using Phase = RequestDecoder::Phase;
        std::string all = outcome_;
        if (const auto& refusal = decoder_.refusal())
            all += " " + std::to_string(kind_of(refusal->code).status);
        if (decoder_.phase() == Phase::head) all += " head";
        if (decoder_.phase() == Phase::body) all += " body";
        return all.empty() ? all : all.substr(1);
    }

    /// Everything that a server can see of the requests.
    std::string details() const {
        std::string all = details_ + outcome();
        if (const auto& refusal = decoder_.refusal())
            all += refusal->detail + (refusal->head ? " to HEAD" : "");
        return all + " " + std::to_string(decoder_.buffered_bytes());
    }

    const RequestDecoder& decoder() const { return decoder_; }

  private:
    void add_details(const Request& request) {
        details_ += std::to_string(static_cast<int>(request.method));
        add(request.host);
        add(request.request_id);
        add(request.target.path());
        add(request.target.query());
        for (const std::string_view segment : request.target.segments())
            add(segment);
        for (const auto& [name, value] : request.target.parameters()) {
            add(name);
            add(value);
        }
        for (std::size_t i = 0; i < request.fields.size(); ++i) {
            add(request.fields[i].name);
            add(request.fields[i].value);
        }
        add(request.body);
    }

    void add(std::string_view text) {
        details_ += '|';
        details_ += text;
    }

    RequestDecoder decoder_;
    std::string outcome_;
    std::string details_;
};

std::vector<RawRequest> raw_requests();

}  // namespace roster::protocol::http
