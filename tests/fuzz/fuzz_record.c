/* A line of a record file: what is accepted is decided, written and read again, to the same bytes.
 */
#include "tests_fuzz.h"

#include "base/limits.h"
#include "decide/decide.h"
#include "record/record.h"

#include <assert.h>

#include "base/banned.h"

static void write_pass(const struct record_read *read, struct arena *arena, struct buf *out)
{
    struct plan plan;
    decide(read->definition, read->snapshot, arena, &plan);
    struct record record = {
        .definition = read->definition, .snapshot = read->snapshot, .plan = &plan};
    record_write(&record, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct record_read read;
    struct error err = ERROR_INIT;
    struct str line = {.ptr = (const char *)data, .len = size};
    if (record_parse(&arena, line, &read, &err) == E_OK) {
        struct buf first CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
        struct buf second CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
        write_pass(&read, &arena, &first);
        enum error_code code = record_parse(&arena, buf_str(&first), &read, &err);
        assert(code == E_OK);
        write_pass(&read, &arena, &second);
        assert(str_eq(buf_str(&first), buf_str(&second)));
    }
    arena_release(&arena);
    return 0;
}
