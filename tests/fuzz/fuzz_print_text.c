/* Text from outside on its way to a terminal: nothing of it can steer the terminal, and comparing
 * two plans (the first line, the rest) takes any JSON. */
#include "tests_fuzz.h"

#include "base/arena.h"
#include "base/limits.h"
#include "command/compare_plans.h"
#include "command/print_text.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {.ptr = (const char *)data, .len = size};
    struct buf clean CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    print_clean(text, &clean);
    assert(str_is_utf8(buf_str(&clean), NULL));
    for (size_t i = 0; i < clean.len; i++)
        assert((unsigned char)clean.ptr[i] >= 0x20 && clean.ptr[i] != 0x7F);
    struct buf wrapped CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
    print_wrapped(text, 10, (struct print_style){.width = 60}, &wrapped);

    struct arena arena = ARENA_INIT;
    struct member_differences differences = {0};
    size_t at = str_find(text, '\n');
    compare_members(&arena, str_slice(text, 0, at), str_slice(text, at + 1, size), &differences);
    assert(differences.items.count <= differences.count);
    arena_release(&arena);
    return 0;
}
