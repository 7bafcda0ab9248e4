/* A value out of the environment: the structure of the file, and what is read of it, must not
 * depend on it, and no finding may show it. The input is the value of %(V). */
#include "definition/load.h"
#include "tests_fuzz.h"

#include <assert.h>

#include "base/banned.h"

static const char file[] =
    "autoscale_group: %(V)\n"
    "enabled: %(V)\n"
    "region: '%(V)'\n"
    "services:\n"
    "  web:\n"
    "    min: 1\n"
    "    max: 2\n"
    "    metric_sources:\n"
    "      third_party:\n"
    "        - {url: \"https://%(V):%(V)@h/%(V)?%(V)\", statistics: [{name: %(V), alias: a}],\n"
    "           payload: {%(V): %(V), b: [%(V), x%(V)y]}, headers: {X-A: %(V)}}\n"
    "        - {url: %(V), statistics: [{name: \"%(V)\", alias: %(V)}]}\n"
    "    events:\n"
    "      - {metric: a + %(V), action: %(V), min: %(V)}\n"
    "  %(V): {min: %(V), max: 3}\n";

struct value {
    struct str text;
};

static bool look_up(void *context, struct str name, struct str *value)
{
    (void)name;
    *value = ((struct value *)context)->text;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Half of the values carry a mark, which must not be found in what is printed. */
    static const char mark[] = "s3cret-Zq7";
    struct buf text = BUF_INIT(1024 * 1024);
    if (size > 0 && data[0] % 2 != 0)
        buf_add(&text, STR(mark));
    buf_add(&text, (struct str){(const char *)data, size});
    struct value value = {.text = buf_str(&text)};
    struct arena arena = ARENA_INIT;
    struct loaded loaded = {0};
    definition_load_text(&arena, STR("fuzz.yml"), STR(file),
                         &(struct load_options){.lookup = look_up, .lookup_context = &value},
                         &loaded);
    struct buf out = BUF_INIT(16 * 1024 * 1024);
    for (size_t i = 0; i < loaded.diagnostics.count; i++)
        diagnostic_print(&loaded.diagnostics.items[i], false, &out);
    assert(str_find_str(buf_str(&out), STR("3cret-Zq")) == out.len);
    /* Whatever the value: a syntax error would be one of the structure. */
    assert(str_find_str(buf_str(&out), STR("well-formed")) == out.len);
    buf_release(&out);
    buf_release(&text);
    arena_release(&arena);
    return 0;
}
