# The package, proved: installed into an empty prefix, found and linked by a project of its own.
set(consumer_prefix ${CMAKE_BINARY_DIR}/tests/consumer/prefix)
set(consumer_build ${CMAKE_BINARY_DIR}/tests/consumer/build)

# A library that was built with a sanitizer or counters needs a program that is, too.
set(consumer_flags ${CMAKE_CXX_FLAGS})
if(ROSTER_SANITIZERS)
    list(JOIN ROSTER_SANITIZERS "," consumer_sanitizers)
    string(APPEND consumer_flags " -fsanitize=${consumer_sanitizers} -fno-sanitize-recover=all"
        " -DBOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        string(APPEND consumer_flags " -Wno-tsan")
    endif()
endif()
if(ROSTER_COVERAGE)
    string(APPEND consumer_flags " --coverage")
endif()
string(TOUPPER "${CMAKE_BUILD_TYPE}" consumer_config)

add_test(NAME consumer.clean
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${consumer_prefix} ${consumer_build})
add_test(NAME consumer.install
    COMMAND ${CMAKE_COMMAND} --install ${CMAKE_BINARY_DIR} --component development
        --prefix ${consumer_prefix})
add_test(NAME consumer.configure
    COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_SOURCE_DIR}/consumer -B ${consumer_build}
        -G ${CMAKE_GENERATOR}
        -DCMAKE_PREFIX_PATH=${consumer_prefix}
        -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
        -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
        -DCMAKE_CXX_FLAGS=${consumer_flags}
        -DCMAKE_CXX_FLAGS_${consumer_config}=${CMAKE_CXX_FLAGS_${consumer_config}})
add_test(NAME consumer.build COMMAND ${CMAKE_COMMAND} --build ${consumer_build})
add_test(NAME consumer.run
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/consumer/consumer_test.py
        ${consumer_build}/consumer)

set(before "")
foreach(step clean install configure build run)
    set_tests_properties(consumer.${step} PROPERTIES
        FIXTURES_SETUP consumer_${step} FIXTURES_REQUIRED "${before}")
    set(before consumer_${step})
endforeach()
