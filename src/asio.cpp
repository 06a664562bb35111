// Boost.Asio, compiled here once (BOOST_ASIO_SEPARATE_COMPILATION) instead of in every room.
#include <boost/asio/impl/src.hpp>
