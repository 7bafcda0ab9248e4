/* An event of a Lambda function: anybody who may invoke it writes that. */
#include "tests_fuzz.h"

#include "base/limits.h"
#include "lambda/event.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct event event = {0};
    struct error err = ERROR_INIT;
    struct str payload = {.ptr = (const char *)data, .len = size};
    enum error_code code = event_parse(&arena, payload, &event, &err);
    if (code != E_OK)
        assert(event.pattern_count == 0 && strstr(err.message, "\"TEST_RUN\"") != NULL);
    assert(event.pattern_count <= LIMIT_LAMBDA_PATTERNS);
    for (size_t i = 0; i < event.pattern_count; i++) /* each matches itself, whatever is in it */
        assert(event_asks_for(&event, event.patterns[i]));
    arena_release(&arena);
    return 0;
}
