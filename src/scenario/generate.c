#include "scenario/generate.h"

#include <math.h>

#include "base/banned.h"

static const double pi = 3.14159265358979323846;
enum { MINUTE_MS = 60000 };
static const int64_t day_ms = INT64_C(86400000);

/* SplitMix64 (Steele, Lea, Flood 2014): the number of a place, without any state. */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* In (0, 1]. */
static double uniform(uint64_t seed)
{
    return ((double)(mix(seed) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller. */
static double normal(uint64_t seed)
{
    return sqrt(-2 * log(uniform(seed))) * cos(2 * pi * uniform(~seed));
}

static double line(double x, double from_x, double over, double from, double to)
{
    if (x < from_x)
        return from;
    if (over <= 0 || x >= from_x + over)
        return to;
    return from + (to - from) * (x - from_x) / over;
}

static double spike(const struct file_load *part, int64_t at_ms)
{
    int64_t into = at_ms - part->at_ms;
    if (into < 0)
        return 0;
    if (part->has_every)
        into %= part->every_ms;
    double rising = line((double)into, 0, (double)part->rise_ms, 0, part->height);
    double falling = line((double)into, (double)(part->rise_ms + part->hold_ms),
                          (double)part->fall_ms, part->height, 0);
    return fmin(rising, falling);
}

static double daily(const struct file_load *part, int64_t wall_ms)
{
    double turn = (double)((wall_ms - part->peak_ms) % day_ms) / (double)day_ms;
    return part->low + (part->high - part->low) * (1 + cos(2 * pi * turn)) / 2;
}

static double weekly(const struct file_load *part, int64_t wall_ms)
{
    int64_t weekday = (wall_ms / day_ms + 3) % 7; /* 0: Monday; 1970 began on a Thursday */
    return daily(part, wall_ms) * (weekday >= 5 ? part->weekend : 1);
}

/* In the middle of that minute. */
static double part_value(const struct file_load *part, const struct trace *trace, size_t minute,
                         int64_t start_ms)
{
    int64_t at_ms = (int64_t)minute * MINUTE_MS + MINUTE_MS / 2;
    if (trace != NULL)
        return trace->values[minute % trace->minute_count];
    if (part->has_step)
        return at_ms < part->at_ms ? part->from : part->to;
    if (part->has_ramp)
        return line((double)at_ms, (double)part->at_ms, (double)part->over_ms, part->from,
                    part->to);
    if (part->has_spike)
        return spike(part, at_ms);
    if (part->has_daily)
        return daily(part, start_ms + at_ms);
    if (part->has_weekly)
        return weekly(part, start_ms + at_ms);
    return part->constant;
}

void load_add(const struct file_load *part, size_t index, const struct trace *trace,
              const struct generate_options *options, double *per_second, size_t minute_count)
{
    double factor = part->scale * 1000.0 / (double)part->per_ms;
    uint64_t seed = mix(options->seed ^ (index + 1));
    for (size_t i = 0; i < minute_count; i++) {
        double value = part_value(part, trace, i, options->start_ms) * factor;
        if (part->noise > 0)
            value *= fmax(0, 1 + part->noise * normal(seed + i));
        per_second[i] += value;
    }
}
