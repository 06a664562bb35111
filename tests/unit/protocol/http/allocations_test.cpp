// Answering a request on a kept connection allocates nothing once the first ones are answered.

#include "protocol/http/encoder.hpp"
#include "protocol/http/request_decoder.hpp"
#include "support/http_requests.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

namespace {
std::atomic<std::size_t> allocations = 0;
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
// With a sanitizer it would be the sanitizer's own, and not freed like the others.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace roster::protocol::http {
namespace {

// What a server does with the bytes of one segment.
void answer(RequestDecoder& decoder, Encoder& encoder, Response& response, std::string_view bytes,
            std::string& out) {
    decoder.feed(bytes);
    while (const Request* const request = decoder.next()) {
        response.clear();
        response.body += "{\"name\":\"roster\",\"path\":\"a body longer than a short string\"}";
        response.add_header("ETag", "\"1-23456789012345678901\"");
        ResponseContext context;
        context.request_id = request->request_id;
        context.path = request->target.path();
        encoder.encode(response, context, std::chrono::sys_seconds(), out);
    }
}

TEST(HttpAllocations, AKeptConnectionMakesNone) {
    const std::string request =
        get("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            "Authorization: Bearer rst_0123456789012345678901234567890123456789012\r\n"
            "Cookie: a=b\r\nRequest-Id: 0123456789012345678901234567");
    const std::string query = to_target("/v1/users?q=a+long+text+that+is+not+short%20at%20all&x=y");
    const std::string body = post("Content-Length: 26", "abcdefghijklmnopqrstuvwxyz");
    const std::string chunks = chunked("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
    RequestDecoder decoder;
    Encoder encoder;
    Response response;
    std::string out;
    const auto answer_all = [&] {
        for (const std::string* bytes : {&request, &query, &body, &chunks}) {
            answer(decoder, encoder, response, *bytes, out);
            out.clear();
        }
        // In two pieces, and two together.
        answer(decoder, encoder, response, std::string_view(body).substr(0, 50), out);
        answer(decoder, encoder, response, std::string_view(body).substr(50), out);
        EXPECT_EQ(out.substr(0, 15), "HTTP/1.1 200 OK");
        out.clear();
    };
    answer_all();
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i)
        answer_all();
    EXPECT_EQ(allocations, before);
    EXPECT_GT(before, 0U);
}

}  // namespace
}  // namespace roster::protocol::http
