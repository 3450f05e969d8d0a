#include "tests/fuzz/target.h"

namespace dure::fuzz {

std::map<std::string, Target>& targets() {
    static std::map<std::string, Target> all;
    return all;
}

}  // namespace dure::fuzz
