// The TLS of Boost.Asio, compiled here once, as the rest of it in asio.cpp.
#include <boost/asio/ssl/impl/src.hpp>
