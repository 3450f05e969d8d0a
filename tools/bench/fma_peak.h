// The most multiply-adds that one thread of this CPU does, measured: independent chains of fma in registers only.
// What a matrix product is held against.
#pragma once

namespace dure::bench {

/// Flops (two per lane and fma) of one short burst, and what it took is for the caller to time. 512 or 256 bits wide; the
/// CPU must have that instruction set.
double fma_burst_avx512();
double fma_burst_avx2();

}  // namespace dure::bench
