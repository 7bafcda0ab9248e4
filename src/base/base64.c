#include "base/base64.h"

#include <string.h>

#include "base/banned.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(const unsigned char *in, size_t count, char out[4])
{
    uint32_t bits = (uint32_t)in[0] << 16;
    if (count > 1)
        bits |= (uint32_t)in[1] << 8;
    if (count > 2)
        bits |= in[2];
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[bits >> 6 & 63];
    out[3] = alphabet[bits & 63];
    memset(out + count + 1, '=', 3 - count);
}

void base64_encode(struct str bytes, struct buf *out)
{
    char chunk[4096];
    size_t used = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
        encode_group((const unsigned char *)bytes.ptr + i, count, chunk + used);
        used += 4;
        if (used == sizeof(chunk) || i + 3 >= bytes.len) {
            buf_add(out, (struct str){.ptr = chunk, .len = used});
            used = 0;
        }
    }
}

static int value_of(char c)
{
    if (c == '\0')
        return -1;
    const char *at = strchr(alphabet, c);
    return at != NULL ? (int)(at - alphabet) : -1;
}

bool base64_decode(struct str text, struct buf *out)
{
    if (text.len % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        bool is_last = i + 4 == text.len;
        size_t padding = 0;
        if (is_last && text.ptr[i + 3] == '=')
            padding = text.ptr[i + 2] == '=' ? 2 : 1;
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = k < 4 - padding ? value_of(text.ptr[i + k]) : 0;
            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        if ((bits & (padding == 2 ? 0xFFFFu : padding == 1 ? 0xFFu : 0)) != 0)
            return false; /* bits that no encoder writes */
        char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        if (!buf_add(out, (struct str){.ptr = bytes, .len = 3 - padding}))
            return false;
    }
    return true;
}
