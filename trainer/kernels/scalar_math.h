// Scalars of a training step as fixed sequences of IEEE double operations: the same bits on every machine,
// without libm. Rounded to float once where a float is returned.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

// Own elementary functions in double: relative error below 1e-15 on the given ranges (sine, cosine:
// absolute).
namespace scalar {
double exp(double x);                // -700 <= x <= 700
double log(double x);                // x normal, > 0
double sin(double x);                // |x| <= 2^20
double cos(double x);                // |x| <= 2^20
double power(double x, uint64_t n);  // x^n by repeated squaring
}  // namespace scalar

// Cosines and sines of position * base^(-2i / head_dim), for the rotary positions of Kernels::rotate.
struct RotaryTable {
    std::vector<float> cosines;  // [positions, head_dim / 2]
    std::vector<float> sines;    // [positions, head_dim / 2]
};
// The frequencies base^(-2i / head_dim), i < head_dim / 2.
std::vector<double> rotary_frequencies(int64_t head_dim, double base);
// Cosines and sines of position * frequency, for given frequencies of at most 1.
RotaryTable make_rotary_table(int64_t positions, std::span<const double> frequencies);
RotaryTable make_rotary_table(int64_t positions, int64_t head_dim, double base);

// What a user chooses for AdamW. The values are rounded to float only after the derived ones are computed.
struct AdamWSettings {
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weight_decay = 0.1;
};
// `step` counts from 1.
AdamWScalars adamw_scalars(const AdamWSettings& settings, double learning_rate, uint64_t step,
                           float gradient_scale);

// Linear warm-up from 0 over `warmup` steps, then a cosine from `peak` down to `floor` at step `total`,
// constant from there on. `step` counts from 1.
double cosine_schedule(double peak, double floor, uint64_t warmup, uint64_t total, uint64_t step);

// min(1, limit / norm) for a gradient whose sum of squares is given; 1 where limit is 0 (no clipping).
float clip_factor(float sum_of_squares, double limit);

}  // namespace dure::trainer
