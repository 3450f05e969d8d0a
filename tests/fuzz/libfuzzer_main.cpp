// libFuzzer's entry points: DURE_FUZZ_TARGET names the target; without it the names are listed.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.h"

namespace {

dure::fuzz::Target chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
    const char* const name = std::getenv("DURE_FUZZ_TARGET");
    const auto& targets = dure::fuzz::targets();
    const auto found = name == nullptr ? targets.end() : targets.find(name);
    if (found == targets.end()) {
        if (name != nullptr) std::fprintf(stderr, "no fuzz target '%s'; DURE_FUZZ_TARGET is one of:\n", name);
        for (const auto& [known, target] : targets)
            std::puts(known.c_str());
        std::exit(name == nullptr ? 0 : 2);
    }
    chosen = found->second;
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen({data, size});
    return 0;
}
