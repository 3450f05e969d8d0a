// The state of the floating-point unit that every result of the trainer rests on.
#pragma once

namespace dure::trainer {

// nullptr if the calling thread rounds to nearest even and keeps subnormals (neither flush-to-zero nor
// denormals-are-zero is set); else a sentence that says what is wrong. A library linked with -Ofast can
// change these for the whole process, so it is asked at start and in every worker thread.
const char* floating_point_fault();

}  // namespace dure::trainer
