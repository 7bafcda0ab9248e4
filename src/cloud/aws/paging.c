#include "cloud/aws/paging.h"

#include "base/limits.h"

#include "base/banned.h"

enum error_code paging_next(struct paging *paging, struct arena *arena, struct str token,
                            const char *list, struct error *err)
{
    if (token.len > LIMIT_TOKEN_BYTES)
        return error_set(err, E_LIMIT, "%s is longer than %d bytes", list, LIMIT_TOKEN_BYTES);
    uint64_t hash = str_hash(token);
    for (size_t i = 0; i < paging->seen.count; i++) {
        if (paging->seen.items[i] == hash)
            return error_set(err, E_PROTOCOL,
                             "the list goes in a circle: %s came a second time after %zu pages",
                             list, paging->seen.count);
    }
    if (paging->seen.count + 1 >= LIMIT_PAGES)
        return error_set(err, E_LIMIT, "the list has more than %d pages", LIMIT_PAGES);
    *VEC_ADD(arena, &paging->seen) = hash;
    paging->token = arena_str(arena, token);
    return E_OK;
}
