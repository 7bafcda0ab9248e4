/* Base64, the standard alphabet with padding (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Adds the text of `bytes`; what does not fit leaves `out` overflowed. */
void base64_encode(struct str bytes, struct buf *out);
/* Adds the bytes of `text`; false where it is not base64 (`out` may have grown) or does not fit. */
NODISCARD bool base64_decode(struct str text, struct buf *out);

#endif
