#include "cloud/sim/random.h"

#include "base/banned.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sim_random_hash(uint64_t a, uint64_t b)
{
    return mix(mix(a + GOLDEN) + b * GOLDEN + GOLDEN);
}

static double unit_of(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double sim_random_hash_unit(uint64_t a, uint64_t b)
{
    return unit_of(sim_random_hash(a, b));
}

struct sim_random sim_random_of(uint64_t seed, enum sim_concern concern, uint64_t number)
{
    return (struct sim_random){
        .state = sim_random_hash(sim_random_hash(seed, (uint64_t)concern), number)};
}

uint64_t sim_random_next(struct sim_random *random)
{
    random->state += GOLDEN;
    return mix(random->state);
}

double sim_random_unit(struct sim_random *random)
{
    return unit_of(sim_random_next(random));
}

int64_t sim_random_between(struct sim_random *random, int64_t low, int64_t high)
{
    uint64_t bits = sim_random_next(random);
    if (high <= low)
        return low;
    return low + (int64_t)(bits % ((uint64_t)(high - low) + 1));
}

int64_t sim_random_delay(struct sim_random *random, struct sim_delay delay)
{
    int64_t ms = sim_random_between(random, delay.low_ms, delay.high_ms);
    return ms > 0 ? ms : 0;
}
