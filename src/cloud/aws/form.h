/* Writes the parameters of a Query-protocol call: "Name=value&Name.member.1=value". Names are the
 * program's own, values are percent-encoded. What does not fit the buffer leaves it `overflowed`.
 */
#ifndef CLOUD_AWS_FORM_H
#define CLOUD_AWS_FORM_H

#include "base/buf.h"

/* `name` is a printf format: form_str(body, value, "Names.member.%zu", i + 1). */
void form_str(struct buf *body, struct str value, const char *name, ...) PRINTF_LIKE(3, 4);
void form_int(struct buf *body, int64_t value, const char *name, ...) PRINTF_LIKE(3, 4);
void form_bool(struct buf *body, bool value, const char *name);
/* ISO 8601, UTC, whole seconds. */
void form_time(struct buf *body, int64_t wall_ms, const char *name);

#endif
