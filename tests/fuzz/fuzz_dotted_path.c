/* A dotted path (first line) into a JSON answer (the rest). */
#include "tests_fuzz.h"

#include "observe/dotted_path.h"

#include <assert.h>

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {.ptr = (const char *)data, .len = size};
    struct str path = STR_NONE;
    json_t *root CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    if (!str_split(&rest, '\n', &path) || json_parse(rest, &root, &err) != E_OK)
        return 0;
    struct arena arena = ARENA_INIT;
    struct text text = {.value = path, .shown = size % 2 == 0 ? path : STR("%(NAME)")};
    struct metric_facts metric = dotted_path_metric(&arena, root, text);
    assert(fact_is_present(metric.fact) == (metric.value.kind != VALUE_NONE));
    assert(fact_is_present(metric.fact) || metric.fact.reason.len > 0);
    arena_release(&arena);
    return 0;
}
