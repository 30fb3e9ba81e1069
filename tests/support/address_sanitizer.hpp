#pragma once

// VYRE_ADDRESS_SANITIZER: 1 where AddressSanitizer watches this build, with its interface; else 0.
#if defined(__SANITIZE_ADDRESS__)
#define VYRE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#define VYRE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define VYRE_ADDRESS_SANITIZER 0
#endif
#if VYRE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif
