/* What faults do to the body of an answer. Private to src/http. */
#ifndef HTTP_FAULT_BODY_H
#define HTTP_FAULT_BODY_H

#include "base/buf.h"
#include "http/faults.h"

/* Adds the changed body to `out`; kinds that leave bodies alone add it as it is. */
void fault_body_change(enum fault_kind kind, int depth, struct str body, struct buf *out);

#endif
