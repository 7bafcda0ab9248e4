/* A schedule: what is taken is taken again, and stays what it is. */
#include "tests_fuzz.h"

#include "lambda/schedule.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    const struct str text = {.ptr = (const char *)data, .len = size};
    struct str once = STR_NONE;
    struct str twice = STR_NONE;
    if (schedule_from_rate(&arena, text, &once, &err) == E_OK)
        assert(schedule_from_rate(&arena, once, &twice, &err) == E_OK && str_eq(once, twice));
    if (schedule_from_cron(&arena, text, &once, &err) == E_OK)
        assert(schedule_from_cron(&arena, once, &twice, &err) == E_OK && str_eq(once, twice));
    arena_release(&arena);
    return 0;
}
