/* A trace: text → values, which are finite and not negative, or one problem with a place. */
#include "scenario/trace.h"
#include "tests_fuzz.h"

#include <assert.h>
#include <math.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MINUTES = 500 };
    struct arena arena = ARENA_INIT;
    struct trace trace;
    struct trace_problem problem;
    if (trace_read_text(&arena, (struct str){(const char *)data, size}, MINUTES, &trace,
                        &problem)) {
        assert(trace.minute_count > 0 && trace.minute_count <= MINUTES);
        for (size_t i = 0; i < trace.minute_count; i++)
            assert(isfinite(trace.values[i]) && trace.values[i] >= 0);
    } else {
        assert(problem.message[0] != '\0');
    }
    arena_release(&arena);
    return 0;
}
