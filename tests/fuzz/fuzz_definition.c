/* A definition file: text → definition and findings. Every variable is set, to something nasty. */
#include "definition/load.h"
#include "tests_fuzz.h"

#include "base/banned.h"

static bool look_up(void *context, struct str name, struct str *value)
{
    (void)context;
    *value = name.len % 3 == 0 ? STR("7") : name.len % 3 == 1 ? STR("a: '#\n\"%(B)@") : STR("");
    return name.len < 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct loaded loaded = {0};
    struct buf out = BUF_INIT(16 * 1024 * 1024);
    definition_load_text(&arena, STR("fuzz.yml"), (struct str){(const char *)data, size},
                         &(struct load_options){.lookup = look_up}, &loaded);
    for (size_t i = 0; i < loaded.diagnostics.count; i++)
        diagnostic_print(&loaded.diagnostics.items[i], i % 2 == 0, &out);
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
