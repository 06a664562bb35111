// Boost.Asio, compiled here once (BOOST_ASIO_SEPARATE_COMPILATION) instead of in every module.
#include <boost/asio/impl/src.hpp>
