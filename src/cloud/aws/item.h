/* Members of JSON answers, read with suspicion: what is absent, of another type or out of range is
 * refused with the member's path ("services[3].desiredCount is not a whole number"), never taken
 * for zero. null counts as absent. Pure; E_PROTOCOL. */
#ifndef CLOUD_AWS_ITEM_H
#define CLOUD_AWS_ITEM_H

#include "base/error.h"
#include "base/json.h"

/* One object of an answer and where it stands there: "services[3]", or a member of the answer
 * itself, "taskDefinition" (index ITEM_ALONE). */
struct item {
    const json_t *object;
    const char *path;
    size_t index;
};

#define ITEM_ALONE SIZE_MAX

/* "services[3].`key` `format…`" with E_PROTOCOL; `key` NULL: the item itself. */
enum error_code item_refuse(const struct item *item, const char *key, struct error *err,
                            const char *format, ...) PRINTF_LIKE(4, 5);

/* Not empty. The text is the answer's. */
NODISCARD enum error_code item_str(const struct item *item, const char *key, struct str *out,
                                   struct error *err);
/* May be absent: empty then. */
NODISCARD enum error_code item_str_optional(const struct item *item, const char *key,
                                            struct str *out, struct error *err);
/* 0 to `max`. */
NODISCARD enum error_code item_count(const struct item *item, const char *key, int64_t max,
                                     int64_t *out, struct error *err);
NODISCARD enum error_code item_bool(const struct item *item, const char *key, bool *out,
                                    struct error *err);

/* The list of that name in the answer. */
NODISCARD enum error_code item_list(const json_t *answer, const char *key, const json_t **out,
                                    struct error *err);

/* The member, or NULL where it is absent or null. */
const json_t *item_member(const struct item *item, const char *key);

#endif
