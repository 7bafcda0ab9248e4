/* A file of variables. */
#include "tests_fuzz.h"

#include "lambda/env_file.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct env_file file = {0};
    struct error err = ERROR_INIT;
    const struct str text = {.ptr = (const char *)data, .len = size};
    if (env_file_parse(&arena, STR("file"), text, &file, &err) == E_OK) {
        for (size_t i = 0; i < file.variables.count; i++) {
            const struct env_variable *one = &file.variables.items[i];
            assert(one->name.len > 0 && str_find(one->name, '=') == one->name.len);
            assert(str_find(one->value, '\n') == one->value.len);
            assert(env_file_find(&file, one->name) == one);
        }
    } else {
        assert(err.message[0] != '\0');
    }
    arena_release(&arena);
    return 0;
}
