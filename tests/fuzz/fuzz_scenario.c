/* A scenario file: text → scenario and findings. No trace is opened: a file outside is none of the
 * input, so a load that names one is cut short. */
#include "scenario/scenario.h"
#include "tests_fuzz.h"

#include <assert.h>
#include <math.h>

#include "base/banned.h"

static bool look_up(void *context, struct str name, struct str *value)
{
    (void)context;
    *value = name.len % 3 == 0 ? STR("7") : name.len % 3 == 1 ? STR("a: '#\n\"%(B)@") : STR("");
    return name.len < 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    if (str_find_str(text, STR("trace")) < text.len)
        return 0;
    struct arena arena = ARENA_INIT;
    struct findings findings = {0};
    struct buf out = BUF_INIT(16 * 1024 * 1024);
    const struct load_options load = {.lookup = look_up};
    const struct scenario_options options = {.load = &load, .length_ms = INT64_C(3600000)};
    const struct scenario *scenario =
        scenario_load_text(&arena, STR("fuzz.yml"), text, &options, &findings);
    assert((scenario == NULL) == (findings.error_count > 0));
    for (size_t i = 0; scenario != NULL && i < scenario->spec.cluster_count; i++) {
        for (size_t j = 0; j < scenario->spec.clusters[i].service_count; j++) {
            const struct sim_load *sum = &scenario->spec.clusters[i].services[j].workload.load;
            for (size_t k = 0; k < sum->minute_count; k++)
                assert(isfinite(sum->per_second[k]) && sum->per_second[k] >= 0);
        }
    }
    for (size_t i = 0; i < findings.items.count; i++)
        diagnostic_print(&findings.items.items[i], i % 2 == 0, &out);
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
