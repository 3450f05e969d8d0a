// Binds the threads of a pool to a core each, so that two threads of one contender never share a core while other programs
// run on the other. OpenMP does the same for the peers where OMP_PROC_BIND says so.
#pragma once

#include "trainer/kernels/executor.h"

namespace dure::bench {

/// The calling thread to the first core it may run on, the pool's workers to the next ones. Does nothing if there are
/// fewer cores than threads.
void bind_to_cores(trainer::ThreadPool& pool);

/// The calling thread, and the programs it starts, to all cores this program had when it started.
void use_all_cores();

/// Makes OpenMP bind its threads in this program and in those it starts; to be called before OpenMP is loaded.
void bind_openmp_to_cores();

}  // namespace dure::bench
