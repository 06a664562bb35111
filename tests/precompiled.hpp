// As src/precompiled.hpp, for the tests.
#include "../src/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
