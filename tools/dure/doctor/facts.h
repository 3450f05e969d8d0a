// Finds out about a node's folder and the machine what `dure doctor` judges (checks.h). Changes nothing but for a file that is
// made and removed at once, to see whether the disk can be written.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "tools/dure/doctor/checks.h"

namespace dure::tools {

struct DoctorOptions {
    std::filesystem::path folder;
    std::string time_server;                    ///< empty: none is asked
    std::chrono::milliseconds patience{3'000};  ///< with each: the node, its peers, the time server
};

Facts find_out(const DoctorOptions& options);

}  // namespace dure::tools
