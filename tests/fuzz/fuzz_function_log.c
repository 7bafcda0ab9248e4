/* A line of the function's log. */
#include "tests_fuzz.h"

#include "base/json.h"
#include "lambda/function_log.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {.ptr = (const char *)data, .len = size};
    struct buf out CLEANUP(buf_release) = BUF_INIT(1024 * 1024);
    json_t *json CLEANUP(json_release) = NULL;
    struct log_line line;
    function_log_parse(text, &json, &line);
    function_log_format(&line, 0, &out);
    assert((line.kind == LOG_KIND_PLATFORM) == (out.len == 0));
    return 0;
}
